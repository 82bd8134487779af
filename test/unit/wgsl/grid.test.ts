/** Grids on a device: workers and points, scratch, teams, atomics, elements that share words, buffers that share bindings. */
import { expect, test } from 'vitest'
import { withFeatures } from '../../../abi/shader-variants.ts'
import { emitWgsl } from '../../../backends/wgsl/emit.ts'
import type { Func } from '../../../compiler/ir/node.ts'
import { moduleOf } from '../../support/evaluate-text.ts'
import { describeGpu, useDevice, type DeviceKind } from '../../support/gpu.ts'
import { runGrid, type GridArg, type GridOptions } from '../../support/run-grid.ts'
import { KERNELS } from '../../support/grid-kernels.ts'

const random = (seed: number) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return (seed ^ (seed >>> 15)) >>> 0
}

/** Runs the one kernel of a text. */
async function run(device: GPUDevice, text: string, args: readonly GridArg[], options: GridOptions) {
  const kernel = moduleOf(text).funcs[0] as Func
  const module = withFeatures(emitWgsl([kernel]), new Set(device.features))
  const outputs = await runGrid(device, module, kernel, args, options)
  return outputs.map((bytes) => bytes ?? new ArrayBuffer(0))
}

const constants = `    %90 = constant() {value = 0, dtype = "i32", lanes = 1} : i32
    %91 = constant() {value = 1, dtype = "i32", lanes = 1} : i32`

describeGpu('points', () => {
  const device = useDevice('default limits')
  const fill = (team: boolean) => `kernel fill_0(%0 out: readwrite i32[], %1 a: i32, %2 b: i32, %3 c: i32) {
  points(%1, %2, %3) {team = ${team}} { (%4 i: i32, %5 j: i32, %6 k: i32)
${constants}
    %7 = mul(%4, %2) : i32
    %8 = add(%7, %5) : i32
    %9 = mul(%8, %3) : i32
    %10 = add(%9, %6) : i32
    %11 = add(%10, %91) : i32
    ${team ? 'once() {types = []} {\n      store(%0, %10, %11)\n    }' : 'store(%0, %10, %11)'}
  }
}`
  const cases: readonly (readonly [boolean, GridOptions])[] = [
    [false, { points: 30 }],
    [false, { points: 30, groupSize: 8, groups: [2, 1] }],
    [false, { points: 30, groupSize: 8, groups: [3, 4] }],
    [true, { points: 30 }],
    [true, { points: 30, groups: [7, 1] }],
    [true, { points: 30, groupSize: 32, groups: [4, 9] }],
  ]
  test.each(cases)('team %s, %o: every point once, row-major', async (team, options) => {
    const [out] = await run(device(), fill(team), [new Int32Array(31), 2, 3, 5], options)
    expect([...new Int32Array(out as ArrayBuffer)]).toEqual([...Array.from({ length: 30 }, (_, i) => i + 1), 0])
  })

  test('100,000 points take two dimensions of groups', async () => {
    const points = 100000
    for (const team of [false, true]) {
      const groups = team ? ([50000, 2] as const) : ([20, 80] as const)
      const args = [new Int32Array(points), points, 1, 1]
      const [out] = await run(device(), fill(team), args, { points, groupSize: 64, groups: [groups[0], groups[1]] })
      const values = new Int32Array(out as ArrayBuffer)
      expect(values.findIndex((value, i) => value !== i + 1)).toBe(-1)
    }
  })

  test('without extents there is a single point', async () => {
    const text = `kernel one_0(%0 out: readwrite i32[]) {
  points() {team = false} {
${constants}
    store(%0, %90, %91)
  }
}`
    const [out] = await run(device(), text, [new Int32Array(2)], { points: 1 })
    expect([...new Int32Array(out as ArrayBuffer)]).toEqual([1, 0])
  })
})

describeGpu('scratch', () => {
  const device = useDevice('default limits')
  /** Reverses each row through scratch, rounded to the dtype of the scratch. */
  const reverse = (team: boolean, dtype: string) => {
    const machine = dtype === 'i8' ? 'i32' : 'f32'
    const loop = team ? ['lanes', '{combine = []}'] : ['for', '{step = 1}']
    return `kernel reverse_0(%0 x: read ${machine}[], %1 out: readwrite ${machine}[], %2 other: scratch ${machine}[], %3 s: scratch ${dtype}[], %4 n: i32, %5 m: i32) {
  points(%4) {team = ${team}} { (%6 row: i32)
${constants}
    %7 = mul(%6, %5) : i32
    ${loop[0]}(%90, %5) ${loop[1]} { (%8 i: i32)
      %9 = add(%7, %8) : i32
      %10 = load(%0, %9) {lanes = 1} : ${machine}
      store(%3, %8, %10)
      store(%2, %8, %10)
    }
    ${team ? 'barrier()' : ''}
    ${loop[0]}(%90, %5) ${loop[1]} { (%11 i: i32)
      %12 = sub(%5, %91) : i32
      %13 = sub(%12, %11) : i32
      %14 = load(%3, %13) {lanes = 1} : ${machine}
      %15 = load(%2, %13) {lanes = 1} : ${machine}
      %16 = eq(%14, %15) : machine bool
      %17 = select(%16, %15, %14) : ${machine}
      %18 = add(%7, %11) : i32
      store(%1, %18, %17)
    }
  }
}`
  }
  const options: readonly (readonly [boolean, GridOptions])[] = [
    [false, { points: 40, groupSize: 32, groups: [1, 1] }],
    [true, { points: 40, groupSize: 32, groups: [3, 1] }],
    [true, { points: 40, groupSize: 64, groups: [5, 2], localWords: 128 }],
  ]
  test.each(options)('team %s, %o: each worker has its own', async (team, option) => {
    const [n, m] = [40, 50]
    const x = Float32Array.from({ length: n * m }, (_, i) => i + 0.25)
    const scratch = [{ scratch: m }, { scratch: m }]
    const [, out] = await run(device(), reverse(team, 'f32'), [x, new Float32Array(n * m), ...scratch, n, m], option)
    const want = x.map((_, i) => x[Math.floor(i / m) * m + (m - 1 - (i % m))] as number)
    expect(new Float32Array(out as ArrayBuffer)).toEqual(want)
    // 2001 is not an f16 with a quarter: it is stored as one.
    const [, half] = await run(device(), reverse(team, 'f16'), [x, new Float32Array(n * m), ...scratch, n, m], option)
    expect(new Float32Array(half as ArrayBuffer)[0]).toBe(m - 1 + 0.25)
    expect(new Float32Array(half as ArrayBuffer).at(-1)).toBe((n - 1) * m)
    const ints = Int32Array.from({ length: n * m }, (_, i) => i - 300)
    const [, bytes] = await run(device(), reverse(team, 'i8'), [ints, new Int32Array(n * m), ...scratch, n, m], option)
    expect(new Int32Array(bytes as ArrayBuffer)).toEqual(
      ints.map((_, i) => ((ints[Math.floor(i / m) * m + (m - 1 - (i % m))] as number) << 24) >> 24),
    )
  })
})

const kinds = ['sum', 'max', 'min', 'and', 'or'] as const
type Kind = (typeof kinds)[number]
const fold: Readonly<Record<Kind, (x: number, y: number) => number>> = {
  sum: (x, y) => x + y,
  max: (x, y) => (Number.isNaN(x + y) ? NaN : Math.max(x, y)),
  min: (x, y) => (Number.isNaN(x + y) ? NaN : Math.min(x, y)),
  and: (x, y) => x & y,
  or: (x, y) => x | y,
}

/** Rows of any length, each reduced by a team twice: in one loop with a value carried beside it, and again with another start. */
function reduction(kind: Kind, dtype: 'f32' | 'i32' | 'u32' | 'bool' | 'f64'): string {
  const stored = dtype === 'f64' ? 'f32' : dtype
  const machine = dtype === 'bool' ? 'machine bool' : dtype
  const widened = dtype === 'f64' ? '%11 = convert(%10) {to = "f64"} : f64' : `%11 = or(%10, %10) : ${machine}`
  const value = dtype === 'f64' ? widened : dtype === 'f32' ? '%11 = max(%10, %10) : f32' : widened
  const combined = kind === 'sum' ? 'add' : kind
  const narrowed = dtype === 'f64' ? '%17 = convert(%16) {to = "f32"} : f32' : `%17 = select(%15, %16, %16) : ${machine}`
  return `kernel reduce_0(%0 x: read ${stored}[], %1 out: readwrite ${stored}[], %2 n: i32, %3 m: i32, %4 start: ${machine}) {
  points(%2) {team = true} { (%5 row: i32)
${constants}
    %6 = mul(%5, %3) : i32
    %7, %18 = lanes(%90, %3, %4, %90) {combine = ["${kind}", "sum"]} : ${machine}, i32 { (%8 i: i32, %9 total: ${machine}, %19 seen: i32)
      %20 = add(%6, %8) : i32
      %10 = load(%0, %20) {lanes = 1} : ${stored === 'bool' ? 'machine bool' : stored}
      ${value}
      %12 = ${combined}(%9, %11) : ${machine}
      %13 = add(%19, %91) : i32
      yield %12, %13
    }
    %15 = eq(%18, %3) : machine bool
    %16 = select(%15, %7, %4) : ${machine}
    ${narrowed}
    once() {types = []} {
      store(%1, %5, %17)
    }
  }
}`
}

const dtypesOf: Readonly<Record<Kind, readonly ('f32' | 'i32' | 'u32' | 'bool' | 'f64')[]>> = {
  sum: ['f32', 'i32', 'u32', 'f64'],
  max: ['f32', 'i32', 'u32', 'f64'],
  min: ['f32', 'i32', 'u32', 'f64'],
  and: ['i32', 'u32', 'bool'],
  or: ['i32', 'u32', 'bool'],
}

function testReductions(kind: DeviceKind): void {
  describeGpu(`reductions of a team, ${kind}`, () => {
    const device = useDevice(kind)
    const [rows, most] = [6, 301]
    const next = random(7)
    const arrays = { f32: Float32Array, i32: Int32Array, u32: Uint32Array, bool: Uint8Array, f64: Float32Array }
    for (const combine of kinds)
      test.each(dtypesOf[combine])(`${combine} of %s`, async (dtype) => {
        const whole = Array.from({ length: rows * most }, () =>
          dtype === 'bool' ? Number(next() % 9 > 0) : (next() % 2001) - 1000,
        )
        const text = reduction(combine, dtype)
        // Doubles take a software driver a second to compile.
        for (const groupSize of dtype === 'f64' ? [64] : [32, 64, 128, 256])
          for (const m of [0, 1, 31, most]) {
            const x = arrays[dtype].from(whole.slice(0, rows * m))
            if (dtype === 'f32' && combine !== 'sum' && m > 1) x[m + 3 < x.length ? m + 3 : 0] = NaN
            const start = dtype === 'bool' ? Number(combine === 'and') : combine === 'and' ? 255 : 3
            const args = [x, new arrays[dtype](rows), rows, m, start]
            const [, out] = await run(device(), text, args, { points: rows, groupSize, groups: [4, 1] })
            const want = Array.from({ length: rows }, (_, row) => [...x.slice(row * m, row * m + m)].reduce(fold[combine], start))
            expect(new arrays[dtype](out as ArrayBuffer)).toEqual(arrays[dtype].from(want))
          }
      })
  })
}
testReductions('default limits')
testReductions('everything')

describeGpu('teams', () => {
  const device = useDevice('default limits')

  test('a value of once is the same for all, and loops that end by what the kernel wrote are accepted', async () => {
    const next = random(11)
    const [n, m, k] = [5, 200, 7]
    const x = Uint32Array.from({ length: n * m }, next)
    const [, out] = await run(device(), KERNELS.kth, [x, new Uint32Array(n), n, m, k], { points: n, groups: [2, 1] })
    const want = Array.from({ length: n }, (_, row) => [...x.slice(row * m, row * m + m)].sort((a, b) => b - a)[k - 1])
    expect([...new Uint32Array(out as ArrayBuffer)]).toEqual(want)
  })

  test('results of once: numbers, truth values and doubles', async () => {
    const text = `kernel shared_0(%0 x: read f32[], %1 out: readwrite f32[], %2 n: i32) {
  points(%2) {team = true} { (%3 row: i32)
${constants}
    %4, %5, %6 = once() {types = [{kind = "machine", dtype = "f32", lanes = 1}, {kind = "machine", dtype = "bool", lanes = 1}, {kind = "machine", dtype = "f64", lanes = 1}]} : f32, machine bool, f64 {
      %7 = load(%0, %3) {lanes = 1} : f32
      %8 = lt(%90, %3) : machine bool
      %9 = convert(%7) {to = "f64"} : f64
      %10 = add(%9, %9) : f64
      yield %7, %8, %10
    }
    %11 = constant() {value = 8, dtype = "i32", lanes = 1} : i32
    %12 = mul(%3, %11) : i32
    if(%5) {types = []} {
      lanes(%90, %11) {combine = []} { (%13 i: i32)
        %14 = add(%12, %13) : i32
        %15 = convert(%6) {to = "f32"} : f32
        %16 = add(%15, %4) : f32
        store(%1, %14, %16)
      }
      barrier()
    } {
    }
  }
}`
    const x = Float32Array.of(1.5, 2.5, -4)
    const [, out] = await run(device(), text, [x, new Float32Array(24), 3], { points: 3, groups: [2, 1] })
    expect([...new Float32Array(out as ArrayBuffer)]).toEqual([...Array(8).fill(0), ...Array(8).fill(7.5), ...Array(8).fill(-12)])
  })
})

describeGpu('memory', () => {
  const device = useDevice('default limits')

  test.each(['u8', 'i8', 'bool', 'f16', 'bf16', 'f32', 'i32', 'u32'] as const)(
    '%s: every bit pattern comes back',
    async (dtype) => {
      const bytes = { u8: 1, i8: 1, bool: 1, f16: 2, bf16: 2, f32: 4, i32: 4, u32: 4 }[dtype]
      const machine = { u8: 'u32', i8: 'i32', bool: 'machine bool', f16: 'f32', bf16: 'f32', f32: 'f32', i32: 'i32', u32: 'u32' }[
        dtype
      ]
      const raw = dtype === 'f32' ? 'f32' : dtype === 'i32' ? 'i32' : 'u32'
      const text = `kernel copy_0(%0 x: read ${dtype}[], %1 y: readwrite ${dtype}[], %2 z: readwrite ${dtype}[], %3 n: i32) {
  points(%3) {team = false} { (%4 i: i32)
    %5 = load(%0, %4) {lanes = 1} : ${machine}
    store(%1, %4, %5)
    %6 = load_raw(%0, %4) {lanes = 1} : ${raw}
    store_raw(%2, %4, %6)
  }
}`
      const count = bytes === 1 ? 253 : 65533
      const next = random(5)
      const x = new { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array }[bytes as 1](count)
      x.forEach((_, i) => (x[i] = bytes === 4 ? next() : dtype === 'bool' ? i & 1 : i))
      // What was there before stays where nothing is stored: the last elements of the last word.
      const before = () => new Uint8Array(Math.ceil((count * bytes) / 4) * 4).fill(0xa5)
      const [, y, z] = await run(device(), text, [x, before(), before(), count], { points: count })
      const original = new Uint8Array(x.buffer)
      expect(new Uint8Array(z as ArrayBuffer)).toEqual(Uint8Array.from(before(), (old, i) => original[i] ?? old))
      const isNan = (i: number): boolean => {
        const value = x[i] as number
        if (dtype === 'f16') return (value & 0x7fff) > 0x7c00
        return dtype === 'bf16' ? (value & 0x7fff) > 0x7f80 : dtype === 'f32' && (value & 0x7fffffff) > 0x7f800000
      }
      const copied = new { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array }[bytes as 1](y as ArrayBuffer, 0, count)
      const wrong = [...x.keys()].filter((i) => copied[i] !== x[i] && !(isNan(i) && (copied[i] as number) > (x[i] as number) - 1))
      expect(wrong.slice(0, 5)).toEqual([])
    },
  )

  test('f16 and bf16 are stored to nearest even', async () => {
    const { encodeData } = await import('../../../abi/dtype.ts')
    const next = random(3)
    const bits = Uint32Array.from(
      { length: 20000 },
      (_, i) => (i % 2 === 0 ? next() : 0x33000000 + (next() % 0x15000000)) & 0xfffff000,
    )
    bits.forEach((value, i) => (bits[i] = (i % 3 === 0 ? value : value + (next() & 1)) >>> 0))
    const x = new Float32Array(bits.buffer)
    for (const dtype of ['f16', 'bf16'] as const) {
      const text = `kernel narrow_0(%0 x: read f32[], %1 y: readwrite ${dtype}[], %2 n: i32) {
  points(%2) {team = false} { (%3 i: i32)
    %4 = load(%0, %3) {lanes = 1} : f32
    store(%1, %3, %4)
  }
}`
      const [, y] = await run(device(), text, [x, new Uint16Array(x.length), x.length], { points: x.length })
      const got = new Uint16Array(y as ArrayBuffer)
      const want = encodeData(dtype, x as ArrayLike<number>)
      expect([...x.keys()].filter((i) => !Number.isNaN(x[i]) && got[i] !== want[i]).map((i) => [x[i], got[i], want[i]])).toEqual(
        [],
      )
    }
  })

  test.each(['u8', 'i8', 'bool', 'f16', 'bf16'] as const)('%s: whole words', async (dtype) => {
    const machine = { u8: 'u32', i8: 'i32', bool: 'machine bool', f16: 'f32', bf16: 'f32' }[dtype]
    const elements = (op: string, first: number, type: string) =>
      [0, 1, 2, 3].map((i) => `    %${first + i} = ${op}(%0, %${10 + i}) {lanes = 1} : ${type}`).join('\n')
    const text = `kernel words_0(%0 x: read ${dtype}[], %1 y: readwrite ${dtype}[], %2 z: readwrite ${dtype}[], %3 n: i32) {
  points(%3) {team = false} { (%4 i: i32)
${constants}
    %5 = constant() {value = 2, dtype = "i32", lanes = 1} : i32
    %10 = shl(%4, %5) : i32
    %11 = add(%10, %91) : i32
    %12 = add(%11, %91) : i32
    %13 = add(%12, %91) : i32
${elements('load', 20, machine)}
${elements('load_raw', 30, 'u32')}
    store_group(%1, %10, %20, %21, %22, %23) {raw = false}
    store_group(%2, %10, %30, %31, %32, %33) {raw = true}
    %40 = eq(%4, %90) : machine bool
    if(%40) {types = []} {
      store(%2, %90, %23)
    } {
    }
  }
}`
    const half = dtype === 'f16' || dtype === 'bf16'
    const x = half ? new Uint16Array(40) : new Uint8Array(40)
    x.forEach((_, i) => (x[i] = dtype === 'bool' ? (i % 3) & 1 : half ? 0xb800 - i * 97 : 250 - i))
    const [, y, z] = await run(device(), text, [x, new (half ? Uint16Array : Uint8Array)(40), new (half ? Uint16Array : Uint8Array)(40), 10], { points: 10 }) // prettier-ignore
    const array = half ? Uint16Array : Uint8Array
    expect([...new array(y as ArrayBuffer)]).toEqual([...x])
    expect([...new array(z as ArrayBuffer)]).toEqual([x[3], ...x.slice(1)])
  })

  test('atomics: sums, bits and extremes of i32 and u32, in buffers and in scratch', async () => {
    const next = random(9)
    const x = Int32Array.from({ length: 1000 }, next)
    const text = (
      dtype: 'i32' | 'u32',
      memory: 'readwrite' | 'scratch',
    ) => `kernel collect_0(%0 x: read ${dtype}[], %1 all: readwrite ${dtype}[], %2 out: ${memory} ${dtype}[], %3 n: i32) {
  points() {team = true} {
${constants}
    %4 = constant() {value = 2, dtype = "i32", lanes = 1} : i32
    %5 = constant() {value = 3, dtype = "i32", lanes = 1} : i32
    %6 = constant() {value = 4, dtype = "i32", lanes = 1} : i32
    lanes(%90, %6) {combine = []} { (%7 i: i32)
      %8 = constant() {value = 0, dtype = "${dtype}", lanes = 1} : ${dtype}
      store(%2, %7, %8)
    }
    barrier()
    lanes(%90, %3) {combine = []} { (%9 i: i32)
      %10 = load(%0, %9) {lanes = 1} : ${dtype}
      atomic(%2, %90, %10) {kind = "add"}
      atomic(%2, %91, %10) {kind = "or"}
      atomic(%2, %4, %10) {kind = "max"}
      atomic(%2, %5, %10) {kind = "min"}
    }
    barrier()
    lanes(%90, %6) {combine = []} { (%11 i: i32)
      %12 = load(%2, %11) {lanes = 1} : ${dtype}
      store(%1, %11, %12)
    }
  }
}`
    for (const dtype of ['i32', 'u32'] as const) {
      const values = dtype === 'i32' ? [...x] : [...x].map((value) => value >>> 0)
      const wrap = (value: number) => (dtype === 'i32' ? value | 0 : value >>> 0)
      const want = [
        wrap(values.reduce((sum, value) => (sum + value) | 0, 0)),
        wrap(values.reduce((bits, value) => bits | value, 0)),
        Math.max(0, ...values),
        Math.min(0, ...values),
      ]
      const array = dtype === 'i32' ? Int32Array : Uint32Array
      for (const out of [new array(4), { scratch: 4 }])
        for (const localWords of [undefined, 4]) {
          if (localWords !== undefined && ArrayBuffer.isView(out)) continue
          const memory = ArrayBuffer.isView(out) ? 'readwrite' : 'scratch'
          const options = { points: 1, groupSize: 128, ...(localWords === undefined ? {} : { localWords }) }
          const [, all] = await run(device(), text(dtype, memory), [x, new array(4), out, x.length], options)
          expect([...new array(all as ArrayBuffer)]).toEqual(want)
        }
    }
  })

  test('twelve buffers, of which some share a binding', async () => {
    const dtypes = ['f32', 'f16', 'i32', 'u8', 'bool', 'f32'] as const
    const machine = { f32: 'f32', f16: 'f32', i32: 'i32', u8: 'u32', bool: 'machine bool' } as const
    const arrays = { f32: Float32Array, f16: Uint16Array, i32: Int32Array, u8: Uint8Array, bool: Uint8Array }
    const copies = dtypes.map(
      (dtype, i) => `    %${20 + i} = load(%${i}, %13) {lanes = 1} : ${machine[dtype]}
    store(%${6 + i}, %13, %${20 + i})`,
    )
    const text = (
      access: string,
    ) => `kernel many_0(${dtypes.map((dtype, i) => `%${i} x${i}: ${access} ${dtype}[]`).join(', ')}, ${dtypes.map((dtype, i) => `%${6 + i} y${i}: readwrite ${dtype}[]`).join(', ')}, %12 n: i32) {
  points(%12) {team = false} { (%13 i: i32)
${copies.join('\n')}
  }
}`
    const n = 77
    const inputs = dtypes.map((dtype, k) =>
      arrays[dtype].from(Array.from({ length: n }, (_, i) => (dtype === 'bool' ? i % 2 : (i + k) % 100))),
    )
    for (const access of ['read', 'readwrite']) {
      const args = [...inputs, ...dtypes.map((dtype) => new arrays[dtype](n)), n]
      const outputs = await run(device(), text(access), args, { points: n })
      dtypes.forEach((dtype, k) => expect(new arrays[dtype](outputs[6 + k] as ArrayBuffer)).toEqual(inputs[k]))
    }
  })
})
