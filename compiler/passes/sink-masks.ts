/**
 * sink-masks (F6): what is dropped later is not computed. Masks move into the reductions they apply to, and every reduction
 * whose result is looked at under masks alone is told so (`only`), so that its loops leave the rest out: after a cascade
 * step the scores of dropped tokens, and whole dropped queries and heads, cost nothing.
 *
 * A selection that is only thresholded afterwards needs nothing of this pass: lowering gives `keep` as a comparison of a key
 * with a threshold, read point by point, and a second pass over the scores runs only where ties have to be broken.
 */
import type { Func, Node, ValueId } from '../ir/node.ts'
import { NONE } from '../ir/op.ts'
import { rewriteFunc } from '../ir/rewrite.ts'
import { dropDead } from './canonicalize/drop-dead.ts'
import { absentFactors } from './sink-masks/absent-factors.ts'
import { maskedElements } from './sink-masks/masked-elements.ts'
import { withDemands } from './sink-masks/only-asked.ts'
import { definePass, type PassContext } from './pass.ts'

export const sinkMasks = definePass({
  name: 'sink-masks',
  summary: 'Moves masks into reductions, and tells reductions where nobody looks at their results.',
  from: 'policy',
  to: 'same',
  example: {
    before: `
      entry attend(%0 Q: f32[query, channel] input, %1 K: f32[token, channel] input, %2 alive: bool[token] input) axes(query, token, channel) {
        %3 = mul(%0, %1) : f32[query, channel, token]
        %4 = reduce(%3, _, _) {axes = ["channel"], kind = "sum"} : f32[query, token]
        %5 = mask(%4, %2) : f32[query, token]
        %6 = reduce(%5, _, _) {axes = ["token"], kind = "sum"} : f32[query]
        return out = %6
      }`,
    after: `
      entry attend(%0 Q: f32[query, channel] input, %1 K: f32[token, channel] input, %2 alive: bool[token] input) axes(query, token, channel) {
        %3 = mul(%0, %1) : f32[query, channel, token]
        %4 = reduce(%3, _, _, %2) {axes = ["channel"], kind = "sum"} : f32[query, token]
        %5 = reduce(%4, %2, _) {axes = ["token"], kind = "sum"} : f32[query]
        return out = %5
      }`,
  },
  run: (module, ctx) => ({ ...module, funcs: module.funcs.map((func) => sinkInto(func, ctx)) }),
})

function sinkInto(func: Func, ctx: PassContext): Func {
  const said = new Set<ValueId>()
  const missed = (reason: string, node: Node): void => {
    const id = node.results[0]?.id ?? NONE
    if (!said.has(id)) ctx.missed('absent-factors', reason, { func: func.name, span: node.span })
    said.add(id)
  }
  const moved = rewriteFunc(func, [maskedElements, absentFactors(missed)], {
    ops: ctx.ops,
    spend: () => ctx.spend(),
    onFired: ({ name }, node) =>
      ctx.fired(name, `a mask bounds the ${String(node.attrs['kind'])}`, { func: func.name, span: node.span }),
  })
  return withDemands(dropDead(moved, ctx.ops), ctx)
}
