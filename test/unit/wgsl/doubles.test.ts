/** Doubles in whole numbers against those of the engine: every bit of every result, on special values and thousands of random ones. */
import { expect, test } from 'vitest'
import { wgslLibrary } from '../../../backends/wgsl/prelude/wgsl-library.ts'
import { describeGpu, useDevice } from '../../support/gpu.ts'
import { computeWords } from '../../support/compute-words.ts'

const SPECIAL = [
  0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3.5, 2 ** 52, 2 ** 52 + 1, 2 ** 53, -(2 ** 53), 4503599627370495.5, -4503599627370495.5,
  Infinity, -Infinity, NaN, Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, -Number.MIN_VALUE, 2 ** -1022, -(2 ** -1022),
  2 ** -1022 - 2 ** -1074, Number.EPSILON, 1 + Number.EPSILON, 1 - Number.EPSILON / 2, 2147483647, 2147483648, -2147483648,
  -2147483649, 4294967295, 4294967296, 4294967295.5, 2147483647.5, 0.1, 1e-310, 1e308, 16777217, 3.4028235677973366e38,
  3.4028234663852886e38, 2 ** -149, 2 ** -150, 2 ** -150 * 1.5, 1.1754943508222875e-38, 1.1754942807573643e-38,
] // prettier-ignore

/** Numbers that are random in different ways: any bits; exponents near each other; few significant digits; whole. */
function randomDoubles(count: number, seed: number): readonly number[] {
  let state = seed
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state ^ (state >>> 15)) >>> 0
  }
  const anyBits = (): number => new Float64Array(Uint32Array.of(next(), next()).buffer)[0] as number
  const unit = (): number => (next() / 2 ** 32 - 0.5) * 4
  const makers = [
    anyBits,
    () => unit() + unit() * 2 ** -30,
    () => Math.round(unit() * 8) / 8,
    () => unit() * 2 ** ((next() % 100) - 50),
  ]
  return Array.from({ length: count }, (_, i) => (makers[i % makers.length] as () => number)())
}

const singles = [...SPECIAL, ...randomDoubles(4000, 1)]
const pairs: readonly (readonly [number, number])[] = [
  ...SPECIAL.flatMap((x) => SPECIAL.map((y) => [x, y] as const)),
  ...randomDoubles(4000, 2).map((x, i, all) => [x, all[(i + 4) % all.length] as number] as const),
  ...randomDoubles(1000, 3).map((x) => [x, x * (1 + Number.EPSILON)] as const),
]

const wordsOfDoubles = (values: readonly number[]): Uint32Array => new Uint32Array(Float64Array.from(values).buffer)

/** The least of -0 and 0 is left open, and NaN has no sign. */
const bitsOf = (value: number): string => (Number.isNaN(value) ? 'nan' : Object.is(value, -0) ? '-0' : String(value))

const roundEven = (x: number): number => {
  const up = Math.round(x)
  return up - x === 0.5 && up % 2 !== 0 ? up - 1 : Object.is(up, -0) || (up === 0 && x < 0) ? -0 : up
}

const clamp = (x: number, low: number, high: number): number =>
  Number.isNaN(x) ? 0 : Math.min(Math.max(Math.trunc(x), low), high)

describeGpu('doubles', () => {
  const device = useDevice('default limits')
  const library = wgslLibrary()

  /** `body` computes `r`, its words, from `x` and `y`. */
  async function compute(body: string, inputs: readonly Uint32Array[], count: number): Promise<Uint32Array> {
    return computeWords(device(), library, body, inputs, count)
  }

  const binary: Readonly<Record<string, (x: number, y: number) => number>> = {
    add: (x, y) => x + y,
    sub: (x, y) => x - y,
    mul: (x, y) => x * y,
    div: (x, y) => x / y,
    rem: (x, y) => x % y,
    floordiv: (x, y) => Math.floor(x / y),
    min: (x, y) => (x === 0 && y === 0 ? x : Math.min(x, y)),
    max: (x, y) => (x === 0 && y === 0 ? x : Math.max(x, y)),
    eq: (x, y) => Number(x === y),
    ne: (x, y) => Number(x !== y),
    lt: (x, y) => Number(x < y),
    le: (x, y) => Number(x <= y),
  }
  for (const [name, meaning] of Object.entries(binary)) {
    test(name, async () => {
      const truth = ['eq', 'ne', 'lt', 'le'].includes(name)
      const body = truth ? `bool_to_double(double_${name}(x, y))` : `double_${name}(x, y)`
      const [xs, ys] = [pairs.map(([x]) => x), pairs.map(([, y]) => y)]
      const words = await compute(`let r = ${body};`, [wordsOfDoubles(xs), wordsOfDoubles(ys)], pairs.length)
      const results = new Float64Array(words.buffer)
      const wrong = pairs.flatMap(([x, y], i) => {
        const [got, want] = [bitsOf(results[i] as number), bitsOf(meaning(x, y))]
        return got === want ? [] : [{ x, y, got, want }]
      })
      expect(wrong.slice(0, 5)).toEqual([])
    })
  }

  const unary: Readonly<Record<string, readonly [string, (x: number) => number]>> = {
    sqrt: ['double_sqrt(x)', Math.sqrt],
    neg: ['double_neg(x)', (x) => -x],
    abs: ['double_abs(x)', Math.abs],
    sign: ['double_sign(x)', Math.sign],
    floor: ['double_floor(x)', Math.floor],
    ceil: ['double_ceil(x)', Math.ceil],
    trunc: ['double_trunc(x)', Math.trunc],
    round: ['double_round(x)', roundEven],
    'to f32': ['f32_to_double(double_to_f32(x))', Math.fround],
    'to i32': ['i32_to_double(double_to_i32(x))', (x) => clamp(x, -(2 ** 31), 2 ** 31 - 1) + 0],
    'to u32': ['u32_to_double(double_to_u32(x))', (x) => clamp(x, 0, 2 ** 32 - 1) + 0],
    'to bool': ['bool_to_double(double_to_bool(x))', (x) => Number(Number.isNaN(x) || x !== 0)],
    isnan: ['bool_to_double(double_is_nan(x))', (x) => Number(Number.isNaN(x))],
  }
  for (const [name, [body, meaning]] of Object.entries(unary)) {
    test(name, async () => {
      const input = wordsOfDoubles(singles)
      const results = new Float64Array((await compute(`let r = ${body};`, [input, input], singles.length)).buffer)
      const wrong = singles.flatMap((x, i) => {
        const [got, want] = [bitsOf(results[i] as number), bitsOf(meaning(x))]
        return got === want ? [] : [{ x, got, want }]
      })
      expect(wrong.slice(0, 5)).toEqual([])
    })
  }
})
