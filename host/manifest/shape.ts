/** Descriptions of JSON values, and the check of a value against one: every deviation by its path, in order. */
import { describe } from '../../abi/espalier-error.ts'

export interface ShapeProblem {
  /** `entries[0].inputs[1].name`; empty for the value itself. */
  readonly path: string
  readonly expected: string
  readonly got: string
}

export type Shape = (value: unknown, path: string, found: ShapeProblem[]) => void

/** A value that a predicate decides on. */
export const value = (expected: string, holds: (value: unknown) => boolean): Shape => {
  return (given, path, found) => {
    if (!holds(given)) found.push({ path, expected, got: given === undefined ? 'missing' : describe(given) })
  }
}

export const text: Shape = value('a text', (given) => typeof given === 'string')
export const name: Shape = value('a name', (given) => typeof given === 'string' && given !== '')
export const bool: Shape = value('true or false', (given) => typeof given === 'boolean')
export const index: Shape = value('an index', (given) => Number.isInteger(given) && (given as number) >= 0)
export const oneOf = (...choices: readonly unknown[]): Shape =>
  value(choices.length === 1 ? describe(choices[0]) : `one of ${choices.map(describe).join(', ')}`, (given) =>
    choices.includes(given),
  )

export const nullable =
  (shape: Shape): Shape =>
  (given, path, found) => {
    if (given !== null) shape(given, path, found)
  }

export const list =
  (item: Shape, least = 0): Shape =>
  (given, path, found) => {
    if (!Array.isArray(given))
      return void found.push({ path, expected: 'an array', got: given === undefined ? 'missing' : describe(given) })
    if (given.length < least) found.push({ path, expected: `an array of ${least} or more`, got: `one of ${given.length}` })
    for (const [i, one] of given.entries()) item(one, `${path}[${i}]`, found)
  }

const isRecord = (given: unknown): given is Readonly<Record<string, unknown>> =>
  typeof given === 'object' && given !== null && !Array.isArray(given)

const below = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`)

/** Fields that must be there, and fields that may; others are let through, for manifests of later compilers. */
export const record =
  (fields: Readonly<Record<string, Shape>>, optional: Readonly<Record<string, Shape>> = {}): Shape =>
  (given, path, found) => {
    if (!isRecord(given))
      return void found.push({ path, expected: 'an object', got: given === undefined ? 'missing' : describe(given) })
    for (const [key, shape] of Object.entries(fields))
      shape(Object.hasOwn(given, key) ? given[key] : undefined, below(path, key), found)
    for (const [key, shape] of Object.entries(optional)) if (Object.hasOwn(given, key)) shape(given[key], below(path, key), found)
  }

/** Any keys, values of one shape. */
export const dictionary =
  (item: Shape): Shape =>
  (given, path, found) => {
    if (!isRecord(given))
      return void found.push({ path, expected: 'an object', got: given === undefined ? 'missing' : describe(given) })
    for (const [key, one] of Object.entries(given)) item(one, below(path, key), found)
  }

/** An object whose field `key` says what else it has; `otherwise` is for texts that are none of the cases. */
export const tagged =
  (key: string, cases: Readonly<Record<string, Shape>>, otherwise?: Shape): Shape =>
  (given, path, found) => {
    if (!isRecord(given))
      return void found.push({ path, expected: 'an object', got: given === undefined ? 'missing' : describe(given) })
    const tag = given[key]
    const shape =
      typeof tag === 'string' && Object.hasOwn(cases, tag) ? cases[tag] : typeof tag === 'string' ? otherwise : undefined
    if (shape === undefined) oneOf(...Object.keys(cases))(tag, below(path, key), found)
    else shape(given, path, found)
  }
