/**
 * `espalier fmt`: lays out policies, by Prettier with the plugin, so that both give the same bytes. A file that does not
 * parse is refused and left as it is; what is written is compared with what was read first.
 */
import { CompilerBug } from '../../compiler/diagnostics/bug.ts'
import type { Diagnostic } from '../../compiler/diagnostics/diagnostic.ts'
import { renderJson, type Sources } from '../../compiler/diagnostics/render.ts'
import { DiagnosticSink } from '../../compiler/diagnostics/sink.ts'
import { parseSource } from '../../compiler/frontend/parse.ts'
import type { Source } from '../../compiler/frontend/source.ts'
import { meaningOf } from '../../formatter/meaning.ts'
import type { Arguments } from '../arguments.ts'
import { jsonOption, type Command } from '../command.ts'
import { writeAside } from '../files/write.ts'
import { formatPolicy, formatPolicyLines } from '../format-policy.ts'
import { readPolicySource } from '../policy-source.ts'
import { exitStatus, refuse, Refusal } from '../refusal.ts'
import { jsonLine, showDiagnostics } from '../terminal.ts'

export const fmt: Command = {
  spec: {
    name: 'fmt',
    summary: 'Format policies: files in place, stdin to stdout. Names the files that changed.',
    examples: [
      { line: 'espalier fmt my.prune', does: 'format one file in place' },
      { line: 'espalier fmt --check policies/*.prune', does: 'name the files that are not formatted, and fail if there are any' },
      { line: 'cat my.prune | espalier fmt -', does: 'from stdin to stdout' },
      { line: 'espalier fmt my.prune --lines 12:20', does: 'only the statements or declarations that touch these lines' },
    ],
    options: {
      check: { kind: 'flag', doc: 'Change nothing; fail if a file is not formatted.' },
      lines: {
        kind: 'value',
        value: 'FROM:TO',
        doc: 'Format what touches these lines of one file, whole statements or declarations.',
      },
      json: jsonOption,
    },
    positional: { name: 'FILE…', doc: 'Policy files, or `-` for stdin.', min: 1, max: Infinity },
  },
  async run(args, terminal) {
    const check = args.flag('check')
    const lines = linesOf(args)
    const results: Formatted[] = []
    for (const path of args.positionals) results.push(await formatOne(path, check, lines))
    if (args.flag('json')) terminal.out(jsonLine(summary(results)))
    else
      for (const { path, changed, text, diagnostics, sources } of results) {
        showDiagnostics(terminal, diagnostics, sources)
        if (text !== null && !check) terminal.out(text)
        else if (changed) terminal.out(`${path}\n`)
      }
    const failed = results.some(({ changed, diagnostics }) => diagnostics.length > 0 || (check && changed))
    return failed ? exitStatus.failed : exitStatus.ok
  },
}

type Lines = readonly [from: number, to: number]

function linesOf(args: Arguments): Lines | null {
  const value = args.value('lines')
  if (value === null) return null
  const [, from, to] = /^([1-9]\d{0,8}):([1-9]\d{0,8})$/.exec(value) ?? []
  if (Number(from) <= Number(to)) {
    const [, second] = args.positionals
    return second === undefined ? [Number(from), Number(to)] : refuse('ESP5005', { command: 'fmt --lines', argument: second })
  }
  return refuse('ESP5006', { option: '--lines', value, expected: 'FROM:TO, two lines counted from 1' })
}

interface Formatted {
  readonly path: string
  readonly changed: boolean
  /** Of stdin alone; files are written. */
  readonly text: string | null
  /** Why it was not formatted. */
  readonly diagnostics: readonly Diagnostic[]
  readonly sources: Sources
}

function summary(results: readonly Formatted[]): object {
  return {
    files: results.map(({ path, changed, text, diagnostics }) => ({
      path,
      ...(diagnostics.length > 0 ? { refused: true } : { changed, ...(text === null ? {} : { text }) }),
    })),
    diagnostics: results.flatMap(({ diagnostics, sources }) => renderJson(diagnostics, sources)),
  }
}

/** A file that cannot be formatted does not keep the others from it. */
async function formatOne(path: string, check: boolean, lines: Lines | null): Promise<Formatted> {
  const refused = (diagnostics: readonly Diagnostic[], sources: Sources): Formatted => ({
    path,
    changed: false,
    text: null,
    diagnostics,
    sources,
  })
  try {
    if (path.startsWith('std:')) refuse('ESP5104', { path, reason: 'the standard library is a part of Espalier' })
    const source = await readPolicySource(path)
    const sink = new DiagnosticSink()
    const file = parseSource(source, sink)
    if (sink.errorCount > 0) return refused(sink.list(), new Map([[source.name, source.text]]))
    const text = await laidOut(source, path, lines)
    const after = new DiagnosticSink()
    const same = meaningOf(parseSource({ ...source, text }, after)) === meaningOf(file) && after.errorCount === 0
    if (!same) throw new CompilerBug(`formatting changes what ${path} says`)
    const changed = text !== source.text
    if (changed && !check && path !== '-') writeAside(path, [text])
    return { path, changed, text: path === '-' ? text : null, diagnostics: [], sources: new Map() }
  } catch (error) {
    if (error instanceof Refusal) return refused([error.diagnostic], new Map())
    throw error
  }
}

function laidOut(source: Source, path: string, lines: Lines | null): Promise<string> {
  const file = path === '-' ? null : path
  return lines === null ? formatPolicy(source.text, file) : formatPolicyLines(source, file, ...lines)
}
