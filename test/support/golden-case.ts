/**
 * The Markdown form of a golden case: `# Title`, prose, then sections `## NAME` or `## NAME@argument`, each with exactly
 * one fenced block. Only what is listed here is understood; everything else is a problem with the line it is on, so that a
 * misspelt section cannot pass by being ignored.
 */
export const SECTIONS = {
  META: { language: 'text', argument: 'none', summary: 'options of the case, one `key: value` a line' },
  SOURCE: { language: 'prune', argument: 'none', summary: 'the policy file' },
  DIAGNOSTICS: { language: 'text', argument: 'none', summary: 'what checking and compiling report, as shown to people' },
  IR: { language: 'pir', argument: 'pass', summary: 'the module after a pass' },
  STRUCTURE: { language: 'text', argument: 'pass', summary: 'operator counts by path after a pass: `entry: op 1 · op/op 0`' },
  WAT: { language: 'wat', argument: 'none', summary: 'the WebAssembly text of the kernels' },
  RUN: { language: 'text', argument: 'target', summary: 'the outcome of each `test` block on a target' },
  MANIFEST: { language: 'json', argument: 'optional', summary: 'the manifest, or the part of it at a dotted path' },
} as const

export type SectionName = keyof typeof SECTIONS

/** `source` replaces SOURCE by a policy of the standard library; `entry` narrows sections; `dtypes` types `float` inputs. */
export const META_KEYS = ['source', 'entry', 'dtypes'] as const
export type MetaKey = (typeof META_KEYS)[number]

export interface Section {
  readonly name: SectionName
  /** What follows `@`; empty when nothing does. */
  readonly argument: string
  readonly text: string
  /** Line of the opening fence, from 1. */
  readonly line: number
}

export interface GoldenCase {
  readonly title: string
  readonly meta: Readonly<Partial<Record<MetaKey, string>>>
  readonly source: string | null
  /** The sections to be compared, in file order. */
  readonly expected: readonly Section[]
}

export class GoldenCaseError extends Error {}

const FENCE = /^(`{3,})(\S*)\s*$/
const HEADING = /^## (\S+?)(?:@(\S+))?$/

export function parseGoldenCase(text: string): GoldenCase {
  const lines = text.split('\n')
  const title = /^# (.+)$/.exec(lines[0] ?? '')?.[1]
  if (title === undefined) throw new GoldenCaseError('line 1: a case opens with `# Title`')
  const sections = readSections(lines)
  const seen = new Set<string>()
  for (const section of sections) {
    const key = `${section.name}@${section.argument}`
    if (seen.has(key)) throw new GoldenCaseError(`line ${section.line}: ${section.name} is given twice`)
    seen.add(key)
  }
  const meta = readMeta(sections.find((section) => section.name === 'META'))
  const source = sections.find((section) => section.name === 'SOURCE')?.text ?? null
  if ((source === null) === (meta.source === undefined)) {
    throw new GoldenCaseError('a case has either a SOURCE section or `source: std:NAME` in META')
  }
  const expected = sections.filter((section) => section.name !== 'META' && section.name !== 'SOURCE')
  if (expected.length === 0) throw new GoldenCaseError('a case without an expectation proves nothing')
  return { title, meta, source, expected }
}

function readSections(lines: readonly string[]): readonly Section[] {
  const sections: Section[] = []
  let heading: Pick<Section, 'name' | 'argument'> | null = null
  for (let at = 1; at < lines.length; at++) {
    const line = lines[at] ?? ''
    if (line.startsWith('#')) {
      if (heading !== null) throw new GoldenCaseError(`line ${at + 1}: ${heading.name} has no fenced block`)
      heading = readHeading(line, at + 1)
      continue
    }
    const fence = FENCE.exec(line)
    if (fence === null) continue
    if (heading === null) throw new GoldenCaseError(`line ${at + 1}: a fenced block belongs to no section`)
    const end = lines.indexOf(fence[1] ?? '', at + 1)
    if (end === -1) throw new GoldenCaseError(`line ${at + 1}: the block is not closed`)
    const language = SECTIONS[heading.name].language
    if (fence[2] !== language) throw new GoldenCaseError(`line ${at + 1}: a ${heading.name} block is marked \`${language}\``)
    sections.push({ ...heading, text: lines.slice(at + 1, end).join('\n'), line: at + 1 })
    heading = null
    at = end
  }
  if (heading !== null) throw new GoldenCaseError(`the last section, ${heading.name}, has no fenced block`)
  return sections
}

function readHeading(line: string, number: number): Pick<Section, 'name' | 'argument'> {
  const match = HEADING.exec(line)
  const name = match?.[1] ?? ''
  if (!isSectionName(name)) {
    throw new GoldenCaseError(`line ${number}: unknown section; sections are ${Object.keys(SECTIONS).join(', ')}`)
  }
  const argument = match?.[2] ?? ''
  const wanted: string = SECTIONS[name].argument
  if (wanted === 'none' && argument !== '') throw new GoldenCaseError(`line ${number}: ${name} takes no argument`)
  if (wanted !== 'none' && wanted !== 'optional' && argument === '') {
    throw new GoldenCaseError(`line ${number}: ${name} needs a ${wanted}: \`## ${name}@${wanted}\``)
  }
  return { name, argument }
}

const isSectionName = (name: string): name is SectionName => Object.hasOwn(SECTIONS, name)

function readMeta(section: Section | undefined): GoldenCase['meta'] {
  const meta: Partial<Record<MetaKey, string>> = {}
  if (section === undefined) return meta
  for (const [offset, line] of section.text.split('\n').entries()) {
    const match = /^([a-z]+): (.+)$/.exec(line)
    const key = META_KEYS.find((known) => known === match?.[1])
    if (key === undefined || match?.[2] === undefined) {
      throw new GoldenCaseError(`line ${section.line + offset + 1}: META knows ${META_KEYS.join(', ')}, as \`key: value\``)
    }
    meta[key] = match[2]
  }
  return meta
}

/** The text of the case with the block of each section replaced; everything else stays as it was written. */
export function updateGoldenCase(text: string, replacements: ReadonlyMap<Section, string>): string {
  const lines = text.split('\n')
  for (const [section, replacement] of [...replacements].sort(([a], [b]) => b.line - a.line)) {
    const length = section.text === '' && lines[section.line]?.startsWith('```') === true ? 0 : section.text.split('\n').length
    lines.splice(section.line, length, ...replacement.split('\n'))
  }
  return lines.join('\n')
}
