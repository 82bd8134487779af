/** Every op of the core on special values, as kernels of a target, against the op's own meaning in the IR. */
import { expect, test } from 'vitest'
import { ARITHMETIC, COMPARISON, UNARY_MATH, type CoreOp } from '../../backends/core.ts'
import type { EvalContext } from '../../compiler/ir/eval-value.ts'
import { tensorValue } from '../../compiler/ir/eval/tensor-value.ts'
import type { Func, Node } from '../../compiler/ir/node.ts'
import { ops } from '../../compiler/ir/ops/index.ts'
import { tensor, type DType } from '../../compiler/ir/types.ts'
import { moduleOf } from './evaluate-text.ts'

type Number32 = 'f32' | 'i32' | 'u32'
type Machine = Number32 | 'bool'

const FLOATS = [
  0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3, 0.1, -0.1, 7.25, 1e-3, 1e-5, 0.999999, 1.0000001, 88.7, -87.3, 20, -30.5, 1e10, -1e10,
  123456.789, 16777216, 16777217, 2147483648, -2147483648, 4294967296, 3e38, -3e38, 1.2e-38, Infinity, -Infinity, NaN, 0.7853981,
  0.7853982, 1.5707964, 3.1415927, 6.2831855, 100.5, 1e6, 1e20, 2.4e-4, 0.6249, 0.6251, 11, 33.5,
] // prettier-ignore
const INTS = [0, 1, -1, 2, -2, 3, 7, -7, 31, 32, 33, 100, -100, 65535, 65536, 2147483647, -2147483648, -2147483647, 123456789]
const UINTS = INTS.map((x) => x >>> 0)
const VALUES: Readonly<Record<Machine, readonly number[]>> = { f32: FLOATS, i32: INTS, u32: UINTS, bool: [0, 1] }

const pairsOf = (values: readonly number[]): readonly (readonly [number, number])[] =>
  values.flatMap((x) => values.map((y) => [x, y] as const))

const arrays = { f32: Float32Array, i32: Int32Array, u32: Uint32Array, bool: Uint8Array }
const dataOf = (dtype: Machine, values: readonly number[]) => arrays[dtype].from(values)

/** What the op gives for every position, in double precision. */
function meaning(op: string, inputs: readonly (readonly [Machine, readonly number[]])[], result: Machine): readonly number[] {
  const operands = inputs.map(([dtype, values]) => {
    const data = Float64Array.from(values, (value) => (dtype === 'f32' ? Math.fround(value) : value))
    return tensorValue(dtype, ['row'], [values.length], data)
  })
  const node = { op, attrs: { to: result }, results: [{ id: 9, type: tensor(result as DType, ['row']) }] } as unknown as Node
  const [value] = ops[op as 'add'].eval?.(operands, node, {} as EvalContext) ?? []
  if (value?.kind !== 'tensor') throw new Error(`${op} gives no tensor`)
  return [...value.data]
}

function kernelOf(op: string, inputs: readonly Machine[], result: Machine): Func {
  const params = inputs.map((dtype, i) => `%${i} x${i}: read ${dtype}[]`).join(', ')
  const loads = inputs.map((dtype, i) => `    %${20 + i} = load(%${i}, %11) {lanes = 1} : ${machineText(dtype)}`)
  const args = inputs.map((_, i) => `%${20 + i}`).join(', ')
  const attrs = op === 'convert' || op === 'bitcast' ? ` {to = "${result}"}` : ''
  const text = `kernel ${op}_0(${params}, %8 out: readwrite ${result}[], %9 n: i32) {
  points(%9) {team = false} { (%11 i: i32)
${loads.join('\n')}
    %30 = ${op}(${args})${attrs} : ${machineText(result)}
    store(%8, %11, %30)
  }
}`
  return moduleOf(text).funcs[0] as Func
}

const machineText = (dtype: Machine): string => (dtype === 'bool' ? 'machine bool' : dtype)

/** Distance in floats that lie between; 0 for equal numbers, whatever their signs of zero, and for two NaN. */
function ulps(x: number, y: number): number {
  if (Object.is(x, y) || x === y) return 0
  const [a, b] = [...new Int32Array(Float32Array.of(x, y).buffer)].map((bits) => (bits < 0 ? -(bits & 0x7fffffff) : bits))
  return Number.isNaN(x) || Number.isNaN(y) ? Infinity : Math.abs((a as number) - (b as number))
}

const TRANSCENDENTAL = new Set(['exp', 'log', 'sin', 'cos', 'tanh', 'pow'])

type Values = Float32Array | Int32Array | Uint32Array | Uint8Array

export interface CoreOpTarget {
  /** Runs a kernel with a thread for each of so many points; gives what its buffers hold then, in the order of its parameters. */
  run(kernel: Func, args: readonly (Values | number)[], points: number): Promise<readonly (ArrayBuffer | null)[]>
  /** Units in the last place that an op may be off; 0 unless given. */
  readonly tolerance: Readonly<Record<string, number>>
}

/** Tests for a `describe`. */
export function testCoreOps({ run, tolerance }: CoreOpTarget): void {
  async function check(op: CoreOp, inputs: readonly (readonly [Machine, readonly number[]])[], result: Machine): Promise<void> {
    const kernel = kernelOf(
      op,
      inputs.map(([dtype]) => dtype),
      result,
    )
    const count = inputs[0]?.[1].length ?? 0
    const args = [...inputs.map(([dtype, values]) => dataOf(dtype, values)), new arrays[result](count), count]
    const outputs = await run(kernel, args, count)
    const got = new arrays[result](outputs[inputs.length] as ArrayBuffer)
    const want = meaning(op, inputs, result)
    const wrong = [...want].flatMap((value, i) => {
      const expected = result === 'f32' ? Math.fround(value) : value
      const distance = result === 'f32' ? ulps(got[i] as number, expected) : Number(got[i] !== expected)
      const tiny = result === 'f32' && Math.abs((got[i] as number) - expected) < 2 ** -126
      const next = op === 'floordiv' && Math.abs(expected) >= 2 ** 20 && Math.abs((got[i] as number) - expected) <= 1
      if (tiny || next || distance <= (tolerance[op] ?? 0)) return []
      return [{ in: inputs.map(([, values]) => values[i]), got: got[i], want: expected }]
    })
    expect(wrong.slice(0, 8)).toEqual([])
  }

  const column = (values: readonly (readonly [number, number])[], at: 0 | 1): readonly number[] => values.map((pair) => pair[at])

  for (const op of ARITHMETIC) {
    const single = ['neg', 'abs', 'sign'].includes(op)
    const dtypes: readonly Number32[] = TRANSCENDENTAL.has(op) ? ['f32'] : ['f32', 'i32', 'u32']
    test.each(dtypes)(`${op} of %s`, async (dtype) => {
      const pairs = pairsOf(VALUES[dtype])
      if (single) await check(op, [[dtype, VALUES[dtype]]], dtype)
      else await check(op, [[dtype, column(pairs, 0)], [dtype, column(pairs, 1)]], dtype) // prettier-ignore
    })
  }
  for (const op of COMPARISON)
    test.each(['f32', 'i32', 'u32'] as const)(`${op} of %s`, async (dtype) => {
      const pairs = pairsOf(VALUES[dtype])
      await check(op, [[dtype, column(pairs, 0)], [dtype, column(pairs, 1)]], 'bool') // prettier-ignore
    })
  test.each(UNARY_MATH)('%s of f32', (op) => check(op, [['f32', FLOATS]], 'f32'))
  for (const op of ['and', 'or', 'xor'] as const)
    test.each(['i32', 'u32', 'bool'] as const)(`${op} of %s`, async (dtype) => {
      const pairs = pairsOf(VALUES[dtype])
      await check(op, [[dtype, column(pairs, 0)], [dtype, column(pairs, 1)]], dtype) // prettier-ignore
    })
  test.each(['i32', 'u32', 'bool'] as const)('not of %s', (dtype) => check('not', [[dtype, VALUES[dtype]]], dtype))
  test.each(['i32', 'u32'] as const)('popcount of %s', (dtype) => check('popcount', [[dtype, VALUES[dtype]]], dtype))
  for (const op of ['shl', 'shr'] as const)
    test.each(['i32', 'u32'] as const)(`${op} of %s`, async (dtype) => {
      const pairs = pairsOf(VALUES[dtype])
      await check(op, [[dtype, column(pairs, 0)], [dtype, column(pairs, 1)]], dtype) // prettier-ignore
    })
  test('isnan', () => check('isnan', [['f32', FLOATS]], 'bool'))
  for (const from of ['f32', 'i32', 'u32', 'bool'] as const)
    test.each((['f32', 'i32', 'u32', 'bool'] as const).filter((to) => to !== from))(`convert of ${from} to %s`, (to) => {
      // Between integers the bits stay, which is the same number where there is one.
      const whole = from !== 'f32' && (to === 'i32' || to === 'u32')
      return check('convert', [[from, VALUES[from].filter((x) => !whole || (x >= 0 && x < 2 ** 31))]], to)
    })
  test.each([
    ['x - x', 'sub(%6, %6)', (x) => x - x],
    ['x * 0', 'mul(%6, %4)', (x) => x * 0],
    ['-0 * x', 'mul(%5, %6)', (x) => -0 * x],
    ['0 / x', 'div(%4, %6)', (x) => 0 / x],
    ['-0 / x', 'div(%5, %6)', (x) => -0 / x],
    ['x / x', 'div(%6, %6)', (x) => x / x],
    ['x - x == 0', 'select(%9, %5, %6)', (x) => (x - x === 0 ? -0 : x)],
    ['(x + 1) - x', 'sub(%10, %6)', (x) => Math.fround(Math.fround(x + 1) - x)],
    ['x - (x + 1)', 'sub(%6, %10)', (x) => Math.fround(x - Math.fround(x + 1))],
    ['(x - x * x) + x * x', 'add(%14, %11)', (x) => Math.fround(Math.fround(x - Math.fround(x * x)) + Math.fround(x * x))],
    ['x * x - 1 * x', 'sub(%11, %12)', (x) => Math.fround(Math.fround(x * x) - x)],
    ['sqrt(x) * sqrt(x)', 'mul(%15, %15)', (x) => Math.fround(Math.fround(Math.sqrt(x)) ** 2)],
  ] as readonly (readonly [string, string, (x: number) => number])[])(
    '%s, which compilers take to be settled',
    async (_, op, of) => {
      const text = `kernel settled_0(%0 x: read f32[], %1 out: readwrite f32[], %2 n: i32) {
  %4 = constant() {dtype = "f32", lanes = 1, value = 0} : f32
  %5 = constant() {dtype = "f32", lanes = 1, value = -0} : f32
  %13 = constant() {dtype = "f32", lanes = 1, value = 1} : f32
  points(%2) {team = false} { (%3 i: i32)
    %6 = load(%0, %3) {lanes = 1} : f32
    %8 = sub(%6, %6) : f32
    %9 = eq(%8, %4) : machine bool
    %10 = add(%6, %13) : f32
    %11 = mul(%6, %6) : f32
    %12 = mul(%13, %6) : f32
    %14 = sub(%6, %11) : f32
    %15 = sqrt(%6) : f32
    %7 = ${op} : f32
    store(%1, %3, %7)
  }
}`
      const values = Float32Array.from(FLOATS)
      const args = [values, new Float32Array(values.length), values.length]
      const [, out] = await run(moduleOf(text).funcs[0] as Func, args, values.length)
      // How sums are rounded is not promised; what is infinite and what is not a number, is.
      const wrong = [...new Float32Array(out as ArrayBuffer)].flatMap((got, i) => {
        const [value, want] = [values[i] as number, of(values[i] as number)]
        const near = Math.abs(got - want) <= 1e-6 * Math.max(1, Math.abs(value), value * value)
        return Object.is(got, want) || (Number.isFinite(want) && near) ? [] : [{ in: value, got, want }]
      })
      expect(wrong.slice(0, 8)).toEqual([])
    },
  )
  test.each(['f32', 'i32', 'u32'] as const)('ctz and bitcast of the bits of %s', async (dtype) => {
    const text = `kernel bits_0(%0 x: read ${dtype}[], %1 zeros: readwrite i32[], %2 same: readwrite u32[], %3 n: i32) {
  points(%3) {team = false} { (%4 i: i32)
    %5 = load(%0, %4) {lanes = 1} : ${dtype}
    %6 = bitcast(%5) {to = "i32"} : i32
    %7 = ctz(%6) : i32
    store(%1, %4, %7)
    %8 = bitcast(%6) {to = "u32"} : u32
    store(%2, %4, %8)
  }
}`
    const kernel = moduleOf(text).funcs[0] as Func
    const data = dataOf(dtype, VALUES[dtype])
    const count = data.length
    const args = [data, new Int32Array(count), new Uint32Array(count), count]
    const [, zeros, same] = await run(kernel, args, count)
    const bits = [...new Uint32Array(data.buffer)]
    expect([...new Uint32Array(same as ArrayBuffer)]).toEqual(bits)
    expect([...new Int32Array(zeros as ArrayBuffer)]).toEqual(bits.map((x) => (x === 0 ? 32 : 31 - Math.clz32(x & -x))))
  })
  test.each(['f32', 'i32', 'u32', 'bool'] as const)('select of %s', async (dtype) => {
    const pairs = pairsOf(VALUES[dtype])
    const condition = pairs.map((_, i) => i % 2)
    await check('select', [['bool', condition], [dtype, column(pairs, 0)], [dtype, column(pairs, 1)]], dtype) // prettier-ignore
  })
}
