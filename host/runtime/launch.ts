/**
 * Runs the steps of a plan, once for each extra leading index. Extents that a step counts are read from memory when they are
 * first needed after it. Throws ESP4701 when a kernel traps.
 */
import { fillData } from '../../abi/dtype.ts'
import { problem } from '../../abi/espalier-error.ts'
import type { KernelArg } from '../../abi/manifest.ts'
import { kernelNumber, scalarValue, type ScalarSlot } from '../../abi/scalar-expr.ts'
import type { Arena } from './arena.ts'
import type { Placement } from './place-inputs.ts'
import type { Plan } from './plan.ts'
import { countedBehindAxis, countedBehindScalar, settleScalars } from './variant-scalars.ts'

export type Kernels = Readonly<Record<string, (...args: number[]) => void>>

/** What a run knew at its end: all extents and scalars. */
export interface RunResult {
  readonly extents: ReadonlyMap<string, number>
  readonly slots: readonly ScalarSlot[]
}

export function launch(plan: Plan, placement: Placement, kernels: Kernels, arena: Arena): RunResult {
  const counts = new CountedExtents(plan, placement, arena)
  const args: number[] = []
  for (let index = 0; index < plan.repeat; index++) {
    for (const step of plan.steps) {
      if (step.kind === 'fill') {
        const spec = plan.buffers[step.buffer]
        if (spec !== undefined)
          fillData(spec.dtype, arena.view(spec.dtype, addressOf(placement, step.buffer, index), spec.length), step.value)
        continue
      }
      args.length = 0
      for (const arg of step.args)
        args.push(
          typeof arg === 'number' ? arg : arg.kind === 'buffer' ? addressOf(placement, arg.buffer, index) : counts.argument(arg),
        )
      runKernel(kernels, step.kernel, args)
    }
  }
  return counts.finish()
}

const addressOf = (placement: Placement, buffer: number, index: number): number =>
  (placement.address[buffer] ?? 0) + index * (placement.stride[buffer] ?? 0)

function runKernel(kernels: Kernels, name: string, args: readonly number[]): void {
  try {
    kernels[name]?.(...args)
  } catch (error) {
    throw problem('ESP4701', { kernel: name, reason: error instanceof Error ? error.message : String(error) })
  }
}

/** Extents and scalars of a run that only its steps decide. A count is read when something after its step needs it. */
class CountedExtents {
  private readonly plan: Plan
  private readonly placement: Placement
  private readonly arena: Arena
  private known: RunResult

  constructor(plan: Plan, placement: Placement, arena: Arena) {
    this.plan = plan
    this.placement = placement
    this.arena = arena
    this.known = plan
  }

  argument(arg: KernelArg): number {
    if (arg.kind === 'buffer') return addressOf(this.placement, arg.buffer, 0)
    if (arg.kind === 'extent') {
      if (!this.known.extents.has(arg.axis)) this.read(countedBehindAxis(this.plan, arg.axis))
      return this.known.extents.get(arg.axis) ?? 0
    }
    if (this.known.slots[arg.scalar] === undefined) this.read(countedBehindScalar(this.plan, arg.scalar))
    return kernelNumber(scalarValue(this.known.slots, arg.scalar), arg.as)
  }

  finish(): RunResult {
    if (this.plan.repeat > 0) this.read(new Set(this.plan.counted.keys()))
    return this.known
  }

  private read(axes: ReadonlySet<string>): void {
    const open = [...axes].filter((axis) => !this.known.extents.has(axis))
    if (open.length === 0) return
    const extents = new Map(this.known.extents)
    for (const axis of open) {
      const at = this.placement.address[this.plan.counted.get(axis) ?? -1] ?? 0
      extents.set(axis, Math.max(0, this.arena.view('i32', at, 1)[0] ?? 0))
    }
    const slots = settleScalars(this.plan.variant, this.plan.scope, extents, this.known.slots)
    this.known = { extents, slots }
  }
}
