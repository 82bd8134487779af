/** A region while it is being put together. */
import type { ValueId } from '../../ir/node.ts'
import type { Anchor } from './anchors.ts'

export interface Draft {
  readonly anchors: readonly Anchor[] // program order
  readonly grid: readonly string[]
  /** Reductions that accumulate across grid points. */
  readonly across: ReadonlySet<ValueId>
  /** Takes in no other region. */
  readonly closed: boolean
}
