/**
 * dead-lanes: what nobody reads of a reduction is not computed. Compaction moves below what computes lane by lane, so that the
 * loops run over what stays. Point-wise values are computed where they are read in any case, and masks by position, also of
 * one position (`index(side) == 0`), bound the loops where they are lowered.
 */
import type { Node, ValueId } from '../ir/node.ts'
import { NONE } from '../ir/op.ts'
import { rewriteFunc } from '../ir/rewrite.ts'
import { dropDead } from './canonicalize/drop-dead.ts'
import { sinkGather } from './dead-lanes/sink-gather.ts'
import { definePass } from './pass.ts'

export const deadLanes = definePass({
  name: 'dead-lanes',
  summary: 'Compacts before reductions instead of after them, so that only lanes that stay are computed.',
  from: 'policy',
  to: 'same',
  example: {
    before: `
      entry kept(%0 Q: f32[query, channel] input, %1 K: f32[token, channel] input, %2 m: bool[query] input, %3 k: int param) axes(query, token, channel, w: %3) {
        %4 = kept_indices(%2, %3) {as = "w", axis = "query"} : i32[w]
        %5 = mul(%0, %1) : f32[query, channel, token]
        %6 = reduce(%5, _, _) {axes = ["channel"], kind = "sum"} : f32[query, token]
        %7 = gather(%6, %4) {axes = ["query"]} : f32[w, token]
        return out = %7
      }`,
    after: `
      entry kept(%0 Q: f32[query, channel] input, %1 K: f32[token, channel] input, %2 m: bool[query] input, %3 k: int param) axes(query, token, channel, w: %3) {
        %4 = kept_indices(%2, %3) {as = "w", axis = "query"} : i32[w]
        %5 = mul(%0, %1) : f32[query, channel, token]
        %6 = gather(%5, %4) {axes = ["query"]} : f32[w, channel, token]
        %7 = reduce(%6, _, _) {axes = ["channel"], kind = "sum"} : f32[w, token]
        return out = %7
      }`,
  },
  run: (module, ctx) => {
    const funcs = module.funcs.map((func) => {
      const said = new Set<ValueId>()
      const missed = (reason: string, node: Node): void => {
        const id = node.results[0]?.id ?? NONE
        if (!said.has(id)) ctx.missed('sink-gather', reason, { func: func.name, span: node.span })
        said.add(id)
      }
      const sunk = rewriteFunc(func, [sinkGather(missed)], {
        ops: ctx.ops,
        spend: () => ctx.spend(),
        onFired: ({ name }, node) => ctx.fired(name, 'only lanes that stay are computed', { func: func.name, span: node.span }),
      })
      return sunk === func ? func : dropDead(sunk, ctx.ops)
    })
    return { ...module, funcs }
  },
})
