/**
 * What the generator knows of a value of the program it writes: its type, and how far two correct implementations may
 * differ. A value whose elements are all representable in f32 at every step has `error` 0 and must agree exactly; only
 * such values are compared, rounded or selected by. Infinities and NaN may appear anywhere and follow IEEE rules.
 */
import type { DType } from '../../compiler/ir/types.ts'

export type Kind = 'float' | 'int' | 'uint' | 'mask'

/** How a mask was made: `keep` along `axes`; `exact` when every row keeps the same number; `count` when that is a literal. */
export interface Selected {
  readonly axes: readonly string[]
  readonly exact: boolean
}

export interface Val {
  readonly text: string
  readonly kind: Kind
  readonly dtype: DType
  /** Atomic axes, as a set. */
  readonly axes: readonly string[]
  /** A number known to the host. */
  readonly scalar: boolean
  /** Finite elements are at most 2^bound in magnitude. */
  readonly bound: number
  /** Finite elements are multiples of 2^-fraction. */
  readonly fraction: number
  /** Largest absolute difference between two correct results. */
  readonly error: number
  /** Made by `where`: some entries may be absent. */
  readonly domain: boolean
  readonly packed: boolean
  readonly selected: Selected | null
}

export const kindOf = (dtype: DType): Kind => {
  if (dtype === 'bool') return 'mask'
  if (dtype === 'u32' || dtype === 'u8') return 'uint'
  return dtype === 'i32' || dtype === 'i8' ? 'int' : 'float'
}

const DTYPES: Readonly<Record<Kind, DType>> = { float: 'f32', int: 'i32', uint: 'u32', mask: 'bool' }

/** Anything larger risks infinities that are not in the input. */
export const MAX_BOUND = 100
const INEXACT = 400

type Made = Pick<Val, 'text' | 'kind'> & Partial<Val>

export const makeVal = (parts: Made): Val => ({
  dtype: DTYPES[parts.kind],
  axes: [],
  scalar: false,
  bound: 0,
  fraction: 0,
  error: 0,
  domain: false,
  packed: false,
  selected: null,
  ...parts,
})

export const isExact = (value: Val): boolean => value.error === 0

/** A float result: rounded to 24 bits unless it fits. */
export function rounded(bound: number, fraction: number, error: number): Pick<Val, 'bound' | 'fraction' | 'error'> {
  if (bound + fraction <= 24) return { bound, fraction, error }
  return { bound, fraction: INEXACT, error: error + 2 ** (bound - 24) }
}

/** A result of approximate functions. */
export const approximate = (bound: number, error: number): Pick<Val, 'bound' | 'fraction' | 'error'> => ({
  bound,
  fraction: INEXACT,
  error: Math.max(error, 2 ** (bound - 22)),
})

/** An integer result: it wraps. */
export const wrapped = (kind: 'int' | 'uint', bound: number): Pick<Val, 'bound' | 'fraction' | 'error'> => ({
  bound: bound > 31 ? (kind === 'int' ? 31 : 32) : bound,
  fraction: 0,
  error: 0,
})

/** The value as f32 arithmetic sees it. */
export const asFloat = (value: Val): Val =>
  value.kind === 'float' ? value : { ...value, kind: 'float', dtype: 'f32', ...rounded(value.bound, 0, value.error) }

export const magnitude = (value: Val): number => 2 ** value.bound

export const union = (...lists: readonly (readonly string[])[]): readonly string[] => [...new Set(lists.flat())]

/** The text as an operand. */
export const operand = (value: Val): string => (/^\w+(\.\d+)?%?$/.test(value.text) ? value.text : `(${value.text})`)
