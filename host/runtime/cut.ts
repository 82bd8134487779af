/**
 * A call whose buffers are larger than a kernel can be given, and whose steps may run on parts of an axis in turn: all parts have the
 * same number of positions, so that one may begin before the one before it has ended, and computes what is there a second time.
 */
import type { TensorSpec } from '../../abi/manifest.ts'
import type { GivenInput } from './given-input.ts'
import { partStart, type Cut } from './placement.ts'
import { makePlan, type Plan, type PlanRequest } from './plan.ts'

/** The plan, or one for parts when a buffer cannot be given to a kernel and parts of it can. */
export function cutToFit(request: PlanRequest, plan: Plan): Plan {
  const axis = plan.variant.cutAlong
  const { maxBinding, alignment } = request.memory
  const largest = largestBinding(plan)
  const extent = axis === undefined ? 0 : (plan.extents.get(axis) ?? 0)
  if (axis === undefined || largest <= maxBinding || plan.leading.length > 0) return plan
  if (!isRegular(plan, axis) || request.sizes.has(axis)) return plan
  for (let parts = Math.ceil(largest / maxBinding); parts < 2 * extent; parts *= 2) {
    const { positions, step } = partsOf(extent, parts, alignment)
    const part = makePlan({ ...request, inputs: request.inputs.map((input) => partOf(input, axis, extent, positions)) })
    const count = 1 + Math.ceil((extent - positions) / step)
    const cut: Cut = { axis, extent, positions, step, parts: count, perPosition: perPosition(part, axis, positions) }
    const starts = [...cut.perPosition.keys()].flatMap((buffer) => [
      partStart(cut, buffer, 1),
      partStart(cut, buffer, cut.parts - 1),
    ])
    if (starts.some((start) => !Number.isInteger(start) || start % alignment !== 0)) return plan
    if (largestBinding(part) <= maxBinding) return { ...part, cut }
  }
  return plan
}

/**
 * So many parts or more. They begin where kernels can begin, at a multiple of the alignment, whatever a position has: the last one, too,
 * because its length leaves the same remainder as the whole.
 */
function partsOf(extent: number, parts: number, alignment: number): { readonly positions: number; readonly step: number } {
  const most = Math.ceil(extent / parts)
  const positions = most - ((((most - extent) % alignment) + alignment) % alignment)
  return positions < alignment ? { positions: most, step: most } : { positions, step: positions - (positions % alignment) }
}

/** Rows of other lengths than the rest, and extents that are counted, are known of the whole alone. */
const isRegular = ({ variant, entry }: Plan, axis: string): boolean =>
  variant.axes.every(({ kind }) => kind !== 'counted') &&
  variant.outputs.every(({ packing }) => packing === null || packing.exact) &&
  (variant.sameExtent ?? []).every((pair) => !pair.includes(axis)) &&
  entry.inputs.every((spec) => !leads(spec, axis) || spec.packing === null)

const leads = ({ axes }: TensorSpec, axis: string): boolean => axes[0]?.atoms[0] === axis

/** Bytes of the largest buffer that a kernel is given. */
function largestBinding({ steps, buffers }: Plan): number {
  const bound = steps.flatMap((step) =>
    step.kind !== 'launch'
      ? []
      : step.specs.flatMap((spec) =>
          spec.kind === 'buffer' && spec.access !== 'scratch' && spec.access !== 'lane' ? [buffers[spec.buffer]?.bytes ?? 0] : [],
        ),
  )
  return Math.max(0, ...bound)
}

function partOf(input: GivenInput, axis: string, extent: number, positions: number): GivenInput {
  const [first = 0, ...rest] = input.shape
  return leads(input.spec, axis) ? { ...input, shape: [(first / extent) * positions, ...rest] } : input
}

function perPosition({ variant, entry, buffers }: Plan, axis: string, positions: number): ReadonlyMap<number, number> {
  const inputs = variant.inputs.filter(({ name }) => entry.inputs.some((spec) => spec.name === name && leads(spec, axis)))
  const whole = [...inputs, ...variant.outputs].flatMap(({ parts }) => Object.values(parts))
  return new Map(whole.map((buffer) => [buffer, (buffers[buffer]?.bytes ?? 0) / positions]))
}
