/** The manifest of a corpus: a list of cases, or an object that has it under `cases`. Checked before anything runs (ESP5306). */
import { readText } from '../policy-source.ts'
import { refuse } from '../refusal.ts'
import { parseStrictJson, type JsonObject, type JsonValue } from '../files/strict-json.ts'
import { DEFAULT_RTOL } from './compare.ts'

/** `file#tensor[i]`, `@0.K`, or several of them, stacked along a new first axis. */
export type Reference = string | readonly Reference[]
export type Scalars = Readonly<Record<string, string | number | boolean>>

export interface CorpusCall {
  readonly entry: string
  readonly args: Scalars
  readonly inputs: Readonly<Record<string, Reference>>
  readonly expect: Readonly<Record<string, Reference>>
}

export interface CorpusCase {
  readonly name: string
  readonly policy: string
  readonly set: Scalars
  readonly sizes: Readonly<Record<string, number>>
  readonly calls: readonly CorpusCall[]
  readonly note: string
  readonly margin: number | null
  readonly rtol: number
}

const MAX_MANIFEST = 256 * 2 ** 20

export function readCorpus(path: string): readonly CorpusCase[] {
  const malformed: Malformed = (where, problem) => refuse('ESP5306', { path, where: where === '' ? '' : `${where}: `, problem })
  const parsed = parseStrictJson(readText(path, MAX_MANIFEST))
  if (!parsed.ok) return malformed('', `it is not JSON: ${parsed.problem}`)
  const list = parsed.value instanceof Map ? (parsed.value as JsonObject).get('cases') : parsed.value
  if (!Array.isArray(list)) return malformed('', 'it is neither a list of cases nor an object with `cases`')
  const cases = (list as readonly JsonValue[]).map((value, i) => readCase(value, `case ${i}`, malformed))
  const names = new Set<string>()
  for (const { name } of cases) {
    if (names.has(name)) malformed('', `two cases are named \`${name}\``)
    names.add(name)
  }
  return cases
}

type Malformed = (where: string, problem: string) => never

function readCase(value: JsonValue, place: string, malformed: Malformed): CorpusCase {
  const fields = objectOf(value, place, malformed)
  const text = (key: string): string => {
    const found = fields.get(key)
    return typeof found === 'string' ? found : malformed(place, `\`${key}\` must be a text`)
  }
  const name = text('case')
  const where = `case \`${name}\``
  const calls = fields.get('calls')
  if (!Array.isArray(calls) || calls.length === 0) malformed(where, '`calls` must be a list of calls')
  const number = (key: string): number | null => {
    const found = fields.get(key) ?? null
    return found === null || (typeof found === 'number' && found >= 0) ? found : malformed(where, `\`${key}\` must be a number`)
  }
  const sizes = recordOf(fields.get('sizes'), `${where}, sizes`, malformed, (size) =>
    Number.isSafeInteger(size) ? (size as number) : null,
  )
  return {
    ...{ name, policy: text('policy'), sizes },
    set: recordOf(fields.get('set'), `${where}, set`, malformed, scalarOf),
    calls: (calls as readonly JsonValue[]).map((call, i) => readCall(call, `${where}, call ${i}`, malformed)),
    note: typeof fields.get('note') === 'string' ? text('note') : '',
    margin: number('margin'),
    rtol: number('rtol') ?? DEFAULT_RTOL,
  }
}

function readCall(value: JsonValue, where: string, malformed: Malformed): CorpusCall {
  const fields = objectOf(value, where, malformed)
  const entry = fields.get('entry')
  if (typeof entry !== 'string') return malformed(where, '`entry` must be a text')
  return {
    entry,
    args: recordOf(fields.get('args'), `${where}, args`, malformed, scalarOf),
    inputs: recordOf(fields.get('inputs'), `${where}, inputs`, malformed, referenceOf),
    expect: recordOf(fields.get('expect'), `${where}, expect`, malformed, referenceOf),
  }
}

const objectOf = (value: JsonValue, where: string, malformed: Malformed): JsonObject =>
  value instanceof Map ? (value as JsonObject) : malformed(where, 'it is no object')

function recordOf<T>(
  value: JsonValue | undefined,
  where: string,
  malformed: Malformed,
  read: (item: JsonValue) => T | null,
): Record<string, T> {
  if (value === undefined) return {}
  const entries = [...objectOf(value, where, malformed)]
  return Object.fromEntries(
    entries.map(([name, item]) => [name, read(item) ?? malformed(where, `\`${name}\` has a value of the wrong kind`)]),
  )
}

const scalarOf = (value: JsonValue): string | number | boolean | null =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null

function referenceOf(value: JsonValue): Reference | null {
  if (typeof value === 'string') return value
  if (!Array.isArray(value) || value.length === 0) return null
  const items = (value as readonly JsonValue[]).map(referenceOf)
  return items.includes(null) ? null : (items as Reference[])
}
