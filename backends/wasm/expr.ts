/**
 * WebAssembly code as plain trees, in the instruction set's own terms. Everything that decides what to emit works on these;
 * only `module.ts` turns them into a binary. An instruction is named as in the text format, its result type follows from
 * its name, and trees are never mutated.
 */
export type WasmType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128'

export type Expr =
  | { readonly kind: 'const'; readonly type: Exclude<WasmType, 'v128'>; readonly value: number | bigint }
  | { readonly kind: 'vector'; readonly bytes: readonly number[] }
  | { readonly kind: 'get'; readonly local: number; readonly type: WasmType }
  | { readonly kind: 'op'; readonly op: string; readonly args: readonly Expr[]; readonly lane: number; readonly depth: number }
  | { readonly kind: 'shuffle'; readonly args: readonly [Expr, Expr]; readonly lanes: readonly number[]; readonly depth: number }
  | {
      readonly kind: 'load'
      readonly op: string
      readonly offset: number
      readonly align: number
      readonly args: readonly [Expr]
      readonly depth: number
    }
  | {
      readonly kind: 'load-lane'
      readonly op: string
      readonly offset: number
      readonly align: number
      readonly lane: number
      readonly args: readonly [Expr, Expr]
      readonly depth: number
    }
  | { readonly kind: 'select'; readonly type: WasmType; readonly args: readonly [Expr, Expr, Expr]; readonly depth: number }
  | {
      readonly kind: 'call'
      readonly name: string
      readonly type: WasmType
      readonly args: readonly Expr[]
      readonly depth: number
    }

/** Something done, in order. Labels are unique in a function. */
export type Stmt =
  | { readonly kind: 'set'; readonly local: number; readonly value: Expr }
  | {
      readonly kind: 'store'
      readonly op: string
      readonly offset: number
      readonly align: number
      readonly lane: number
      readonly ptr: Expr
      readonly value: Expr
    }
  | { readonly kind: 'block'; readonly label: string; readonly body: readonly Stmt[] }
  | { readonly kind: 'loop'; readonly label: string; readonly body: readonly Stmt[] }
  | { readonly kind: 'if'; readonly condition: Expr; readonly then: readonly Stmt[]; readonly otherwise: readonly Stmt[] }
  | { readonly kind: 'branch'; readonly label: string; readonly condition: Expr | null }

export interface WasmFunction {
  readonly name: string
  readonly params: readonly WasmType[]
  readonly result: WasmType | null
  /** Types of the locals after the parameters. */
  readonly locals: readonly WasmType[]
  readonly body: readonly Stmt[]
  /** What a function with a result returns. */
  readonly value: Expr | null
  readonly exported: boolean
}

export interface WasmModule {
  readonly functions: readonly WasmFunction[]
  readonly minPages: number
  readonly maxPages: number
  readonly abiVersion: number
}

const NO_ARGS: readonly Expr[] = []

/** The operands of a tree's root. */
export const argsOf = (expr: Expr): readonly Expr[] => ('args' in expr ? expr.args : NO_ARGS)
export const depthOf = (expr: Expr): number => ('depth' in expr ? expr.depth : 0)

const above = (args: readonly Expr[]): number => 1 + args.reduce((most, arg) => Math.max(most, depthOf(arg)), 0)

export const op = (name: string, ...args: readonly Expr[]): Expr => ({ kind: 'op', op: name, args, lane: -1, depth: above(args) })
/** An instruction with a lane immediate: `f32x4.extract_lane`, `i32x4.replace_lane`. */
export const laneOp = (name: string, lane: number, ...args: readonly Expr[]): Expr => ({
  kind: 'op',
  op: name,
  args,
  lane,
  depth: above(args),
})
/** Bytes of the 32 bytes of `x` and `y`. */
export const shuffle = (x: Expr, y: Expr, lanes: readonly number[]): Expr => ({
  kind: 'shuffle',
  args: [x, y],
  lanes,
  depth: above([x, y]),
})
export const call = (name: string, type: WasmType, args: readonly Expr[]): Expr => ({
  kind: 'call',
  name,
  type,
  args,
  depth: above(args),
})
/** `x` where the i32 `condition` is not zero. */
export const select = (condition: Expr, x: Expr, y: Expr): Expr => ({
  kind: 'select',
  type: typeOf(x),
  args: [condition, x, y],
  depth: above([condition, x, y]),
})
export const get = (local: number, type: WasmType): Expr => ({ kind: 'get', local, type })

export const i32 = (value: number): Expr => ({ kind: 'const', type: 'i32', value: value | 0 })
export const i64 = (value: bigint): Expr => ({ kind: 'const', type: 'i64', value: BigInt.asIntN(64, value) })
export const f32 = (value: number): Expr => ({ kind: 'const', type: 'f32', value: Math.fround(value) })
export const f64 = (value: number): Expr => ({ kind: 'const', type: 'f64', value })

/** A vector constant of equal lanes, from the bytes of one (4 or 8). */
export function vector(lane: ArrayLike<number>): Expr {
  return { kind: 'vector', bytes: Array.from({ length: 16 }, (_, i) => lane[i % lane.length] ?? 0) }
}
export const bytesOf = (array: ArrayBufferView): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
export const vectorF32 = (value: number): Expr => vector(bytesOf(new Float32Array([value])))
export const vectorI32 = (value: number): Expr => vector(bytesOf(new Int32Array([value])))
export const vectorF64 = (value: number): Expr => vector(bytesOf(new Float64Array([value])))
export const vectorI64 = (value: bigint): Expr => vector(bytesOf(new BigInt64Array([BigInt.asIntN(64, value)])))

/** True of trees that cost nothing to repeat: constants, locals, and a local plus a constant (it folds into addresses). */
export function isFree(expr: Expr): boolean {
  if (expr.kind === 'const' || expr.kind === 'vector' || expr.kind === 'get') return true
  if (expr.kind !== 'op' || expr.op !== 'i32.add') return false
  const [x, y] = expr.args
  return x?.kind === 'get' && y?.kind === 'const'
}

/** Instructions that look into a vector or at a scalar and give an i32, whatever their prefix. */
const TESTS = /\.(?:eqz|eq|ne|lt|le|gt|ge|[lg][te]_[su]|any_true|all_true|bitmask)$/
const TESTED_SCALARS = /^[if](?:32|64)\./
const WHOLE_VECTOR_TESTS = /\.(?:any_true|all_true|bitmask)$/

export function typeOf(expr: Expr): WasmType {
  switch (expr.kind) {
    case 'vector':
    case 'shuffle':
    case 'load-lane':
      return 'v128'
    case 'op':
      return typeOfOp(expr.op)
    case 'load':
      return prefixType(expr.op)
    default:
      return expr.type
  }
}

function typeOfOp(name: string): WasmType {
  if (TESTS.test(name) && (TESTED_SCALARS.test(name) || WHOLE_VECTOR_TESTS.test(name))) return 'i32'
  if (name.endsWith('extract_lane')) return name.slice(0, 3) as WasmType
  return prefixType(name)
}

const prefixType = (name: string): WasmType => {
  const prefix = name.slice(0, name.indexOf('.'))
  return prefix.length === 3 ? (prefix as WasmType) : 'v128'
}
