/**
 * Numbers of a launch that depend on extents which kernels have counted, as programs that a device runs itself, so that nothing has to
 * be read back before the launch. Whole numbers only, none negative, and every step stays an i32 for the largest count there can be:
 * what is not sure to is left to the host, which computes exactly.
 */
import { isInteger, toNumber } from '../../abi/rational.ts'
import type { ScalarSlot } from '../../abi/scalar-expr.ts'
import type { Plan } from './plan.ts'

/** Operations take their operands from a stack and leave their result there. */
export type CountOp =
  | { readonly op: 'number'; readonly value: number }
  /** The extent of an axis, as the buffer of its count has it. */
  | { readonly op: 'count'; readonly axis: string }
  | { readonly op: 'add' | 'mul' | 'max' | 'min' | 'floordiv' }

export interface CountProgram {
  readonly ops: readonly CountOp[]
  /** The largest number it can give. */
  readonly most: number
  /** Numbers on the stack at most. */
  readonly depth: number
}

/** What a program is made from: a plan, and the scalars as far as they are known. */
export interface OpenScope {
  readonly plan: Plan
  readonly slots: readonly ScalarSlot[]
}

const MOST = 0x7fffffff
/** More than this is no budget of a row; devices have room for it. */
const MAX_OPS = 48
const MAX_DEPTH = 12

/** What is counted are places of tensors that have room for all of them. */
export const largestCount = ({ extents, buffers }: Plan): number =>
  Math.max(0, ...extents.values(), ...buffers.map(({ length }) => length))

/** Null when only the host can compute it. */
export function scalarProgram(scope: OpenScope, scalar: number): CountProgram | null {
  const slot = scope.slots[scalar]
  if (slot !== undefined) return 'failure' in slot || typeof slot.value !== 'object' ? null : constant(slot.value)
  const expr = scope.plan.variant.scalars[scalar]
  if (expr === undefined) return null
  if ('args' in expr) return operation(scope, expr.op, expr.args)
  return expr.op === 'size' ? extentProgram(scope, expr.axis) : null
}

export function extentProgram(scope: OpenScope, axis: string): CountProgram | null {
  const { plan } = scope
  const spec = plan.variant.axes.find(({ name }) => name === axis)
  if (spec?.kind === 'counted') return checked({ ops: [{ op: 'count', axis }], most: largestCount(plan), depth: 1 })
  return spec?.kind === 'scalar' ? scalarProgram(scope, spec.scalar) : null
}

function constant(value: Parameters<typeof toNumber>[0]): CountProgram | null {
  const number = isInteger(value) ? toNumber(value) : -1
  return number < 0 ? null : checked({ ops: [{ op: 'number', value: number }], most: number, depth: 1 })
}

/** All of them grow with their operands, so that the largest operands give the largest result. */
const LARGEST: Readonly<Record<string, (x: number, y: number) => number>> = {
  add: (x, y) => x + y,
  mul: (x, y) => x * y,
  max: Math.max,
  min: Math.min,
  floordiv: (x, y) => Math.floor(x / y),
}

function operation(scope: OpenScope, op: string, args: readonly number[]): CountProgram | null {
  const largest = Object.hasOwn(LARGEST, op) ? LARGEST[op] : undefined
  const [left, right] = args.map((arg) => scalarProgram(scope, arg))
  if (largest === undefined || left === undefined || left === null || right === undefined || right === null) return null
  const divides = op === 'floordiv'
  if (divides && (right.ops[0]?.op !== 'number' || right.ops.length > 1 || right.most === 0)) return null
  return checked({
    ops: [...left.ops, ...right.ops, { op } as CountOp],
    most: largest(left.most, right.most),
    depth: Math.max(left.depth, right.depth + 1),
  })
}

const checked = (program: CountProgram): CountProgram | null =>
  program.most <= MOST && program.ops.length <= MAX_OPS && program.depth <= MAX_DEPTH ? program : null
