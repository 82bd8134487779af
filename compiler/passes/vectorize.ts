/**
 * Replaces `lanes` loops on targets with SIMD registers: a loop over whole vectors, then one over what is left. Carried
 * values get one accumulator per lane, combined at the end. A body the registers cannot express becomes an ordinary loop.
 */
import type { Block, Func, Node } from '../ir/node.ts'
import type { MachineDType } from '../ir/types.ts'
import { LoopRewriter, type Widening } from './vectorize/loop-rewriter.ts'
import { vectorLoop } from './vectorize/vector-loop.ts'
import { definePass, type Pass } from './pass.ts'

/** Rows of a target's capability table that this pass reads: lane counts per machine dtype, ascending. */
export interface LaneTable {
  readonly lanes: Readonly<Record<MachineDType, readonly number[]>>
}

export function vectorize(table: LaneTable): Pass {
  return definePass({
    name: 'vectorize',
    summary: 'turns side-by-side loops into loops over SIMD registers and remainders',
    from: 'kernel',
    to: 'same',
    example: { before: '', after: '' },
    run: (module) => ({ ...module, funcs: module.funcs.map((func) => (func.role === 'kernel' ? rewriteFunc(func, table) : func)) }),
  })
}

function rewriteFunc(func: Func, table: LaneTable): Func {
  const rewriter = new LoopRewriter(func)
  const width = Math.max(...table.lanes.f32)
  const rewriteBlock = (block: Block): Block => ({ ...block, nodes: block.nodes.flatMap(rewriteNode) })
  const rewriteNode = (node: Node): readonly Node[] => {
    const inner: Node = node.regions.length === 0 ? node : { ...node, regions: node.regions.map(rewriteBlock) }
    if (inner.op !== 'lanes') return [inner]
    const widening: Widening = { width, allows: (dtype) => table.lanes[dtype].includes(width) }
    return vectorLoop(rewriter, inner, widening) ?? [rewriter.sequential(inner)]
  }
  return { ...func, body: rewriteBlock(func.body) }
}
