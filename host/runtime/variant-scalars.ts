/** The scalars of a variant together with the axes whose extents they give: each may need the other. */
import { problem } from '../../abi/espalier-error.ts'
import type { VariantSpec } from '../../abi/manifest.ts'
import { evaluateScalars, scalarValue, type ScalarScope, type ScalarSlot } from '../../abi/scalar-expr.ts'
import { toDouble } from '../../abi/scalar-ops.ts'

/** What a call knows besides extents. */
export type CallScope = Omit<ScalarScope, 'extent'>

/** Extents that the policy itself computes, as far as they are known. */
export function scalarAxes(variant: VariantSpec, slots: readonly ScalarSlot[]): Map<string, number> {
  const known = new Map<string, number>()
  for (const axis of variant.axes)
    if (axis.kind === 'scalar' && slots[axis.scalar] !== undefined)
      known.set(axis.name, extentOf(slots, axis.scalar, `axis \`${axis.name}\``))
  return known
}

/** A scalar that is a number of things. Throws ESP4402 when it is negative or fractional. */
export function extentOf(slots: readonly ScalarSlot[], index: number, what: string): number {
  const extent = toDouble(scalarValue(slots, index))
  if (!Number.isSafeInteger(extent) || extent < 0)
    throw problem('ESP4402', { expected: `a whole extent of ${what}`, got: String(extent) })
  return extent
}

/** Evaluates scalars and the axes they give, which are added to `extents`, until only what a count decides is open. */
export function settleScalars(
  variant: VariantSpec,
  scope: CallScope,
  extents: Map<string, number>,
  previous: readonly ScalarSlot[],
): readonly ScalarSlot[] {
  let slots = previous
  for (;;) {
    slots = evaluateScalars(variant.scalars, { ...scope, extent: (axis) => extents.get(axis) }, slots)
    const found = [...scalarAxes(variant, slots)].filter(([axis]) => !extents.has(axis))
    if (found.length === 0) return slots
    for (const [axis, extent] of found) extents.set(axis, extent)
  }
}

/** The counted axes that decide the extent of an axis. */
export function countedBehindAxis({ variant }: { readonly variant: VariantSpec }, name: string): ReadonlySet<string> {
  return countedBehind(variant, [], [name])
}

/** The counted axes that decide a scalar. */
export function countedBehindScalar({ variant }: { readonly variant: VariantSpec }, scalar: number): ReadonlySet<string> {
  return countedBehind(variant, [scalar], [])
}

function countedBehind(variant: VariantSpec, scalars: number[], axes: string[]): ReadonlySet<string> {
  const counted = new Set<string>()
  const seen = new Set<number>()
  while (scalars.length > 0 || axes.length > 0) {
    const name = axes.pop()
    const axis = variant.axes.find((candidate) => candidate.name === name)
    if (axis?.kind === 'counted') counted.add(axis.name)
    else if (axis?.kind === 'scalar') scalars.push(axis.scalar)
    const index = scalars.pop()
    const expr = index === undefined || seen.has(index) ? undefined : variant.scalars[index]
    if (index === undefined || expr === undefined) continue
    seen.add(index)
    if ('args' in expr) scalars.push(...expr.args)
    else if (expr.op === 'size') axes.push(expr.axis)
    else if (expr.op === 'budget')
      scalars.push(...[expr.amount, expr.extent, expr.atLeast, expr.multipleOf].filter((ref) => ref !== null))
  }
  return counted
}
