/**
 * Lets threads store whole words where elements are narrower than a word. Stores to neighbouring elements in straight code
 * become one; a loop of a team that stores element after element gives each thread the elements of a word, and goes one by
 * one only where a word is shared with what lies before or behind.
 */
import type { Block, Func, Module, Node, ValueId } from '../ir/node.ts'
import { AffineIndices } from './group-stores/affine.ts'
import { elementsPerWord } from './group-stores/element-group.ts'
import { groupNeighbours } from './group-stores/neighbours.ts'
import { wordLoop } from './group-stores/word-loop.ts'
import { definePass, type Pass, type PassContext } from './pass.ts'
import { LoopRewriter } from './vectorize/loop-rewriter.ts'

export const groupStores = definePass({
  name: 'group-stores',
  summary: 'stores of elements narrower than a word become stores of whole words',
  from: 'kernel',
  to: 'same',
  example: {
    before: `module mask kernel {
  kernel k (%0 y: readwrite f16[] argument, %1 n: i32, %2 x: f32) {
    %3 = constant() {dtype = "i32", lanes = 1, value = 2} : i32
    %4 = constant() {dtype = "i32", lanes = 1, value = 1} : i32
    points(%1) {team = false} { (%5 i: i32)
      %6 = mul(%5, %3) : i32
      store(%0, %6, %2)
      %7 = add(%6, %4) : i32
      store(%0, %7, %2)
    }
  }
}`,
    after: `module mask kernel {
  kernel k (%0 y: readwrite f16[] argument, %1 n: i32, %2 x: f32) {
    %3 = constant() {dtype = "i32", lanes = 1, value = 2} : i32
    %4 = constant() {dtype = "i32", lanes = 1, value = 1} : i32
    points(%1) {team = false} { (%5 i: i32)
      %6 = mul(%5, %3) : i32
      %7 = add(%6, %4) : i32
      store_group(%0, %6, %2, %2) {raw = false}
    }
  }
}`,
  },
  run: (module, ctx) => rewriteModule(module, ctx, true),
})

/** Where a thread can store less than a word, loops need not go over words; neighbours in straight code are one store all the same. */
export const groupStoresFor = (storeBytes: 1 | 4): Pass =>
  storeBytes === 4 ? groupStores : { ...groupStores, run: (module, ctx) => rewriteModule(module, ctx, false) }

const rewriteModule = (module: Module, ctx: PassContext, wordLoops: boolean): Module => ({
  ...module,
  funcs: module.funcs.map((func) => (func.role === 'kernel' ? rewriteFunc(func, ctx, wordLoops) : func)),
})

function rewriteFunc(func: Func, ctx: PassContext, wordLoops: boolean): Func {
  const rewriter = new LoopRewriter(func)
  const affine = new AffineIndices(func)
  const perWord = (buffer: ValueId): number => elementsPerWord(rewriter.typeOf(buffer))
  const fired = (reason: string, node: Node): void => ctx.fired('group-stores', reason, { func: func.name, span: node.span })
  const inBlock = (block: Block, team: boolean): Block => {
    const nodes = block.nodes.flatMap((node): readonly Node[] => {
      const isTeam = node.op === 'points' ? node.attrs.team === true : team
      const words = wordLoops && isTeam && node.op === 'lanes' && ctx.spend() ? wordLoop(rewriter, perWord, node) : null
      if (words !== null) fired('each thread stores the elements of a word', node)
      if (words !== null) return words
      return [{ ...node, regions: node.regions.map((inner) => inBlock(inner, isTeam && node.op !== 'lanes')) }]
    })
    const grouped = groupNeighbours(nodes, perWord, affine)
    if (grouped.length < nodes.length) fired('neighbouring elements are stored together', nodes[0]!)
    return { ...block, nodes: grouped }
  }
  return { ...func, body: inBlock(func.body, false) }
}
