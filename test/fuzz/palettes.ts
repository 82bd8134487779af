/** Values that random inputs are drawn from, by dtype, with what the generator may assume of them. */
import type { DType } from '../../compiler/ir/types.ts'
import type { Choices } from './choices.ts'
import { kindOf, type Val } from './value.ts'

export interface Palette {
  readonly name: string
  /** One element, from a uniform random number. */
  readonly draw: (uniform: () => number) => number
  readonly facts: Pick<Val, 'bound' | 'fraction' | 'error'>
}

const from =
  (values: readonly number[]) =>
  (uniform: () => number): number =>
    values[Math.floor(uniform() * values.length)] ?? 0

const listed = (name: string, values: readonly number[], bound: number, fraction: number): Palette => ({
  name,
  draw: from(values),
  facts: { bound, fraction, error: 0 },
})

const dyadic = listed(
  'quarters',
  Array.from({ length: 33 }, (_, i) => (i - 16) / 4),
  2,
  2,
)
const ties = listed('ties', [0, -0, 1, -1, 0.5, 2], 1, 1)
const special = listed('special', [0, -0, 1, -1, NaN, Infinity, -Infinity, 2, -2, 0.5], 1, 1)
const zeros = listed('zeros', [0, 0, 0, 0, 0, -0, 1], 0, 0)

const normal = (uniform: () => number): number => Math.sqrt(-2 * Math.log(uniform() || 0.5)) * Math.cos(2 * Math.PI * uniform())
/** Values with all their bits: exact as they are, not after arithmetic. */
const fine: Palette = { name: 'normal', draw: normal, facts: { bound: 3, fraction: 100, error: 0 } }

const EDGES: Readonly<Partial<Record<DType, readonly number[]>>> = {
  f32: [
    3.4028234663852886e38, -3.4028234663852886e38, 1.401298464324817e-45, -1.401298464324817e-45, 1.1754943508222875e-38, 0, -0,
    1, 16777217, -0.1,
  ],
  f16: [65504, -65504, 5.960464477539063e-8, -5.960464477539063e-8, 6.103515625e-5, 0, -0, 1, 2049, -0.1],
  bf16: [3.3895313892515355e38, -3.3895313892515355e38, 9.183549615799121e-41, -9.183549615799121e-41, 0, -0, 1, -0.1],
}
const edges = (dtype: DType): Palette => ({
  name: 'edges',
  draw: from(EDGES[dtype] ?? [0]),
  facts: { bound: dtype === 'f16' ? 16 : 128, fraction: 200, error: 0 },
})

const INTEGER_EDGES: Readonly<Partial<Record<DType, readonly [readonly number[], number]>>> = {
  i32: [[-2147483648, 2147483647, -2147483647, 0, 1, -1, 16777217, 65536], 31],
  u32: [[4294967295, 2147483648, 2147483647, 0, 1, 16777217, 65536], 32],
  i8: [[-128, 127, 0, 1, -1], 7],
  u8: [[255, 128, 127, 0, 1], 8],
}

/** The first is the plainest. */
function palettesOf(dtype: DType): readonly [Palette, ...Palette[]] {
  const kind = kindOf(dtype)
  if (kind === 'mask')
    return [0.5, 0.1, 0.95, 0].map((share) => ({
      name: `${share * 100}% true`,
      draw: (uniform: () => number) => Number(uniform() < share),
      facts: { bound: 0, fraction: 0, error: 0 },
    })) as unknown as readonly [Palette, ...Palette[]]
  if (kind === 'float') return [dyadic, dyadic, ties, special, special, zeros, fine, edges(dtype)]
  const [values, bound] = INTEGER_EDGES[dtype] ?? [[0], 0]
  const small = Array.from({ length: 17 }, (_, i) => (kind === 'uint' ? i : i - 8))
  return [listed('small', small, 4, 0), listed('few', [0, 1, 2], 1, 0), listed('edges', values, bound, 0)]
}

export const pickPalette = (dtype: DType, choices: Choices): Palette => choices.pick(palettesOf(dtype))
