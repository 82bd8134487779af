/** What an emitter of one op is given, and the machine types in the instruction set's terms. */
import { CompilerBug } from '../../../compiler/diagnostics/bug.ts'
import type { Block, Node } from '../../../compiler/ir/node.ts'
import type { BufferType, MachineDType, MachineType, Type } from '../../../compiler/ir/types.ts'
import { i32, i64, laneOp, op, vectorF32, vectorF64, vectorI32, vectorI64, type Expr, type WasmType } from '../expr.ts'
import { lanesOf, type Lanes } from '../lanes.ts'
import type { MathLibrary } from '../math/functions.ts'
import type { FunctionWriter } from '../writer.ts'

export interface OpContext {
  readonly node: Node
  readonly writer: FunctionWriter
  readonly library: MathLibrary
  /** The code of an operand. It stands for one evaluation: `writer.share` it to use it twice. */
  arg(index: number): Expr
  typeOf(index: number): Type
  /** The node that defines an operand; null for parameters. */
  definition(index: number): Node | null
  /** Writes the body of a block with its parameters bound, here; gives what it yields. Arguments must be free to repeat. */
  region(block: Block, args: readonly Expr[]): readonly Expr[]
}

/** The results, in order. */
export type Emit = (context: OpContext) => readonly Expr[]

export function machineOf(type: Type): MachineType {
  if (type.kind !== 'machine') throw new CompilerBug(`a ${type.kind} value reached a kernel`, { pass: 'emit wasm' })
  return type
}
export const machineArg = (context: OpContext, index: number): MachineType => machineOf(context.typeOf(index))

export function bufferArg(context: OpContext, index: number): BufferType {
  const type = context.typeOf(index)
  if (type.kind !== 'buffer') throw new CompilerBug(`${context.node.op} expects a buffer`, { pass: 'emit wasm' })
  return type
}

export function resultType(context: OpContext, index = 0): MachineType {
  const result = context.node.results[index]
  if (result === undefined) throw new CompilerBug(`${context.node.op} has no result ${index}`, { pass: 'emit wasm' })
  return machineOf(result.type)
}

/** How a dtype is held when it is alone. */
export const SCALARS = { f32: 'f32', f64: 'f64', i32: 'i32', u32: 'i32', bool: 'i32', i64: 'i64' } as const satisfies Record<
  MachineDType,
  WasmType
>

type Prefix = 'i32' | 'i64' | 'f32' | 'f64' | 'i32x4' | 'f32x4' | 'i64x2' | 'f64x2'

/** The name before the dot of instructions on this type. Lane masks are as wide as what was compared: their count says it. */
export function prefixOf({ dtype, lanes }: MachineType): Prefix {
  if (lanes === 1) return SCALARS[dtype]
  if (lanes === 4 && dtype === 'f32') return 'f32x4'
  if (lanes === 4 && dtype !== 'f64' && dtype !== 'i64') return 'i32x4'
  if (lanes === 2 && dtype === 'f64') return 'f64x2'
  if (lanes === 2 && (dtype === 'i64' || dtype === 'bool')) return 'i64x2'
  throw new CompilerBug(`WebAssembly has no ${dtype}x${lanes}`, { pass: 'emit wasm' })
}

export const wasmType = (type: MachineType): WasmType => (prefixOf(type).length === 3 ? (prefixOf(type) as WasmType) : 'v128')
export const isFloat = (type: MachineType): boolean => type.dtype === 'f32' || type.dtype === 'f64'
export const isUnsigned = (type: MachineType): boolean => type.dtype === 'u32'
export const signSuffix = (type: MachineType): string => (isUnsigned(type) ? '_u' : '_s')

export const floatLanes = (context: OpContext, type: MachineType): Lanes => {
  const prefix = prefixOf(type)
  if (prefix.startsWith('i')) throw new CompilerBug(`${context.node.op} expects floats`, { pass: 'emit wasm' })
  return lanesOf(context.writer, prefix as 'f32')
}
/** The codec's view of `count` 32-bit lanes. */
export const lanes32 = (context: OpContext, count: number): Lanes => lanesOf(context.writer, count === 1 ? 'f32' : 'f32x4')

/** One lane as a scalar; a bool as 0 or 1. `vector` is used once. */
export function extractLane(type: MachineType, vector: Expr, lane: number): Expr {
  const value = laneOp(`${prefixOf(type)}.extract_lane`, lane, vector)
  if (type.dtype !== 'bool') return value
  return op('i32.and', type.lanes === 2 ? op('i32.wrap', value) : value, i32(1))
}

/** A scalar in every lane; a bool as a mask. */
export function splatLanes(type: MachineType, scalar: Expr): Expr {
  if (scalar.kind === 'const' && type.dtype !== 'bool') return vectorOf(scalar)
  return op(`${prefixOf(type)}.splat`, asLane(type, scalar))
}

function vectorOf({ type, value }: Expr & { kind: 'const' }): Expr {
  if (type === 'i64') return vectorI64(BigInt(value))
  return { i32: vectorI32, f32: vectorF32, f64: vectorF64 }[type](Number(value))
}

export const replaceLane = (type: MachineType, vector: Expr, lane: number, scalar: Expr): Expr =>
  laneOp(`${prefixOf(type)}.replace_lane`, lane, vector, asLane(type, scalar))

function asLane(type: MachineType, scalar: Expr): Expr {
  if (type.dtype !== 'bool') return scalar
  if (type.lanes === 2) return op('i64.sub', i64(0n), op('i64.extend_u', scalar))
  return op('i32.sub', i32(0), scalar)
}

/** Does with each lane what `scalar` does with one value: for operations that have no vector form. */
export function perLane(
  context: OpContext,
  result: MachineType,
  operands: readonly { type: MachineType; value: Expr }[],
  scalar: (args: readonly Expr[]) => Expr,
): Expr {
  if (result.lanes === 1) return scalar(operands.map(({ value }) => value))
  const shared = operands.map(({ type, value }) => ({ type, value: context.writer.share(value) }))
  const one = (lane: number): Expr =>
    scalar(shared.map(({ type, value }) => (type.lanes === 1 ? value : extractLane(type, value, lane))))
  let vector = splatLanes(result, one(0))
  for (let lane = 1; lane < result.lanes; lane += 1) vector = replaceLane(result, vector, lane, one(lane))
  return vector
}
