/** One kernel of a region, with what the host passes to it. */
import type { Block, ValueId } from '../../ir/node.ts'
import type { HostPlan } from './host-plan.ts'

export interface LoweredKernel {
  readonly body: Block
  readonly args: readonly ValueId[]
  readonly argKinds: readonly string[]
  /** Of a kernel of many threads: whether teams work on its points. */
  readonly team: boolean | null
}

/** The kernel without points where a host scalar is 0, and as it is where that is 1: a host does not launch what has none. */
export const onlyIf = (plan: HostPlan, wanted: ValueId, kernel: LoweredKernel): LoweredKernel => ({
  ...kernel,
  args: kernel.args.map((arg, i) => (kernel.argKinds[i] === 'points' ? plan.scalar('mul', [arg, wanted]) : arg)),
})
