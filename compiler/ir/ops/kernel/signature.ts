/** Checks shared by the type rules of kernel ops: operands are machine values or buffers, of agreed dtype and lanes. */
import type { Block } from '../../node.ts'
import type { TypeProblem } from '../../op.ts'
import { computeDType, machine, type BufferType, type MachineType, type Type } from '../../types.ts'

export const isMachine = (type: Type | null | undefined): type is MachineType => type?.kind === 'machine'
export const isBuffer = (type: Type | null | undefined): type is BufferType => type?.kind === 'buffer'

/** A scalar 32-bit integer: what indices, bounds and shift counts are. */
export const isIndex = (type: Type | null | undefined): boolean =>
  isMachine(type) && type.lanes === 1 && (type.dtype === 'i32' || type.dtype === 'u32')

/** Whether a region is a function of so many indices, with one result. */
export const isFunctionOf = (indices: number, region: Block | undefined): region is Block =>
  region?.params.length === indices && region.params.every(({ type }) => isIndex(type)) && region.yields.length === 1

/** The machine type a buffer's elements decode to. */
export function elementType(buffer: BufferType, lanes: number): MachineType {
  return machine(computeDType(buffer.dtype), lanes)
}

/** The machine type of undecoded elements. */
export function rawType(buffer: BufferType, lanes: number): MachineType {
  return machine(buffer.dtype === 'f32' ? 'f32' : buffer.dtype === 'i32' ? 'i32' : 'u32', lanes)
}

export const sameMachine = (x: Type | null | undefined, y: Type | null | undefined): boolean =>
  isMachine(x) && isMachine(y) && x.dtype === y.dtype && x.lanes === y.lanes

/** A row that `keep_best` selects from: of integers, or of 16-bit floats as `half_keys` leaves them. */
export const isKeys = (type: Type | null | undefined): type is BufferType =>
  isBuffer(type) && (type.dtype === 'i32' || isHalf(type))

export const isHalf = ({ dtype }: BufferType): boolean => dtype === 'f16' || dtype === 'bf16'

export const problem = (text: string, operand?: number): TypeProblem =>
  operand === undefined ? { problem: text } : { problem: text, operand }
