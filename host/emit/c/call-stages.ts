/**
 * The steps of a variant in stages: a new one begins where a step needs an extent that a kernel before it counted, because only
 * the caller can wait for that.
 */
import type { Step, VariantSpec } from '../../../abi/manifest.ts'
import { countsBehind } from './scalar-order.ts'

export interface Stage {
  /** Counted axes whose extents the caller has to say from here on. */
  readonly needs: readonly string[]
  readonly steps: readonly Step[]
}

export function stagesOf(variant: VariantSpec): readonly Stage[] {
  const behind = countsBehind(variant)
  const counted = new Map(variant.axes.flatMap((axis) => (axis.kind === 'counted' ? [[axis.name, axis] as const] : [])))
  const neededBy = (step: Step): readonly string[] => {
    if (step.op === 'fill') return []
    const scalars = step.args.flatMap((arg) => (arg.kind === 'scalar' ? [arg.scalar] : []))
    const extents = step.args.flatMap((arg) => (arg.kind === 'extent' && counted.has(arg.axis) ? [arg.axis] : []))
    const points = step.grid === undefined ? [] : [step.grid.points]
    return [...extents, ...[...scalars, ...points].flatMap((index) => [...(behind[index] ?? [])])]
  }
  const stages: { needs: string[]; steps: Step[] }[] = [{ needs: [], steps: [] }]
  const known = new Set<string>()
  for (const step of variant.steps) {
    const needs = [...new Set(neededBy(step))].filter((axis) => !known.has(axis))
    for (const axis of needs) known.add(axis)
    if (needs.length > 0) stages.push({ needs, steps: [] })
    stages.at(-1)?.steps.push(step)
  }
  return stages
}
