/**
 * The mathematical functions as WebAssembly functions that kernels call, each for a scalar and for four lanes with the same
 * bits in both. A module holds those its kernels use. exp and log are not here: kernels have them written out.
 */
import {
  call,
  f32,
  get,
  laneOp,
  op,
  shuffle,
  vectorF32,
  type Expr,
  type Stmt,
  type WasmFunction,
  type WasmType,
} from '../expr.ts'
import { lanesOf, type Lanes } from '../lanes.ts'
import { FunctionWriter } from '../writer.ts'
import { tanh } from './exp.ts'
import { pow } from './pow.ts'
import { REMAINDER, remainderFunction } from './remainder.ts'
import { LARGE, sinCos } from './trig.ts'
import { callLarge, largeFunctions } from './trig-large.ts'

export type MathShape = 'f32' | 'f32x4'

type Body = (writer: FunctionWriter, shape: MathShape, args: readonly Expr[]) => Expr

const bodies = {
  tanh: (writer, shape, [x]) => tanh(lanesOf(writer, shape), x as Expr),
  sin: (writer, shape, [x]) => trigonometric(writer, shape, x as Expr, 0),
  cos: (writer, shape, [x]) => trigonometric(writer, shape, x as Expr, 1),
  pow: (writer, shape, args) => inDoubles(writer, shape, args, (l, [x, y]) => pow(l, x as Expr, y as Expr)),
} satisfies Record<string, Body>

export type MathOp = keyof typeof bodies

/** Collects the functions that a set of kernels asked for. */
export class MathLibrary {
  private readonly wanted = new Map<string, () => readonly WasmFunction[]>()

  /** `args` are of the given shape, and so is the result. */
  call(name: MathOp, shape: MathShape, args: readonly Expr[]): Expr {
    const full = `math:${name}.${shape}`
    const type: WasmType = shape === 'f32' ? 'f32' : 'v128'
    this.wanted.set(full, () => [
      build(
        full,
        bodies[name],
        shape,
        args.map(() => type),
      ),
    ])
    if (name === 'sin' || name === 'cos') this.wanted.set('math:large', largeFunctions)
    return call(full, type, args)
  }

  /** The remainder of two f64. */
  remainder(x: Expr, y: Expr): Expr {
    this.wanted.set(REMAINDER, () => [remainderFunction()])
    return call(REMAINDER, 'f64', [x, y])
  }

  /** In an order that does not depend on which kernel asked first. */
  functions(): WasmFunction[] {
    return [...this.wanted].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, make]) => make())
  }
}

function build(name: string, body: Body, shape: MathShape, params: readonly WasmType[]): WasmFunction {
  const writer = new FunctionWriter(params)
  const value = body(
    writer,
    shape,
    params.map((_, i) => writer.param(i)),
  )
  return writer.finish(name, value, false)
}

/** Bytes 8–15 of a vector, twice; and bytes 0–7 of two vectors. */
const UPPER_HALF = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15]
const LOWER_HALVES = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]

/** Runs `body` on the arguments widened to doubles, two lanes at a time, and narrows what it gives. */
function inDoubles(
  writer: FunctionWriter,
  shape: MathShape,
  args: readonly Expr[],
  body: (l: Lanes, args: readonly Expr[]) => Expr,
): Expr {
  if (shape === 'f32')
    return op(
      'f32.demote',
      body(
        lanesOf(writer, 'f64'),
        args.map((x) => op('f64.promote', x)),
      ),
    )
  const lanes = lanesOf(writer, 'f64x2')
  const half = (pick: (x: Expr) => Expr): Expr => {
    const wide = args.map((x) => op('f64x2.promote_low_f32x4', pick(x)))
    return writer.bind(op('f32x4.demote_f64x2_zero', body(lanes, wide)))
  }
  const low = half((x) => x)
  const high = half((x) => shuffle(x, x, UPPER_HALF))
  return shuffle(low, high, LOWER_HALVES)
}

/** The fast reduction for every lane, then those that are large again, the slow way. */
function trigonometric(writer: FunctionWriter, shape: MathShape, x: Expr, quarter: 0 | 1): Expr {
  const type: WasmType = shape === 'f32' ? 'f32' : 'v128'
  const result = writer.local(type)
  const set = (value: Expr): Stmt => ({ kind: 'set', local: result, value })
  const when = (condition: Expr, then: readonly Stmt[]): Stmt => ({ kind: 'if', condition, then, otherwise: [] })
  const isLarge = (value: Expr): Expr => op('f32.ge', op('f32.abs', value), f32(LARGE))
  writer.push(set(inDoubles(writer, shape, [x], (l, [a]) => sinCos(l, a as Expr, quarter))))
  if (shape === 'f32') writer.push(when(isLarge(x), [set(callLarge(x, quarter))]))
  else {
    const redo = [0, 1, 2, 3].map((lane) => {
      const one = laneOp('f32x4.extract_lane', lane, x)
      return when(isLarge(one), [set(laneOp('f32x4.replace_lane', lane, get(result, type), callLarge(one, quarter)))])
    })
    const anyLarge = op('v128.any_true', op('f32x4.ge', op('f32x4.abs', x), writer.share(vectorF32(LARGE))))
    writer.push(when(anyLarge, redo))
  }
  return get(result, type)
}
