/**
 * In which order the scalars and axes of a variant can be evaluated, each once, when everything is known from the start but what
 * kernels count; and which of those counts each depends on. Only what something needs is there.
 */
import type { ScalarExpr, VariantSpec } from '../../../abi/manifest.ts'

export type Evaluation =
  | { readonly kind: 'scalar'; readonly scalar: number }
  /** All axes that sizes show. */
  | { readonly kind: 'bind' }
  | { readonly kind: 'axis'; readonly axis: string; readonly scalar: number }

export const operandsOf = (expr: ScalarExpr): readonly number[] => {
  if ('args' in expr) return expr.args
  if (expr.op === 'row_room') return [(expr as Extract<ScalarExpr, { readonly op: 'row_room' }>).otherwise]
  if (expr.op !== 'budget') return []
  return [expr.amount, expr.extent, expr.atLeast, expr.multipleOf].filter((ref) => ref !== null)
}

export type RowRoomExpr = Extract<ScalarExpr, { readonly op: 'row_room' }>

/** The buffer of what a packed input stores. */
export const valuesOf = (variant: VariantSpec, input: string): number =>
  variant.inputs.find(({ name }) => name === input)?.parts['values'] ?? -1

/** All scalars that a call uses: lengths, arguments, points, positions and the extents of axes. */
function used(variant: VariantSpec): readonly number[] {
  const args = variant.steps.flatMap((step) =>
    step.op === 'fill'
      ? []
      : [
          ...step.args.flatMap((arg) => (arg.kind === 'scalar' ? [arg.scalar] : [])),
          ...(step.grid === undefined ? [] : [step.grid.points]),
          ...(step.grid?.width == null ? [] : [step.grid.width]),
        ],
  )
  const places = variant.states.flatMap(({ at = [] }) => at.map(({ scalar }) => scalar))
  return [...variant.buffers.map(({ length }) => length), ...args, ...places]
}

export function evaluationOrder(variant: VariantSpec): readonly Evaluation[] {
  const order: Evaluation[] = [{ kind: 'bind' }]
  const early: Evaluation[] = []
  const seen = new Set<number | string>()
  let target = early
  const visitScalar = (index: number): void => {
    const expr = variant.scalars[index]
    if (expr === undefined || seen.has(index)) return
    seen.add(index)
    if ('axis' in expr && expr.op === 'size') visitAxis(expr.axis)
    if (expr.op === 'row_room') visitRows((expr as RowRoomExpr).input)
    for (const operand of operandsOf(expr)) visitScalar(operand)
    target.push({ kind: 'scalar', scalar: index })
  }
  const visitAxis = (name: string): void => {
    const axis = variant.axes.find((candidate) => candidate.name === name)
    if (axis?.kind !== 'scalar' || seen.has(name)) return
    seen.add(name)
    visitScalar(axis.scalar)
    target.push({ kind: 'axis', axis: name, scalar: axis.scalar })
  }
  const visitRows = (input: string): void => {
    for (const axis of variant.inputs.find(({ name }) => name === input)?.packing?.over ?? []) visitAxis(axis)
    visitScalar(variant.buffers[valuesOf(variant, input)]?.length ?? -1)
  }
  for (const axis of variant.axes) if (axis.kind === 'scalar' && !needsSizes(variant, axis.scalar)) visitAxis(axis.name)
  target = order
  for (const axis of variant.axes) visitAxis(axis.name)
  for (const index of used(variant)) visitScalar(index)
  return [...early, ...order]
}

/** True when the scalar depends on an extent that the sizes of a call show, or on a count. */
function needsSizes(variant: VariantSpec, scalar: number): boolean {
  const seen = new Set<number>()
  const visit = (index: number): boolean => {
    const expr = variant.scalars[index]
    if (expr === undefined || seen.has(index)) return false
    seen.add(index)
    if (expr.op === 'kept' || expr.op === 'row_room') return true
    if ('axis' in expr && expr.op === 'size') {
      const axis = variant.axes.find(({ name }) => name === expr.axis)
      return axis?.kind !== 'scalar' || visit(axis.scalar)
    }
    return operandsOf(expr).some(visit)
  }
  return visit(scalar)
}

/** Axes whose extents are computed by the policy from nothing but its parameters. */
export const earlyAxes = (variant: VariantSpec): ReadonlySet<string> =>
  new Set(variant.axes.flatMap((axis) => (axis.kind === 'scalar' && !needsSizes(variant, axis.scalar) ? [axis.name] : [])))

/** For each scalar, the counted axes that decide it. */
export function countsBehind(variant: VariantSpec): readonly ReadonlySet<string>[] {
  const behind = new Map<number, ReadonlySet<string>>()
  const ofAxis = (name: string): ReadonlySet<string> => {
    const axis = variant.axes.find((candidate) => candidate.name === name)
    if (axis?.kind === 'counted') return new Set([name])
    return axis?.kind === 'scalar' ? ofScalar(axis.scalar) : new Set()
  }
  const ofScalar = (index: number): ReadonlySet<string> => {
    const known = behind.get(index)
    if (known !== undefined) return known
    behind.set(index, new Set())
    const expr = variant.scalars[index]
    const found = new Set<string>()
    if (expr !== undefined) {
      if ('axis' in expr && expr.op === 'size') for (const axis of ofAxis(expr.axis)) found.add(axis)
      for (const operand of operandsOf(expr)) for (const axis of ofScalar(operand)) found.add(axis)
    }
    behind.set(index, found)
    return found
  }
  return variant.scalars.map((_, index) => ofScalar(index))
}
