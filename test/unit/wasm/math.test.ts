/** The mathematical functions: error against double precision over the whole range, special values, scalars against lanes. */
import { beforeAll, describe, expect, test } from 'vitest'
import { buffer, kernelOf, machine, start, type Running } from './kernel.ts'

const i32 = machine('i32')
const f32 = buffer('f32')
const UNARY = ['exp', 'log', 'sin', 'cos', 'tanh', 'sqrt', 'floor', 'ceil', 'round', 'trunc', 'abs', 'neg', 'sign'] as const
const BINARY = ['pow', 'rem', 'floordiv', 'min', 'max', 'add', 'sub', 'mul', 'div'] as const
type Name = (typeof UNARY)[number] | (typeof BINARY)[number]

const kernels = [1, 4].flatMap((lanes) =>
  [...UNARY, ...BINARY].map((name) =>
    kernelOf(`${name}${lanes}`, { x: f32, y: f32, out: f32, n: i32 }, (b, { x, y, out, n }) => {
      b.for(b.constant(0), n.id, lanes, [], (i) => {
        const args = (BINARY as readonly string[]).includes(name)
          ? [b.load(x, i, lanes), b.load(y, i, lanes)]
          : [b.load(x, i, lanes)]
        b.store(out, i, b.emit(name, args))
        return []
      })
    }),
  ),
)

let running: Running
beforeAll(async () => {
  running = await start(kernels, 1024)
})

function run(name: Name, lanes: number, x: Float32Array, y: Float32Array = x): Float32Array {
  const size = x.length * 4
  const places = [65536, 65536 + size, 65536 + 2 * size]
  new Float32Array(running.memory.buffer, places[0], x.length).set(x)
  new Float32Array(running.memory.buffer, places[1], x.length).set(y)
  running.call[`${name}${lanes}`]?.(...places, x.length)
  return new Float32Array(running.memory.buffer, places[2], x.length).slice()
}

/** Both shapes, which must agree in every bit but the payload of NaN. */
function both(name: Name, x: ArrayLike<number>, y?: ArrayLike<number>): Float32Array {
  const padded = (values: ArrayLike<number>) =>
    Float32Array.from({ length: Math.ceil(values.length / 4) * 4 }, (_, i) => values[i] ?? 1)
  const [a, b] = [padded(x), y === undefined ? undefined : padded(y)]
  const [scalar, vector] = [run(name, 1, a, b), run(name, 4, a, b)]
  for (let i = 0; i < a.length; i += 1)
    if (!Object.is(scalar[i], vector[i]))
      expect.fail(`${name}(${a[i]}, ${b?.[i]}) is ${scalar[i]} alone and ${vector[i]} in a vector`)
  return scalar.subarray(0, x.length)
}

/** A spread of all floats of both signs: every exponent, `perBinade` mantissas in each. */
function sweep(perBinade: number): Float32Array {
  const bits: number[] = []
  for (let exponent = 0; exponent < 255; exponent += 1)
    for (let i = 0; i < perBinade; i += 1) {
      const mantissa = Math.floor(((i + ((exponent * 7919) % 97) / 97) / perBinade) * 2 ** 23)
      bits.push(exponent * 2 ** 23 + mantissa, 2 ** 31 + exponent * 2 ** 23 + mantissa)
    }
  return new Float32Array(Uint32Array.from(bits).buffer)
}
const between = (lo: number, hi: number, count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => lo + ((hi - lo) * (i + 0.37)) / count)

/** Distance to the exact value in units of the last place of the float nearest to it. */
function ulps(got: number, exact: number): number {
  if (Number.isNaN(exact)) return Number.isNaN(got) ? 0 : Infinity
  const nearest = Math.fround(exact)
  if (!Number.isFinite(nearest) || !Number.isFinite(got)) {
    // The largest float is as good as infinity while the exact value is within an ulp of it.
    return got === nearest ? 0 : Math.abs(exact) < 3.40282387e38 ? 1 : Infinity
  }
  const exponent = Math.max(-126, Math.floor(Math.log2(Math.abs(exact) || 2 ** -149)))
  return Math.abs(got - exact) / 2 ** (exponent - 23)
}

function worst(name: Name, exact: (x: number, y: number) => number, x: ArrayLike<number>, y?: ArrayLike<number>): number {
  const got = both(name, x, y)
  let most = 0
  let where = ''
  for (let i = 0; i < x.length; i += 1) {
    const error = ulps(got[i] as number, exact(x[i] as number, y?.[i] as number))
    if (error > most)
      [most, where] = [error, `${name}(${x[i]}, ${y?.[i]}) = ${got[i]}, not ${exact(x[i] as number, y?.[i] as number)}`]
  }
  if (most === Infinity) expect.fail(where)
  return most
}

const SPECIAL = [
  0,
  -0,
  1,
  -1,
  Infinity,
  -Infinity,
  NaN,
  2 ** -149,
  -(2 ** -149),
  1.1754943508222875e-38,
  3.4028234663852886e38,
  -3.4028234663852886e38,
]

describe('accuracy, in units of the last place', () => {
  test('exp', () => {
    expect(worst('exp', Math.exp, sweep(400))).toBeLessThan(1.2)
    expect(worst('exp', Math.exp, between(-104.5, 89, 400_000))).toBeLessThan(1.2)
  })
  test('log', () => {
    expect(worst('log', Math.log, sweep(800))).toBeLessThan(1.2)
    expect(worst('log', Math.log, between(0.5, 2, 400_000))).toBeLessThan(1.2)
    expect(
      worst(
        'log',
        Math.log,
        Float32Array.from({ length: 4000 }, (_, i) => 1 + (i - 2000) * 2 ** -24),
      ),
    ).toBeLessThan(1.2)
  })
  test('tanh', () => {
    expect(worst('tanh', Math.tanh, sweep(400))).toBeLessThan(2)
    expect(worst('tanh', Math.tanh, between(-10, 10, 400_000))).toBeLessThan(2)
  })
  test('sin and cos, over the whole range', () => {
    for (const name of ['sin', 'cos'] as const) {
      expect(worst(name, Math[name], sweep(400))).toBeLessThan(0.51)
      expect(worst(name, Math[name], between(-100, 100, 200_000))).toBeLessThan(0.51)
      // Near multiples of π/2, where the remainder is smallest, below and above the change of method.
      const near = Array.from({ length: 20_000 }, (_, i) => Math.fround(((i * 97 + 1) * Math.PI) / 2))
      expect(worst(name, Math[name], near)).toBeLessThan(0.51)
    }
  })
  test('pow', () => {
    const x = sweep(40)
    for (const y of [0.5, -0.5, 1, 2, -1, 3, 1 / 3, 10, -7, 0.01, 100])
      expect(
        worst(
          'pow',
          (a, b) => a ** b,
          x,
          x.map(() => y),
        ),
      ).toBeLessThan(0.51)
    const bases = between(0.01, 3, 100_000)
    expect(
      worst(
        'pow',
        (a, b) => a ** b,
        bases,
        bases.map((_, i) => ((i * 31) % 400) / 4 - 50),
      ),
    ).toBeLessThan(0.51)
  })
  test('rem is exact', () => {
    const x = sweep(20)
    for (const y of [1, 3, -0.7, 1e-30, 1e30, 2 ** -149, Infinity, 0, NaN]) {
      const got = both(
        'rem',
        x,
        x.map(() => y),
      )
      x.forEach((a, i) => expect(Object.is(got[i], Math.fround(a % Math.fround(y))) || `${a} % ${y} = ${got[i]}`).toBe(true))
    }
  })
})

describe('special values', () => {
  const round = (x: number): number =>
    (Math.abs(x - Math.trunc(x)) === 0.5 ? 2 * Math.round(x / 2) : Math.sign(x) * Math.floor(Math.abs(x) + 0.5)) ||
    (x < 0 || Object.is(x, -0) ? -0 : 0)
  const exact: Readonly<Record<(typeof UNARY)[number], (x: number) => number>> = {
    exp: Math.exp,
    log: Math.log,
    sin: Math.sin,
    cos: Math.cos,
    tanh: Math.tanh,
    sqrt: Math.sqrt,
    floor: Math.floor,
    ceil: Math.ceil,
    round: (x) => (Number.isFinite(x) ? round(x) : x),
    trunc: Math.trunc,
    abs: Math.abs,
    neg: (x) => -x,
    sign: Math.sign,
  }
  test.each(UNARY)('%s', (name) => {
    const inputs = [
      ...SPECIAL,
      0.5,
      -0.5,
      1.5,
      2.5,
      -2.5,
      88.72283,
      88.72284,
      -87.5,
      -103.9,
      -104.1,
      1e-20,
      -1e-20,
      8388609.5,
      0.49999997,
    ]
    const got = both(name, inputs)
    inputs.forEach((x, i) => {
      const want = exact[name](Math.fround(x))
      if (Object.is(Math.fround(want), want) && (want === 0 || !Number.isFinite(want)))
        expect(Object.is(got[i], want) || `${name}(${x}) = ${got[i]}`).toBe(true)
      else expect(ulps(got[i] as number, want)).toBeLessThan(2)
    })
  })

  const pairs = SPECIAL.flatMap((x) => [...SPECIAL, 2, 3, -2, -3, 0.5, -0.5, 1e10, 16777217].map((y) => [x, y] as const))
  const reference: Readonly<Record<(typeof BINARY)[number], (x: number, y: number) => number>> = {
    pow: (x, y) => x ** y,
    rem: (x, y) => x % y,
    floordiv: (x, y) => Math.floor(Math.fround(x / y)),
    min: Math.min,
    max: Math.max,
    add: (x, y) => x + y,
    sub: (x, y) => x - y,
    mul: (x, y) => x * y,
    div: (x, y) => x / y,
  }
  test.each(BINARY)('%s', (name) => {
    const got = both(
      name,
      pairs.map(([x]) => x),
      pairs.map(([, y]) => y),
    )
    pairs.forEach(([x, y], i) => {
      const exact = reference[name](Math.fround(x), Math.fround(y))
      const want = Math.fround(exact)
      if (name === 'pow' && want !== 0 && Number.isFinite(want)) expect(ulps(got[i] as number, exact)).toBeLessThan(0.51)
      else expect(Object.is(got[i], want) || `${name}(${x}, ${y}) = ${got[i]}, not ${want}`).toBe(true)
    })
  })
})
