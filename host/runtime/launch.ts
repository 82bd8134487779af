/**
 * Runs the steps of a plan, once for each extra leading index or part. Extents that a step counts are read from memory at the end; before, when
 * something after it needs them that the target cannot settle itself. How a kernel is started is the target's.
 */
import { problem } from '../../abi/espalier-error.ts'
import type { KernelArg } from '../../abi/manifest.ts'
import { kernelNumber, scalarValue, type ScalarSlot } from '../../abi/scalar-expr.ts'
import type { Memory } from './memory.ts'
import { extentProgram, largestCount, scalarProgram, type CountProgram } from './open-numbers.ts'
import { firstByte, type Placement } from './placement.ts'
import type { LaunchPlan, Plan } from './plan.ts'
import type { Reading } from './reading.ts'
import { countedBehindAxis, countedBehindScalar, extentOf, settleScalars } from './variant-scalars.ts'

/** What a run knew at its end: all extents and scalars. */
export interface RunResult {
  readonly extents: ReadonlyMap<string, number>
  readonly slots: readonly ScalarSlot[]
}

/** The points a kernel runs over, and the length of the longest loop of a team. */
export interface Grid {
  readonly points: number
  readonly team: boolean
  readonly width: number | null
}

export interface Launch {
  readonly step: LaunchPlan
  /** One number for each argument: a scalar, or the first byte of a buffer in its block. */
  readonly args: readonly number[]
  /** With the most points that there can be, when their number is open. */
  readonly grid: Grid | null
  /** Numbers that depend on counts in memory; 0 among the arguments. None unless the launcher settles them. */
  readonly open: readonly OpenNumber[]
}

export interface OpenNumber {
  /** Place among the arguments, or the number of points. */
  readonly argument: number | 'points'
  readonly as: 'i32' | 'u32' | 'f32'
  readonly program: CountProgram
}

export interface Launcher {
  /** Whether it settles such numbers where the counts are. */
  canSettle?(open: readonly OpenNumber[]): boolean
  /** The arguments are the launcher's until it returns. */
  launch(launch: Launch, plan: Plan, placement: Placement): void
}

export function* launchSteps(plan: Plan, placement: Placement, launcher: Launcher, memory: Memory): Reading<RunResult> {
  const counts = new CountedExtents(plan, placement)
  const args: number[] = []
  const runs = plan.cut?.parts ?? plan.repeat
  for (let index = 0; index < runs; index++) {
    for (const step of plan.steps) {
      if (step.kind === 'fill') {
        const spec = plan.buffers[step.buffer]
        if (spec !== undefined)
          memory.fill(
            placement.block[step.buffer] ?? 0,
            firstByte(placement, plan.cut, step.buffer, index),
            spec.dtype,
            spec.length,
            step.value,
          )
        continue
      }
      args.length = 0
      const open = counts.open(step, launcher)
      for (const [i, arg] of step.args.entries()) {
        if (typeof arg === 'number') args.push(arg)
        else if (arg.kind === 'buffer') args.push(firstByte(placement, plan.cut, arg.buffer, index))
        else if (open.some(({ argument }) => argument === i)) args.push(0)
        else args.push(counts.known(arg) ?? (yield* counts.argument(arg)))
      }
      const grid = step.grid === null ? null : yield* counts.grid(step.grid, open)
      launcher.launch({ step, args, grid, open }, plan, placement)
    }
  }
  return yield* counts.finish()
}

/** Whole numbers up to this are floats. */
const WHOLE_FLOATS = 2 ** 24

type NumberArg = Exclude<KernelArg, { readonly kind: 'buffer' }>

/** Extents and scalars of a run that only its steps decide. A count is read when something after its step needs it. */
class CountedExtents {
  private readonly plan: Plan
  private readonly placement: Placement
  private result: RunResult

  constructor(plan: Plan, placement: Placement) {
    this.plan = plan
    this.placement = placement
    this.result = plan
  }

  /** The number of an argument, when nothing has to be read for it. */
  known(arg: NumberArg): number | undefined {
    if (arg.kind === 'extent') return this.result.extents.get(arg.axis)
    const slot = this.result.slots[arg.scalar]
    return slot === undefined ? undefined : kernelNumber(scalarValue(this.result.slots, arg.scalar), arg.as)
  }

  /** What the launcher settles: all that is open of a step, or nothing. */
  open({ args, grid }: LaunchPlan, launcher: Launcher): readonly OpenNumber[] {
    if (launcher.canSettle === undefined || this.plan.counted.size === 0) return []
    const scope = { plan: this.plan, slots: this.result.slots }
    const open: OpenNumber[] = []
    for (const [argument, arg] of args.entries()) {
      if (typeof arg === 'number' || arg.kind === 'buffer' || this.known(arg) !== undefined) continue
      const as = arg.kind === 'extent' ? 'i32' : arg.as
      const program = arg.kind === 'extent' ? extentProgram(scope, arg.axis) : scalarProgram(scope, arg.scalar)
      if (program === null || as === 'f64' || (as === 'f32' && program.most > WHOLE_FLOATS)) return []
      open.push({ argument, as, program })
    }
    if (grid !== null && this.result.slots[grid.points] === undefined) {
      const program = scalarProgram(scope, grid.points)
      if (program === null) return []
      open.push({ argument: 'points', as: 'u32', program })
    }
    return launcher.canSettle(open) ? open : []
  }

  *argument(arg: NumberArg): Reading<number> {
    yield* this.read(arg.kind === 'extent' ? countedBehindAxis(this.plan, arg.axis) : countedBehindScalar(this.plan, arg.scalar))
    return this.known(arg) ?? 0
  }

  *grid({ points, team, width }: NonNullable<LaunchPlan['grid']>, open: readonly OpenNumber[]): Reading<Grid> {
    const most = open.find(({ argument }) => argument === 'points')?.program.most
    return {
      points: most ?? (yield* this.extent(points, 'the points of a kernel')),
      team,
      // A hint is not worth waiting for, and it may speak of what this very kernel counts.
      width:
        width === null || this.result.slots[width] === undefined
          ? null
          : extentOf(this.result.slots, width, 'the loops of a kernel'),
    }
  }

  *finish(): Reading<RunResult> {
    if (this.plan.repeat > 0) yield* this.read(new Set(this.plan.counted.keys()))
    return this.result
  }

  private *extent(scalar: number, what: string): Reading<number> {
    if (this.result.slots[scalar] === undefined) yield* this.read(countedBehindScalar(this.plan, scalar))
    return extentOf(this.result.slots, scalar, what)
  }

  private *read(axes: ReadonlySet<string>): Reading<void> {
    const open = [...axes].filter((axis) => !this.result.extents.has(axis))
    if (open.length === 0) return
    const counts = yield open.map((axis) => {
      const buffer = this.plan.counted.get(axis) ?? -1
      const { block, byte } = this.placement
      return { block: block[buffer] ?? 0, byte: byte[buffer] ?? 0, dtype: 'i32', length: 1 }
    })
    const extents = new Map(this.result.extents)
    const most = largestCount(this.plan)
    for (const [i, axis] of open.entries()) {
      const count = Math.max(0, counts[i]?.[0] ?? 0)
      if (count > most) throw problem('ESP4402', { expected: `an extent of axis \`${axis}\` up to ${most}`, got: String(count) })
      extents.set(axis, count)
    }
    const slots = settleScalars(this.plan.variant, this.plan.scope, extents, this.result.slots)
    this.result = { extents, slots }
  }
}
