/**
 * What the type rules of the policy and scalar ops share: naming types in messages, merging axes by name, dtypes.
 * A rule answers in words for a person who wrote a policy; positions and spans are added by whoever asked.
 */
import type { TypeProblem } from '../op.ts'
import { computeDType, type MachineType, type ScalarKind, type ScalarType, type TensorType, type Type } from '../types.ts'

export const problem = (text: string, operand?: number): TypeProblem =>
  operand === undefined ? { problem: text } : { problem: text, operand }

export const isTensor = (type: Type | null | undefined): type is TensorType => type?.kind === 'tensor'
export const isScalar = (type: Type | null | undefined): type is ScalarType => type?.kind === 'scalar'
export const isMachine = (type: Type | null | undefined): type is MachineType => type?.kind === 'machine'
export const isInt = (type: Type | null | undefined): boolean => isScalar(type) && type.scalar === 'int'

export const listAxes = (axes: readonly string[]): string =>
  axes.length === 0 ? 'no axes' : axes.map((axis) => `\`${axis}\``).join(', ')

const SCALAR_WORDS: Readonly<Record<ScalarKind, string>> = {
  int: 'a whole number',
  ratio: 'a ratio',
  real: 'a real number',
  bool: 'a truth value',
}

/** The type as a message names it: `f16[kv, token]`, `a ratio`. */
export function describe(type: Type | null | undefined): string {
  if (type === null || type === undefined) return 'nothing'
  switch (type.kind) {
    case 'tensor':
      return `${type.packing === undefined ? '' : 'packed '}${type.dtype}[${type.axes.join(', ')}]`
    case 'scalar':
      return SCALAR_WORDS[type.scalar]
    case 'machine':
      return type.lanes === 1 ? type.dtype : `${type.dtype}x${type.lanes}`
    case 'buffer':
      return `a ${type.dtype} buffer`
  }
}

/**
 * Axes of an elementwise result: those of the operand that has them all, else the first operand's, followed by what later
 * operands add, in their order.
 */
export function mergeAxes(lists: readonly (readonly string[])[]): readonly string[] {
  const union: string[] = []
  for (const axes of lists) for (const axis of axes) if (!union.includes(axis)) union.push(axis)
  return lists.find((axes) => axes.length === union.length) ?? union
}

export const hasDuplicates = (axes: readonly string[]): boolean => new Set(axes).size !== axes.length

export const missingFrom = (axes: readonly string[], of: readonly string[]): readonly string[] =>
  axes.filter((axis) => !of.includes(axis))

/** Refuses packed tensors and anything that is neither a tensor nor a host scalar. */
export function denseProblem(types: readonly (Type | null)[]): TypeProblem | null {
  for (const [at, type] of types.entries()) {
    if (type === null) continue
    if (type.kind === 'tensor' && type.packing !== undefined)
      return problem('a packed tensor has no elements to compute with: `unpack` it first', at)
    if (type.kind === 'buffer' || type.kind === 'machine') return problem(`${describe(type)} is not a tensor or a number`, at)
  }
  return null
}

export type Computed = 'f32' | 'i32' | 'u32'

/**
 * The dtype that arithmetic on these tensors and host scalars happens in: f32 as soon as something is fractional;
 * whole numbers and masks adapt to the integers beside them, and are i32 on their own.
 */
export function promote(types: readonly (Type | null)[]): Computed | TypeProblem {
  let result: Computed | null = null
  let integer: { dtype: 'i32' | 'u32'; at: number } | null = null
  for (const [at, type] of types.entries()) {
    if (isScalar(type) && (type.scalar === 'ratio' || type.scalar === 'real')) result = 'f32'
    if (!isTensor(type)) continue
    const dtype = computeDType(type.dtype)
    if (dtype === 'f32') result = 'f32'
    else if (dtype !== 'bool') {
      if (integer !== null && integer.dtype !== dtype)
        return problem('signed and unsigned integers do not mix: convert one of them', at)
      integer = { dtype, at }
    }
  }
  return result ?? integer?.dtype ?? 'i32'
}

const KIND_ORDER: readonly ScalarKind[] = ['int', 'ratio', 'real']

/** The kind of arithmetic on host scalars; truth values count as 0 and 1. */
export function joinScalars(types: readonly (Type | null)[]): ScalarKind {
  let order = 0
  for (const type of types) if (isScalar(type)) order = Math.max(order, KIND_ORDER.indexOf(type.scalar))
  return KIND_ORDER[order] ?? 'int'
}

/** A refusal unless `mask` is a dense bool tensor (or absent) whose axes are among `axes`. */
export function maskProblem(
  mask: Type | null | undefined,
  axes: readonly string[],
  what: string,
  operand: number,
): TypeProblem | null {
  if (mask === null || mask === undefined) return null
  if (isScalar(mask) && mask.scalar === 'bool') return null
  if (!isTensor(mask) || mask.dtype !== 'bool' || mask.packing !== undefined)
    return problem(`${what} must be a mask, and this is ${describe(mask)}`, operand)
  const extra = missingFrom(mask.axes, axes)
  return extra.length === 0
    ? null
    : problem(`${what} has ${listAxes(extra)}, which ${describe({ kind: 'tensor', dtype: 'bool', axes })} does not`, operand)
}

/** A refusal unless `type` is a dense tensor; the tensor otherwise. */
export function denseTensor(type: Type | null | undefined, operand = 0): TensorType | TypeProblem {
  if (!isTensor(type)) return problem(`a tensor is needed here, and this is ${describe(type)}`, operand)
  if (type.packing !== undefined) return problem('a packed tensor has no elements to compute with: `unpack` it first', operand)
  return type
}

/** A refusal unless every one of `axes` is an axis of the tensor, and named once. */
export function axesProblem(type: TensorType, axes: readonly string[], operand = 0): TypeProblem | null {
  const missing = missingFrom(axes, type.axes)
  if (missing.length > 0) return problem(`${describe(type)} has no axis ${listAxes(missing)}`, operand)
  return hasDuplicates(axes) ? problem(`an axis is named twice in ${listAxes(axes)}`) : null
}

export const isTypeProblem = (value: object): value is TypeProblem => 'problem' in value
