/** Every op of the kernel core that is neither memory nor control, against JavaScript. */
import { expect, test } from 'vitest'
import type { MachineDType } from '../../../compiler/ir/types.ts'
import type { Attrs } from '../../../compiler/ir/node.ts'
import { kernelOps } from '../../../compiler/ir/ops/kernel/index.ts'
import { scalarOps } from '../../../compiler/ir/ops/scalar/index.ts'
import { CORE_OPS, GRID_OPS, TEAM_OPS } from '../../../backends/core.ts'
import { AT, buffer, kernelOf, machine, start, type KernelBuilder } from './kernel.ts'

const i32 = machine('i32')
const ARRAYS = { f32: Float32Array, i32: Int32Array, u32: Uint32Array, bool: Uint8Array } as const
type Stored = keyof typeof ARRAYS

/** Applies `make` to elements of buffers of the given dtypes, one or four at a time; gives what it stored. */
async function apply(
  lanes: number,
  inputs: readonly (readonly [Stored, readonly number[]])[],
  out: Stored,
  make: (b: KernelBuilder, args: readonly number[]) => number,
): Promise<number[]> {
  const length = Math.ceil((inputs[0]?.[1].length ?? 0) / 4) * 4
  const types = Object.fromEntries([
    ...inputs.map(([dtype], i) => [`x${i}`, buffer(dtype, 'read')]),
    ['out', buffer(out)],
    ['n', i32],
  ])
  const kernel = kernelOf('k', types, (b, params) => {
    const count = params.n?.id as number
    b.for(b.constant(0), count, lanes, [], (i) => {
      const args = inputs.map((_, at) => b.emit('load', [params[`x${at}`]?.id as number, i], { lanes }))
      b.emitAll('store', [params.out?.id as number, i, make(b, args)])
      return []
    })
  })
  const { memory, call } = await start([kernel])
  inputs.forEach(([dtype, values], at) => new ARRAYS[dtype](memory.buffer, AT(at), length).set(values))
  call.k?.(...inputs.map((_, at) => AT(at)), AT(inputs.length), length)
  return [...new ARRAYS[out](memory.buffer, AT(inputs.length), length)].slice(0, inputs[0]?.[1].length)
}

const LOWEST = -2147483648
const INTEGERS: readonly number[] = [0, 1, -1, 2, -2, 7, -7, 10, 3, -3, 255, 2147483647, LOWEST, LOWEST + 1, 65536, -65536]
const PAIRS = INTEGERS.flatMap((x) => INTEGERS.map((y) => [x, y] as const))
const XS = PAIRS.map(([x]) => x)
const YS = PAIRS.map(([, y]) => y)
const wrap = { i32: (x: number) => x | 0, u32: (x: number) => x >>> 0 }

const binary: Readonly<Record<string, (x: number, y: number) => number>> = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: Math.imul,
  div: (x, y) => (y === 0 ? 0 : Math.trunc(x / y)),
  floordiv: (x, y) => (y === 0 ? 0 : Math.floor(x / y)),
  rem: (x, y) => (y === 0 ? 0 : x % y),
  min: Math.min,
  max: Math.max,
  and: (x, y) => x & y,
  or: (x, y) => x | y,
  xor: (x, y) => x ^ y,
}
const unary: Readonly<Record<string, (x: number) => number>> = {
  abs: Math.abs,
  sign: Math.sign,
  not: (x) => ~x,
  floor: (x) => x,
  round: (x) => x,
  popcount: (x) => [...(x >>> 0).toString(2)].filter((bit) => bit === '1').length,
  ctz: (x) => (x === 0 ? 32 : 31 - Math.clz32(x & -x)),
}

test('the core and the ops of grids are the elementwise and kernel ops of the op table, no more and no less', () => {
  const kernelLevel = Object.entries({ ...scalarOps, ...kernelOps }).filter(([, def]) =>
    (def.levels as readonly string[]).includes('kernel'),
  )
  expect([...CORE_OPS, ...GRID_OPS, ...TEAM_OPS].sort()).toEqual(kernelLevel.map(([name]) => name).sort())
})

for (const lanes of [1, 4])
  for (const dtype of ['i32', 'u32'] as const) {
    const label = `${dtype} x ${lanes}`
    test.each(Object.keys(binary))(`${label}: %s`, async (name) => {
      const got = await apply(
        lanes,
        [
          [dtype, XS],
          [dtype, YS],
        ],
        dtype,
        (b, args) => b.emit(name, args),
      )
      expect(got).toEqual(PAIRS.map(([x, y]) => wrap[dtype](binary[name]?.(wrap[dtype](x), wrap[dtype](y)) ?? NaN)))
    })
    test.each(Object.keys(unary))(`${label}: %s`, async (name) => {
      const got = await apply(lanes, [[dtype, INTEGERS]], dtype, (b, args) => b.emit(name, args))
      expect(got).toEqual(INTEGERS.map((x) => wrap[dtype](unary[name]?.(wrap[dtype](x)) ?? NaN)))
    })
    test(`${label}: neg, division and remainder by a constant`, async () => {
      expect(await apply(lanes, [[dtype, INTEGERS]], dtype, (b, [x]) => b.emit('neg', [x as number]))).toEqual(
        INTEGERS.map((x) => wrap[dtype](-x)),
      )
      for (const y of [3, -1, 0, 10]) {
        const by = (name: string) =>
          apply(lanes, [[dtype, INTEGERS]], dtype, (b, [x]) => b.emit(name, [x as number, b.constant(y, dtype, lanes)]))
        const want = (name: string) => INTEGERS.map((x) => wrap[dtype](binary[name]?.(wrap[dtype](x), wrap[dtype](y)) ?? NaN))
        expect([await by('div'), await by('rem')]).toEqual([want('div'), want('rem')])
      }
    })
    test(`${label}: shifts by a scalar, by a constant and by lane`, async () => {
      const distances = PAIRS.map((_, i) => i % 32)
      const shr = (x: number, by: number) => (dtype === 'i32' ? x >> by : x >>> by)
      const by = (name: string) =>
        apply(
          lanes,
          [
            [dtype, XS],
            ['i32', distances],
          ],
          dtype,
          (b, args) => b.emit(name, args),
        )
      expect(await by('shl')).toEqual(XS.map((x, i) => wrap[dtype](x << (distances[i] as number))))
      expect(await by('shr')).toEqual(XS.map((x, i) => wrap[dtype](shr(x, distances[i] as number))))
      for (const uniform of ['scalar', 'constant', 'splat']) {
        const distance = (b: KernelBuilder) => {
          if (uniform === 'constant') return b.constant(5, 'i32', lanes)
          return uniform === 'scalar' || lanes === 1
            ? b.constant(5)
            : b.emit('splat', [b.emit('add', [b.constant(2), b.constant(3)])], { lanes })
        }
        expect(await apply(lanes, [[dtype, INTEGERS]], dtype, (b, [x]) => b.emit('shr', [x as number, distance(b)]))).toEqual(
          INTEGERS.map((x) => wrap[dtype](shr(x, 5))),
        )
      }
    })
  }

const FLOATS: readonly number[] = [
  0,
  -0,
  1,
  -1,
  1.5,
  -2.5,
  NaN,
  Infinity,
  -Infinity,
  1e-40,
  3e9,
  -3e9,
  2147483648,
  4294967295,
  5e9,
  0.99,
]
const FLOAT_PAIRS = FLOATS.flatMap((x) => FLOATS.map((y) => [x, y] as const))
const compare: Readonly<Record<string, (x: number, y: number) => boolean>> = {
  eq: (x, y) => x === y,
  ne: (x, y) => x !== y,
  lt: (x, y) => x < y,
  le: (x, y) => x <= y,
  gt: (x, y) => x > y,
  ge: (x, y) => x >= y,
}

for (const lanes of [1, 4]) {
  test.each(Object.keys(compare))(`x ${lanes}: %s of floats, integers and unsigned integers`, async (name) => {
    const of = (dtype: Stored, pairs: readonly (readonly [number, number])[]) =>
      apply(
        lanes,
        [
          [dtype, pairs.map(([x]) => x)],
          [dtype, pairs.map(([, y]) => y)],
        ],
        'bool',
        (b, args) => b.emit(name, args),
      )
    const want = (pairs: readonly (readonly [number, number])[], as: (x: number) => number) =>
      pairs.map(([x, y]) => Number(compare[name]?.(as(x), as(y))))
    expect(await of('f32', FLOAT_PAIRS)).toEqual(want(FLOAT_PAIRS, Math.fround))
    expect(await of('i32', PAIRS)).toEqual(want(PAIRS, wrap.i32))
    expect(await of('u32', PAIRS)).toEqual(want(PAIRS, wrap.u32))
  })

  test(`x ${lanes}: truth values: and, or, xor, not, eq, ne, isnan, select`, async () => {
    const [p, q] = [
      [0, 0, 1, 1],
      [0, 1, 0, 1],
    ]
    const of = (name: string, args: readonly (readonly number[])[]) =>
      apply(
        lanes,
        args.map((x) => ['bool', x] as const),
        'bool',
        (b, ids) => b.emit(name, ids),
      )
    expect(await of('and', [p, q])).toEqual([0, 0, 0, 1])
    expect(await of('or', [p, q])).toEqual([0, 1, 1, 1])
    expect(await of('xor', [p, q])).toEqual([0, 1, 1, 0])
    expect(await of('eq', [p, q])).toEqual([1, 0, 0, 1])
    expect(await of('ne', [p, q])).toEqual([0, 1, 1, 0])
    expect(await of('not', [q])).toEqual([1, 0, 1, 0])
    expect(await of('select', [p, q, [1, 1, 0, 0]])).toEqual([1, 1, 0, 1])
    expect(await apply(lanes, [['f32', FLOATS]], 'bool', (b, args) => b.emit('isnan', args))).toEqual(
      FLOATS.map((x) => Number(Number.isNaN(x))),
    )
    const chosen = await apply(
      lanes,
      [
        ['bool', p],
        ['f32', [1, 2, 3, 4]],
        ['f32', [-1, -2, NaN, -4]],
      ],
      'f32',
      (b, args) => b.emit('select', args),
    )
    expect(chosen).toEqual([-1, -2, 3, 4])
    const whole = await apply(
      lanes,
      [
        ['bool', p],
        ['u32', [1, 2, 3, 4]],
        ['u32', [9, 8, 7, 6]],
      ],
      'u32',
      (b, args) => b.emit('select', args),
    )
    expect(whole).toEqual([9, 8, 3, 4])
  })

  const saturate = (x: number, lo: number, hi: number) => (Number.isNaN(x) ? 0 : Math.min(hi, Math.max(lo, Math.trunc(x))) + 0)
  const conversions: readonly [Stored, Stored, readonly number[], (x: number) => number][] = [
    ['f32', 'i32', FLOATS, (x) => saturate(Math.fround(x), LOWEST, 2147483647)],
    ['f32', 'u32', FLOATS, (x) => saturate(Math.fround(x), 0, 4294967295)],
    ['f32', 'bool', FLOATS, (x) => Number(Math.fround(x) !== 0)],
    ['i32', 'f32', INTEGERS, Math.fround],
    ['u32', 'f32', INTEGERS, (x) => Math.fround(x >>> 0)],
    ['i32', 'u32', INTEGERS, (x) => x >>> 0],
    ['u32', 'i32', INTEGERS, (x) => x | 0],
    ['i32', 'bool', INTEGERS, (x) => Number(x !== 0)],
    ['bool', 'f32', [0, 1, 1, 0], (x) => x],
    ['bool', 'i32', [0, 1, 1, 0], (x) => x],
    ['bool', 'u32', [0, 1, 1, 0], (x) => x],
    ['bool', 'bool', [0, 1, 1, 0], (x) => x],
  ]
  test.each(conversions)(`x ${lanes}: convert %s to %s`, async (from, to, values, want) => {
    expect(await apply(lanes, [[from, values]], to, (b, args) => b.emit('convert', args, { to }))).toEqual(values.map(want))
  })

  test(`x ${lanes}: bitcast and back`, async () => {
    const bits = FLOATS.map((x) => new Int32Array(new Float32Array([x]).buffer)[0] as number)
    expect(await apply(lanes, [['f32', FLOATS]], 'i32', (b, args) => b.emit('bitcast', args, { to: 'i32' }))).toEqual(bits)
    expect(await apply(lanes, [['i32', bits]], 'f32', (b, args) => b.emit('bitcast', args, { to: 'f32' }))).toEqual(
      FLOATS.map(Math.fround),
    )
    expect(await apply(lanes, [['u32', XS]], 'i32', (b, args) => b.emit('bitcast', args, { to: 'i32' }))).toEqual(XS)
  })

  test.each([
    ['f32', [1.5, -Infinity, Infinity, NaN, -0]],
    ['i32', [5, -1, LOWEST, 0, 1]],
    ['u32', [5, 4294967295, 0, 1, 2]],
    ['bool', [1, 0, 1, 0, 1]],
  ] as const)(`x ${lanes}: constants of %s`, async (dtype, values) => {
    for (const value of values) {
      const text = Number.isNaN(value) ? 'nan' : value === Infinity ? 'inf' : value === -Infinity ? '-inf' : value
      expect(await apply(lanes, [[dtype, [0, 0, 0, 0]]], dtype, (b) => b.constant(text, dtype, lanes))).toEqual([
        value,
        value,
        value,
        value,
      ])
    }
  })
}

/** Runs a vector kernel over one group of four and stores scalars. */
async function fromVector(
  dtype: Stored,
  values: readonly number[],
  out: Stored,
  make: (b: KernelBuilder, x: number) => readonly number[],
): Promise<number[]> {
  let count = 0
  const kernel = kernelOf('k', { x: buffer(dtype), out: buffer(out) }, (b, { x, out }) => {
    make(b, b.load(x, b.constant(0), 4)).forEach((value, i) => {
      b.store(out, b.constant(i), value)
      count = i + 1
    })
  })
  const { memory, call } = await start([kernel])
  new ARRAYS[dtype](memory.buffer, AT(0), 4).set(values)
  call.k?.(AT(0), AT(1))
  return [...new ARRAYS[out](memory.buffer, AT(1), count)]
}

test('splat, iota and extract', async () => {
  const all = (b: KernelBuilder, x: number) => [0, 1, 2, 3].map((lane) => b.emit('extract', [x], { lane }))
  expect(await fromVector('f32', [1, 2, 3, 4], 'f32', all)).toEqual([1, 2, 3, 4])
  expect(await fromVector('bool', [1, 0, 0, 1], 'bool', all)).toEqual([1, 0, 0, 1])
  expect(await fromVector('i32', [1, 2, 3, 4], 'i32', (b) => all(b, b.emit('iota', [], { lanes: 4 })))).toEqual([0, 1, 2, 3])
  for (const [dtype, value] of [
    ['f32', 2.5],
    ['i32', -3],
    ['u32', 4000000000],
    ['bool', 1],
  ] as const)
    expect(
      await fromVector(dtype, [0, value, 0, 0], dtype, (b, x) =>
        all(b, b.emit('splat', [b.emit('extract', [x], { lane: 1 })], { lanes: 4 })),
      ),
    ).toEqual([value, value, value, value])
})

test('lane_reduce combines lane 0 with 2 and 1 with 3 first', async () => {
  const reduce = (dtype: Stored, kind: string, values: readonly number[]) =>
    fromVector(dtype, values, dtype, (b, x) => [b.emit('lane_reduce', [x], { kind })])
  // In this order the large terms cancel before the small ones are added.
  expect(await reduce('f32', 'sum', [1e8, 1, -1e8, 2])).toEqual([3])
  expect(await reduce('f32', 'max', [1, 7, -3, 2])).toEqual([7])
  expect(await reduce('f32', 'min', [1, 7, -3, 2])).toEqual([-3])
  expect(await reduce('f32', 'max', [1, NaN, -3, 2])).toEqual([NaN])
  expect(await reduce('i32', 'sum', [2147483647, 1, 0, 0])).toEqual([LOWEST])
  expect(await reduce('i32', 'max', [-5, -1, -3, -2])).toEqual([-1])
  expect(await reduce('u32', 'max', [5, 4294967295, 3, 2])).toEqual([4294967295])
  expect(await reduce('u32', 'min', [5, 4294967295, 3, 2])).toEqual([2])
  expect(await reduce('u32', 'and', [7, 13, 5, 0xff])).toEqual([5])
  expect(await reduce('u32', 'or', [1, 2, 4, 8])).toEqual([15])
  for (let bits = 0; bits < 16; bits += 1) {
    const lanes = [0, 1, 2, 3].map((i) => (bits >> i) & 1)
    expect(await reduce('bool', 'and', lanes)).toEqual([bits === 15 ? 1 : 0])
    expect(await reduce('bool', 'or', lanes)).toEqual([bits === 0 ? 0 : 1])
    expect(await fromVector('bool', lanes, 'i32', (b, x) => [b.emit('bitmask', [x])])).toEqual([bits])
  }
})

/** Two 64-bit lanes built from scalars; results come back as f32. */
async function twoLanes(
  dtype: MachineDType,
  x: readonly [number, number],
  y: readonly [number, number],
  name: string,
  attrs: Attrs = {},
): Promise<number[]> {
  const kernel = kernelOf(
    'k',
    { out: buffer('f32'), a: machine('f64'), b: machine('f64'), c: machine('f64'), d: machine('f64') },
    (k, p) => {
      const pair = (lo: number, hi: number) => {
        const [low, high] = [lo, hi].map((id) => k.emit('splat', [k.emit('convert', [id], { to: dtype })], { lanes: 2 }))
        const odd = k.emit('splat', [k.emit('eq', [k.constant(1), k.constant(1)])], { lanes: 2 })
        // Lane 0 from one, lane 1 from the other, by a mask that only lane 0 has.
        const first = k.emit('lt', [k.emit('splat', [k.constant(0, 'f64')], { lanes: 2 }), k.constant(1, 'f64', 2)])
        void odd
        void first
        return [low as number, high as number] as const
      }
      const [x0, x1] = pair(p.a.id, p.b.id)
      const [y0, y1] = pair(p.c.id, p.d.id)
      const arity = (scalarOps as Readonly<Record<string, { operands: readonly string[] }>>)[name]?.operands.length ?? 1
      ;[
        [x0, y0],
        [x1, y1],
      ].forEach(([x, y], i) => {
        const result = k.emit(name, arity === 2 ? [x as number, y as number] : [x as number], attrs)
        const lane = k.emit('extract', [result], { lane: i })
        k.store(p.out, k.constant(i), k.emit('convert', [lane], { to: 'f32' }))
      })
    },
  )
  const { memory, call } = await start([kernel])
  call.k?.(AT(0), ...x, ...y)
  return [...new Float32Array(memory.buffer, AT(0), 2)]
}

test('two lanes of 64 bits', async () => {
  for (const dtype of ['f64', 'i64'] as const) {
    const on = (name: string, attrs: Attrs = {}) => twoLanes(dtype, [7, -9], [2, -4], name, attrs)
    expect(await on('add')).toEqual([9, -13])
    expect(await on('sub')).toEqual([5, -5])
    expect(await on('mul')).toEqual([14, 36])
    expect(await on('div')).toEqual(dtype === 'f64' ? [3.5, 2.25] : [3, 2])
    expect(await on('floordiv')).toEqual([3, 2])
    expect(await twoLanes(dtype, [-7, 7], [2, -2], 'floordiv')).toEqual([-4, -4])
    expect(await on('rem')).toEqual([1, -1])
    expect(await on('min')).toEqual([2, -9])
    expect(await on('max')).toEqual([7, -4])
    expect(await on('abs')).toEqual([7, 9])
    expect(await on('neg')).toEqual([-7, 9])
    expect(await on('sign')).toEqual([1, -1])
    expect(await on('lt')).toEqual([0, 1])
    expect(await on('ne')).toEqual([1, 1])
    expect(await on('floor')).toEqual([7, -9])
    expect(await on('convert', { to: 'f64' })).toEqual([7, -9])
    expect(await on('convert', { to: 'i64' })).toEqual([7, -9])
    expect(await on('convert', { to: 'bool' })).toEqual([1, 1])
  }
  expect(await twoLanes('i64', [12, 10], [10, 12], 'xor')).toEqual([6, 6])
  expect(await twoLanes('i64', [0, -1], [10, 12], 'not')).toEqual([-1, 0])
  expect(await twoLanes('f64', [2, 9], [0, 0], 'sqrt')).toEqual([Math.fround(Math.SQRT2), 3])
})

/** Scalars of every dtype into every other, through kernel parameters. */
test('scalar conversions of 64-bit types saturate, extend and wrap', async () => {
  const convert = async (from: MachineDType, to: MachineDType, value: number | bigint): Promise<number> => {
    const kernel = kernelOf('k', { out: buffer('i32'), x: machine(from) }, (b, { out, x }) => {
      const converted = b.emit('convert', [x.id], { to })
      const wide = b.emit('convert', [converted], { to: 'i64' })
      b.store(out, b.constant(0), b.emit('convert', [wide], { to: 'i32' }))
      b.store(out, b.constant(1), b.emit('convert', [b.emit('shr', [wide, b.constant(32)])], { to: 'i32' }))
    })
    const { memory, call } = await start([kernel])
    call.k?.(AT(0), value)
    return Number(new BigInt64Array(memory.buffer, AT(0), 1)[0])
  }
  expect(await convert('f64', 'i64', 1e30)).toBe(Number(2n ** 63n - 1n))
  expect(await convert('f64', 'i64', NaN)).toBe(0)
  expect(await convert('f64', 'i32', -1e10)).toBe(LOWEST)
  expect(await convert('f64', 'u32', 1e10)).toBe(4294967295)
  expect(await convert('i32', 'i64', -5)).toBe(-5)
  expect(await convert('u32', 'i64', -5)).toBe(4294967291)
  expect(await convert('i64', 'i32', 2n ** 32n + 7n)).toBe(7)
  expect(await convert('i64', 'f32', -3n)).toBe(-3)
  expect(await convert('i64', 'bool', 2n ** 40n)).toBe(1)
  expect(await convert('bool', 'i64', 1)).toBe(1)
})
