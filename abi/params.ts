/**
 * Values of policy parameters and per-call scalars: what a caller may write, checked and made exact. A ratio or count given as a
 * JavaScript number means the shortest decimal that prints as it (0.7 is 7/10). Throws EspalierError with the parameter's name.
 */
import { describe, EspalierError, problem } from './espalier-error.ts'
import { nearMiss } from './near-miss.ts'
import type { ParamSpec } from './manifest.ts'
import {
  compare,
  fromNumber,
  isInteger,
  ONE,
  parseRational,
  rational,
  sign,
  toNumber,
  toText,
  type Rational,
} from './rational.ts'

/** Exact for ratio, count and int; a double for real; text for a choice. */
export type ParamValue = Rational | number | boolean | string
export type ParamInput = number | bigint | boolean | string
export type ParamValues = ReadonlyMap<string, ParamValue>

export function parseParam(spec: ParamSpec, input: unknown): ParamValue {
  switch (spec.type) {
    case 'choice':
      return choice(spec, input)
    case 'bool':
      return truth(spec, input)
    case 'real':
      return real(spec, input)
    case 'ratio':
      return ratio(spec, input)
    case 'int':
    case 'count':
      return whole(spec, input)
  }
}

function exact(spec: ParamSpec, input: unknown, expected: string): Rational {
  const value =
    typeof input === 'bigint'
      ? rational(input)
      : typeof input === 'number'
        ? fromNumber(input)
        : typeof input === 'string'
          ? parseRational(input)
          : null
  if (value === null) throw problem('ESP4106', { param: spec.name, expected, got: describe(input) })
  return value
}

function ratio(spec: ParamSpec, input: unknown): Rational {
  const value = exact(spec, input, "a ratio such as 0.7, '70%' or '7/10'")
  if (sign(value) < 0 || compare(value, ONE) > 0)
    throw problem('ESP4107', { what: `\`${spec.name}\``, expected: '0 to 1', got: toDecimal(value) })
  return value
}

function whole(spec: ParamSpec, input: unknown): Rational {
  const value = exact(spec, input, 'a whole number')
  const expected = spec.type === 'count' ? 'a whole number of 0 or more' : 'a whole number'
  if (spec.type === 'count' && (!isInteger(value) || sign(value) < 0))
    throw problem('ESP4108', { what: `\`${spec.name}\``, expected, got: toDecimal(value) })
  if (!isInteger(value)) throw problem('ESP4106', { param: spec.name, expected, got: toDecimal(value) })
  return value
}

function real(spec: ParamSpec, input: unknown): number {
  const value = typeof input === 'number' ? input : realText(input)
  if (value === null || Number.isNaN(value))
    throw problem('ESP4106', { param: spec.name, expected: 'a number', got: describe(input) })
  return value
}

function realText(input: unknown): number | null {
  if (typeof input === 'bigint') return Number(input)
  if (typeof input !== 'string') return null
  if (input === 'inf' || input === '-inf') return input === 'inf' ? Infinity : -Infinity
  const value = parseRational(input)
  return value === null ? null : toNumber(value)
}

function truth(spec: ParamSpec, input: unknown): boolean {
  if (input === true || input === 'true') return true
  if (input === false || input === 'false') return false
  throw problem('ESP4106', { param: spec.name, expected: 'true or false', got: describe(input) })
}

function choice(spec: ParamSpec, input: unknown): string {
  const choices = spec.choices ?? []
  if (typeof input === 'string' && choices.includes(input)) return input
  const near = typeof input === 'string' ? nearMiss(input, choices) : null
  throw problem('ESP4109', {
    param: spec.name,
    expected: choices.map((name) => `'${name}'`).join(', '),
    got: describe(input),
    near,
  })
}

const toDecimal = (value: Rational): string => (isInteger(value) ? toText(value) : String(toNumber(value)))

/** Checked values of the given parameters; entries that are undefined are not given. Names outside `specs` are refused. */
export function parseParams(
  specs: readonly ParamSpec[],
  given: Readonly<Record<string, unknown>>,
  owner: string,
): Map<string, ParamValue> {
  const values = new Map<string, ParamValue>()
  for (const [name, input] of Object.entries(given)) {
    const spec = specs.find((candidate) => candidate.name === name)
    const known = specs.map((candidate) => candidate.name)
    if (spec === undefined) throw problem('ESP4104', { param: name, policy: owner, known, near: nearMiss(name, known) })
    if (input !== undefined) values.set(name, parseParam(spec, input))
  }
  return values
}

/** The defaults of parameters that have one. */
export function defaultParams(specs: readonly ParamSpec[]): Map<string, ParamValue> {
  return new Map(specs.flatMap((spec) => (spec.default === null ? [] : [[spec.name, parseParam(spec, spec.default)] as const])))
}

export function requireParam(values: ParamValues, name: string, owner: string): ParamValue {
  const value = values.get(name)
  if (value === undefined) throw problem('ESP4105', { param: name, policy: owner })
  return value
}

/** A parameter that pins an axis or counts something on the host, as a safe number. */
export function countOf(value: ParamValue): number {
  if (typeof value === 'object') return toNumber(value)
  throw new EspalierError('ESP4106', `${describe(value)} is not a count`)
}

/** The same text for the same value: part of the key of a plan. */
export const paramText = (value: ParamValue): string => (typeof value === 'object' ? toText(value) : String(value))
