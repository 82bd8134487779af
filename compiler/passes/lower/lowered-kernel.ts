/** One kernel of a region, with what the host passes to it. */
import type { Block, ValueId } from '../../ir/node.ts'

export interface LoweredKernel {
  readonly body: Block
  readonly args: readonly ValueId[]
  readonly argKinds: readonly string[]
  /** Of a kernel of many threads: whether teams work on its points. */
  readonly team: boolean | null
}
