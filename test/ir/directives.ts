/**
 * Directives of a `.pir` test. A line of its own that begins with `; word:` is a directive, at the end of a line of IR only
 * `; error:` is; `;;` begins prose. What is not known is an error: a misspelt check would never fail.
 *
 *   ; run: pass NAME [NAME…]      runs the passes, checks the printed result
 *   ; run: verify                 the problems found are exactly the `error:` lines
 *   ; run: roundtrip              prints and reads back to the same; also on its own as `; roundtrip`
 *   ; level: LEVEL                of bare functions; policy unless given
 *   ; check: TEXT                 some line below the last match contains TEXT
 *   ; next: TEXT                  the very next line does
 *   ; not: TEXT                   no line between the match before and the match after does
 *   ; count: N TEXT               exactly N lines in all do
 *   %1 = abs(%7) : f32[n] ; error: TEXT   the verifier complains here, and says TEXT
 */
import type { Level } from '../../compiler/ir/node.ts'

export type Run =
  { readonly kind: 'pass'; readonly names: readonly string[] } | { readonly kind: 'verify' } | { readonly kind: 'roundtrip' }

export interface Check {
  readonly kind: 'check' | 'next' | 'not'
  readonly text: string
  readonly line: number
}

export interface Count {
  readonly count: number
  readonly text: string
  readonly line: number
}

export interface PirCase {
  readonly source: string
  readonly run: Run
  readonly level: Level
  readonly checks: readonly Check[]
  readonly counts: readonly Count[]
  /** By line, from 1. */
  readonly errors: readonly { readonly line: number; readonly text: string }[]
}

type Draft = { run: Run | null; level: Level; checks: Check[]; counts: Count[]; errors: { line: number; text: string }[] }

const levels: readonly string[] = ['policy', 'sparse', 'kernel'] satisfies Level[]

export function readPirCase(source: string): PirCase {
  const draft: Draft = { run: null, level: 'policy', checks: [], counts: [], errors: [] }
  source.split('\n').forEach((text, i) => readLine(text, i + 1, draft))
  if (draft.run === null) throw new Error('no `; run:` line: the file tests nothing')
  const { run } = draft
  if (run.kind === 'pass' && draft.checks.length + draft.counts.length === 0)
    throw new Error('a pass is run and nothing is checked')
  if (run.kind === 'verify' && draft.checks.length + draft.counts.length > 0)
    throw new Error('`run: verify` prints nothing to check')
  if (run.kind !== 'verify' && draft.errors.length > 0) throw new Error('`error:` belongs to `run: verify`')
  return { ...draft, run, source }
}

function readLine(text: string, line: number, draft: Draft): void {
  const own = /^\s*;(?!;)\s*([A-Za-z-]+)(?::(.*))?$/.exec(text)
  const trailing = /;\s*error:(.*)$/.exec(text)
  if (own !== null && (own[2] !== undefined || own[1] === 'roundtrip'))
    return readDirective(own[1] ?? '', (own[2] ?? '').trim(), line, draft)
  if (own !== null || /^\s*;(?!;)/.test(text)) throw new Error(`line ${line}: not a directive; prose begins with \`;;\``)
  if (trailing !== null) draft.errors.push({ line, text: (trailing[1] ?? '').trim() })
}

function readDirective(word: string, rest: string, line: number, draft: Draft): void {
  switch (word) {
    case 'roundtrip':
      return setRun(draft, { kind: 'roundtrip' }, line)
    case 'run':
      return setRun(draft, readRun(rest, line), line)
    case 'level':
      if (!levels.includes(rest)) throw new Error(`line ${line}: no level ${rest}`)
      draft.level = rest as Level
      return
    case 'check':
    case 'next':
    case 'not':
      if (rest === '') throw new Error(`line ${line}: ${word} without text`)
      draft.checks.push({ kind: word, text: rest, line })
      return
    case 'count': {
      const [, count, what] = /^(\d+)\s+(.+)$/.exec(rest) ?? []
      if (count === undefined || what === undefined) throw new Error(`line ${line}: write \`count: N TEXT\``)
      draft.counts.push({ count: Number(count), text: what, line })
      return
    }
    default:
      throw new Error(`line ${line}: unknown directive \`${word}\``)
  }
}

function setRun(draft: Draft, run: Run, line: number): void {
  if (draft.run !== null) throw new Error(`line ${line}: a second run`)
  draft.run = run
}

function readRun(text: string, line: number): Run {
  const [kind, ...names] = text.split(/\s+/)
  if (kind === 'pass' && names.length > 0) return { kind, names }
  if ((kind === 'verify' || kind === 'roundtrip') && names.length === 0) return { kind }
  throw new Error(`line ${line}: cannot run \`${text}\``)
}

/** What does not match, in words; null when everything does. */
export function checkText(text: string, { checks, counts }: Pick<PirCase, 'checks' | 'counts'>): string | null {
  const lines = text.split('\n')
  const wrong = counts.find((each) => lines.filter((line) => line.includes(each.text)).length !== each.count)
  if (wrong !== undefined) {
    const found = lines.filter((line) => line.includes(wrong.text)).length
    return `line ${wrong.line}: \`${wrong.text}\` is on ${found} lines, not ${wrong.count}`
  }
  let last = -1
  let forbidden: Check[] = []
  const trespass = (end: number): Check | undefined =>
    forbidden.find((each) => lines.slice(last + 1, end).some((line) => line.includes(each.text)))
  for (const check of checks) {
    if (check.kind === 'not') {
      forbidden.push(check)
      continue
    }
    const at = check.kind === 'next' ? last + 1 : lines.findIndex((line, i) => i > last && line.includes(check.text))
    if (at < 0 || lines[at]?.includes(check.text) !== true)
      return `line ${check.line}: no \`${check.text}\` after line ${last + 1} of the result`
    const bad = trespass(at)
    if (bad !== undefined) return `line ${bad.line}: \`${bad.text}\` is there`
    last = at
    forbidden = []
  }
  const bad = trespass(lines.length)
  return bad === undefined ? null : `line ${bad.line}: \`${bad.text}\` is there`
}
