/** Splits the words of a command line by a command's specification. Everything that is not understood is a refusal (ESP50xx). */
import { nearMiss } from '../abi/near-miss.ts'
import type { CommandSpec, OptionSpec } from './command-spec.ts'
import { refuse } from './refusal.ts'

export interface Arguments {
  readonly positionals: readonly string[]
  readonly help: boolean
  flag(name: string): boolean
  value(name: string): string | null
  list(name: string): readonly string[]
}

/** `-` alone is a positional (stdin), `--` ends the options, `--name=value` and `--name value` are the same. */
export function parseArguments(spec: CommandSpec, words: readonly string[]): Arguments {
  const given = new Map<string, string[]>()
  const positionals: string[] = []
  let at = 0
  while (at < words.length) {
    const word = words[at++]!
    if (word === '--') {
      positionals.push(...words.slice(at))
      break
    }
    if (word === '-' || !word.startsWith('-')) {
      positionals.push(word)
      continue
    }
    const equals = word.indexOf('=')
    const name = equals < 0 ? word : word.slice(0, equals)
    const option = optionOf(spec, name)
    const values = given.get(name) ?? []
    if (given.has(name) && option.kind === 'value') refuse('ESP5008', { option: name })
    given.set(name, values)
    if (equals >= 0) {
      if (option.kind === 'flag') refuse('ESP5006', { option: name, value: word.slice(equals + 1), expected: 'no value' })
      values.push(word.slice(equals + 1))
    } else if (option.kind !== 'flag') {
      at += takeValues(name, option, words.slice(at), values)
    }
  }
  return checkPositionals(spec, { positionals, ...lookup(spec, given) })
}

function optionOf(spec: CommandSpec, name: string): OptionSpec {
  if (name === '--help' || name === '-h') return { kind: 'flag', doc: '' }
  const known = name.startsWith('--') && Object.hasOwn(spec.options, name.slice(2)) ? spec.options[name.slice(2)] : undefined
  if (known !== undefined) return known
  const near = nearMiss(name.replace(/^-+/, ''), [...Object.keys(spec.options), 'help'])
  return refuse('ESP5002', { command: spec.name, option: name, suggestion: near === null ? null : `--${near}` })
}

/** How many words were taken. */
function takeValues(name: string, option: OptionSpec, words: readonly string[], values: string[]): number {
  const end = words.findIndex((word) => word !== '-' && word.startsWith('-'))
  const available = words.slice(0, end < 0 ? words.length : end)
  const taken = option.kind === 'value' ? available.slice(0, 1) : available
  if (taken.length === 0) refuse('ESP5003', { option: name, value: option.value ?? 'a value' })
  values.push(...taken)
  return taken.length
}

function lookup(spec: CommandSpec, given: ReadonlyMap<string, readonly string[]>): Omit<Arguments, 'positionals'> {
  const valuesOf = (name: string): readonly string[] => {
    if (!Object.hasOwn(spec.options, name)) throw new Error(`command ${spec.name} has no option ${name}`)
    return given.get(`--${name}`) ?? []
  }
  return {
    help: given.has('--help') || given.has('-h'),
    flag: (name) => given.has(`--${name}`),
    value: (name) => valuesOf(name)[0] ?? null,
    list: valuesOf,
  }
}

function checkPositionals(spec: CommandSpec, args: Arguments): Arguments {
  const { name, min, max } = spec.positional
  if (args.help) return args
  if (args.positionals.length < min) refuse('ESP5004', { command: spec.name, argument: name })
  const extra = args.positionals[max]
  if (extra !== undefined) refuse('ESP5005', { command: spec.name, argument: extra })
  return args
}

/** `A=1`, `B=x` (words, or parts of a word between commas) as pairs. */
export function pairs(option: string, words: readonly string[], expected: string): readonly (readonly [string, string])[] {
  return words
    .flatMap((word) => word.split(','))
    .filter((word) => word !== '')
    .map((word) => {
      const equals = word.indexOf('=')
      if (equals <= 0) refuse('ESP5006', { option, value: word, expected })
      return [word.slice(0, equals), word.slice(equals + 1)] as const
    })
}
