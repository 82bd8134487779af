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

const EXAMPLE = {
  before: `module doubled kernel {
  kernel k (%0 n: i32, %1 x: read f32[] argument, %2 y: readwrite f32[] argument) {
    %3 = constant() {dtype = "i32", lanes = 1, value = 0} : i32
    lanes(%3, %0) {combine = []} { (%4 i: i32)
      %5 = load(%1, %4) {lanes = 1} : f32
      %6 = add(%5, %5) : f32
      store(%2, %4, %6)
    }
  }
}`,
  after: `module doubled kernel {
  kernel k (%0 n: i32, %1 x: read f32[] argument, %2 y: readwrite f32[] argument) {
    %3 = constant() {dtype = "i32", lanes = 1, value = 0} : i32
    %7 = sub(%0, %3) : i32
    %8 = constant() {dtype = "i32", lanes = 1, value = 0} : i32
    %9 = max(%7, %8) : i32
    %10 = constant() {dtype = "i32", lanes = 1, value = -4} : i32
    %11 = and(%9, %10) : i32
    %12 = add(%3, %11) : i32
    for(%3, %12) {step = 4} { (%13 i: i32)
      %14 = load(%1, %13) {lanes = 4} : f32x4
      %15 = add(%14, %14) : f32x4
      store(%2, %13, %15)
    }
    for(%12, %0) {step = 1} { (%16 i: i32)
      %17 = load(%1, %16) {lanes = 1} : f32
      %18 = add(%17, %17) : f32
      store(%2, %16, %18)
    }
  }
}`,
}

export function vectorize(table: LaneTable): Pass {
  return definePass({
    name: 'vectorize',
    summary: 'turns side-by-side loops into loops over SIMD registers and remainders',
    from: 'kernel',
    to: 'same',
    example: EXAMPLE,
    run: (module) => ({
      ...module,
      funcs: module.funcs.map((func) => (func.role === 'kernel' ? rewriteFunc(func, table) : func)),
    }),
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
