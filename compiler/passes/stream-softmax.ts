/**
 * F4: sums weighted by a softmax become `fold_softmax`, which takes the scores one after the other, so that nothing waits for
 * the largest of all.
 *
 * It is a trade. Weights that wait for the maximum need all scores of a row at once. Where scores and values are dense, the row
 * stays in the scratch of one kernel and costs no traffic; there nothing is done. Where scores or values come from rows that run
 * along the summed axis (packed rows that are read, rows that are selected in), those rows are the grid of their kernel: scores
 * would go to memory for all of them, and be read back by another kernel. There it fires.
 */
import { neededValues } from '../ir/captured.ts'
import type { Func, Node, ValueId } from '../ir/node.ts'
import { NONE } from '../ir/op.ts'
import { roleOf } from './fuse/iteration.ts'
import { definePass, type PassContext } from './pass.ts'
import { graphOf, type Graph } from './stream-softmax/graph.ts'
import { rewrite, type Streamed } from './stream-softmax/rewrite.ts'
import { sumsOf, type WeightedSum } from './stream-softmax/sums.ts'
import { weightsOf, type Weights } from './stream-softmax/weights.ts'

export const streamSoftmax = definePass({
  name: 'stream-softmax',
  summary: 'turns sums weighted by a softmax into one pass with a running maximum, where that saves storing the scores',
  from: 'policy',
  to: 'same',
  example: {
    before: `
      entry example(
          %0 s: f32[head, token] input, %1 v: bitmap(64) over [channel] f32[token, channel] input
      ) axes(head, token, channel) {
        %2 = reduce(%0, _, _) {axes = ["token"], kind = "max"} : f32[head]
        %3 = sub(%0, %2) : f32[head, token]
        %4 = exp(%3) : f32[head, token]
        %5 = unpack(%1) : f32[token, channel]
        %6 = mul(%4, %5) : f32[head, token, channel]
        %7 = reduce(%6, _, _) {axes = ["token"], kind = "sum"} : f32[head, channel]
        return out = %7
      }`,
    after: `
      entry example(
          %0 s: f32[head, token] input, %1 v: bitmap(64) over [channel] f32[token, channel] input
      ) axes(head, token, channel) {
        %5 = unpack(%1) : f32[token, channel]
        %2, %9, %10 = fold_softmax(%0, %5) {axes = ["token"]} : f32[head], f32[head], f32[head, channel]
        %11 = sub(%2, %2) : f32[head]
        %12 = exp(%11) : f32[head]
        %13 = mul(%10, %12) : f32[head, channel]
        %14 = size() {axis = "token"} : int
        %15 = literal() {scalar = "int", value = "0"} : int
        %16 = gt(%14, %15) : bool
        %17 = select(%16, %13, %10) : f32[head, channel]
        %7 = broadcast(%17) {axes = ["head", "channel"]} : f32[head, channel]
        return out = %7
      }`,
  },
  run: (module, ctx) => ({
    ...module,
    funcs: module.funcs.map((func) => (func.role === 'entry' ? streamFunc(func, ctx) : func)),
  }),
})

function streamFunc(func: Func, ctx: PassContext): Func {
  const graph = graphOf(func)
  const streamed = func.body.nodes.flatMap((node): readonly Streamed[] => {
    const weights = weightsOf(node, graph)
    const sums = weights === null ? null : worthwhile(weights, graph, func, ctx)
    return weights === null || sums === null || !ctx.spend() ? [] : [{ weights, sums }]
  })
  return streamed.length === 0 ? func : rewrite(func, streamed, graph, ctx.ops)
}

function worthwhile(weights: Weights, graph: Graph, func: Func, ctx: PassContext): readonly WeightedSum[] | null {
  const where = { func: func.name, span: weights.node.span }
  const along = weights.axes.join(', ')
  const sums = sumsOf(weights, graph)
  if ('reason' in sums) {
    ctx.missed('stream-softmax', sums.reason, { ...where, span: sums.node?.span ?? where.span })
    return null
  }
  const sources = [weights.score, ...sums.flatMap((sum) => sum.factors.map((factor) => factor.id))]
  const rows = rowsAlong(sources, weights.axes, graph, ctx)
  if (rows === null) {
    ctx.missed('stream-softmax', `a row of scores over (${along}) stays in its kernel: there is no traffic to save`, where)
    return null
  }
  ctx.fired('stream-softmax', `rows of ${rows.op} run along (${along}): scores are used as they come and never stored`, where)
  return sums
}

/** An op behind one of the values whose rows run along the summed axes, which makes them the grid of its kernel. */
function rowsAlong(sources: readonly ValueId[], axes: readonly string[], graph: Graph, ctx: PassContext): Node | null {
  const seen = new Set<ValueId>()
  const visit = (id: ValueId): Node | null => {
    const def = graph.defs.get(id)
    // What has lost the summed axes is complete before the sum starts.
    if (def === undefined || seen.has(id) || !axes.some((axis) => graph.axesOf(id).includes(axis))) return null
    seen.add(id)
    const role = def.regions.length > 0 ? null : roleOf(def, ctx.ops, (operand) => graph.types.get(operand))
    if (role?.kind === 'rows' && axes.every((axis) => role.rows.includes(axis))) return def
    for (const operand of neededValues(def)) {
      const found = operand === NONE ? null : visit(operand)
      if (found !== null) return found
    }
    return null
  }
  for (const source of sources) {
    const found = visit(source)
    if (found !== null) return found
  }
  return null
}
