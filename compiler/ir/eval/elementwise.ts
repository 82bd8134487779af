/**
 * Evaluation of elementwise ops: broadcast by axis name over tensors in doubles, exact arithmetic on host scalars.
 * Integer results wrap to 32 bits as machine integers do.
 */
import { isInteger, isRational, rational, toText, type Rational } from '../../../abi/rational.ts'
import type { EvalValue, ScalarValue, TensorValue } from '../eval-value.ts'
import type { Node } from '../node.ts'
import { computeDType, type DType, type ScalarKind, type TensorType } from '../types.ts'
import { EvalError } from './eval-error.ts'
import { walk } from './strided.ts'
import {
  allocate,
  asTensor,
  rowMajor,
  scalarNumber,
  scalarOf,
  scalarValue,
  shapeOver,
  stridesOver,
  tensorValue,
} from './tensor-value.ts'

/** One run of a binary op over elements at even distances: out[o + i os] = f(x[a + i as], y[b + i bs]) for i < n. */
export type BinaryRun = (
  out: Float64Array,
  o: number,
  os: number,
  x: Float64Array,
  a: number,
  as: number,
  y: Float64Array,
  b: number,
  bs: number,
  n: number,
) => void

export interface Meaning {
  readonly number: (...args: number[]) => number
  /** `number` of two floats, spelled as a loop: engines do not specialise a shared loop to the function it is given. */
  readonly run?: BinaryRun | null
  readonly integer: ((...args: number[]) => number) | null
  readonly exact: ((...args: Rational[]) => Rational | boolean) | null
}

type Loop = (
  out: Float64Array,
  sources: readonly TensorValue[],
  shape: readonly number[],
  strides: readonly (readonly number[])[],
) => void

/** The evaluator of an op with this meaning. */
export function elementwiseEval(meaning: Meaning): (operands: readonly (EvalValue | null)[], node: Node) => readonly EvalValue[] {
  const onNumbers = makeLoop(meaning.number, meaning.run ?? null)
  const onIntegers = meaning.integer === null ? onNumbers : makeLoop(meaning.integer, null)
  return (operands, node) => {
    const values = operands.filter((value) => value !== null)
    const type = node.results[0]?.type
    if (type?.kind === 'scalar') return [evalScalars(meaning, values as readonly ScalarValue[], type.scalar)]
    if (type?.kind !== 'tensor') throw new EvalError(`${node.op} is not evaluated at kernel level`)
    return [evalTensors(isWhole(type.dtype) ? onIntegers : onNumbers, values, type)]
  }
}

const isWhole = (dtype: DType): boolean => ['i32', 'u32'].includes(computeDType(dtype))

const exactly = (value: ScalarValue): Rational | null =>
  isRational(value.value) ? value.value : typeof value.value === 'boolean' ? rational(Number(value.value)) : null

function evalScalars(meaning: Meaning, values: readonly ScalarValue[], kind: ScalarKind): ScalarValue {
  const exact = values.map(exactly)
  if (kind === 'real' || meaning.exact === null || exact.includes(null))
    return scalarOf(kind, meaning.number(...values.map(scalarNumber)))
  try {
    const result = meaning.exact(...(exact as Rational[]))
    if (kind === 'bool') return scalarValue(typeof result === 'boolean' ? result : result.n !== 0n)
    const number = typeof result === 'boolean' ? rational(Number(result)) : result
    if (kind === 'int' && !isInteger(number)) throw new EvalError(`${toText(number)} is not a whole number`)
    return scalarValue(number)
  } catch (error) {
    if (error instanceof RangeError) throw new EvalError(error.message)
    throw error
  }
}

function evalTensors(loop: Loop, values: readonly EvalValue[], type: TensorType): TensorValue {
  const sources = values.map((value) => asComputed(value, type.dtype))
  const shape = shapeOver(type.axes, sources)
  const data = allocate(shape)
  loop(data, sources, shape, [rowMajor(shape), ...sources.map((source) => stridesOver(type.axes, source))])
  if (isWhole(type.dtype)) wrapIntegers(data, computeDType(type.dtype) === 'u32')
  return tensorValue(type.dtype, type.axes, shape, data)
}

/** A host scalar in integer arithmetic is saturated to the integers' range, as the host passes it to a kernel. */
function asComputed(value: EvalValue, dtype: DType): TensorValue {
  if (value.kind === 'tensor' || !isWhole(dtype)) return asTensor(value, dtype)
  const [low, high] = computeDType(dtype) === 'u32' ? [0, 0xffffffff] : [-0x80000000, 0x7fffffff]
  return tensorValue(dtype, [], [], Float64Array.of(Math.min(Math.max(scalarNumber(value), low), high)))
}

export function wrapIntegers(data: Float64Array, unsigned: boolean): void {
  if (unsigned) for (let at = 0; at < data.length; at++) data[at] = (data[at] as number) >>> 0
  else for (let at = 0; at < data.length; at++) data[at] = (data[at] as number) | 0
}

function makeLoop(f: (...args: number[]) => number, run: BinaryRun | null): Loop {
  const unary = makeUnary(f)
  const binary = makeBinary(run ?? binaryRun(f))
  const ternary = makeTernary(f)
  return (out, sources, shape, strides) => {
    const [x, y, z] = sources.map((source) => source.data)
    if (x === undefined) throw new EvalError('an elementwise op needs operands')
    if (y === undefined) unary(out, x, shape, strides)
    else if (z === undefined) binary(out, x, y, shape, strides)
    else ternary(out, x, y, z, shape, strides)
  }
}

type Strides = readonly (readonly number[])[]

const binaryRun =
  (f: (x: number, y: number) => number): BinaryRun =>
  (out, o, os, x, a, as, y, b, bs, n) => {
    for (let i = 0; i < n; i++) out[o + i * os] = f(x[a + i * as] as number, y[b + i * bs] as number)
  }

function makeUnary(f: (x: number) => number) {
  return (out: Float64Array, x: Float64Array, shape: readonly number[], strides: Strides): void => {
    const { length, steps, each } = walk(shape, strides)
    const [outStep = 0, xStep = 0] = steps
    each(([outAt = 0, xAt = 0]) => {
      for (let i = 0; i < length; i++) out[outAt + i * outStep] = f(x[xAt + i * xStep] as number)
    })
  }
}

function makeBinary(run: BinaryRun) {
  return (out: Float64Array, x: Float64Array, y: Float64Array, shape: readonly number[], strides: Strides): void => {
    const { length, steps, each } = walk(shape, strides)
    const [outStep = 0, xStep = 0, yStep = 0] = steps
    each((at) => run(out, at[0] as number, outStep, x, at[1] as number, xStep, y, at[2] as number, yStep, length))
  }
}

function makeTernary(f: (x: number, y: number, z: number) => number) {
  return (
    out: Float64Array,
    x: Float64Array,
    y: Float64Array,
    z: Float64Array,
    shape: readonly number[],
    strides: Strides,
  ): void => {
    const { length, steps, each } = walk(shape, strides)
    const [outStep = 0, xStep = 0, yStep = 0, zStep = 0] = steps
    each((at) => {
      const outAt = at[0] as number
      const xAt = at[1] as number
      const yAt = at[2] as number
      const zAt = at[3] as number
      for (let i = 0; i < length; i++)
        out[outAt + i * outStep] = f(x[xAt + i * xStep] as number, y[yAt + i * yStep] as number, z[zAt + i * zStep] as number)
    })
  }
}
