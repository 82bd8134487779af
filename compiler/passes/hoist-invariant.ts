/**
 * hoist-invariant: what a loop would compute anew in every step, though nothing it is made of changes, comes before the
 * loop. Host scalars always do, because the host knows them before anything runs and lowering relies on it; tensors are an
 * optional rewrite.
 */
import type { Block, Func, Node, ValueId } from '../ir/node.ts'
import { hasTrait } from '../ir/op.ts'
import { withBody } from '../ir/substitute.ts'
import { freeValues } from '../ir/walk.ts'
import { definePass, type PassContext } from './pass.ts'

export const hoistInvariant = definePass({
  name: 'hoist-invariant',
  summary: 'Moves what is the same in every step of a loop in front of it.',
  from: 'policy',
  to: 'same',
  requires: ['no-calls'],
  example: {
    before: `
      entry example(%0 x: f32[row, column] input, %1 n: int argument) axes(row, column) {
        %2 = literal() {scalar = "int", value = "0"} : int
        %3 = broadcast(%2) {axes = ["row"], dtype = "f32"} : f32[row]
        %4 = iterate(%1, %3) : f32[row] { (%5 step: i32[], %6 total: f32[row])
          %7 = reduce(%0, _, _) {axes = ["column"], kind = "sum"} : f32[row]
          %8 = mul(%7, %5) : f32[row]
          %9 = add(%6, %8) : f32[row]
          yield %9
        }
        return out = %4
      }`,
    after: `
      entry example(%0 x: f32[row, column] input, %1 n: int argument) axes(row, column) {
        %2 = literal() {scalar = "int", value = "0"} : int
        %3 = broadcast(%2) {axes = ["row"], dtype = "f32"} : f32[row]
        %7 = reduce(%0, _, _) {axes = ["column"], kind = "sum"} : f32[row]
        %4 = iterate(%1, %3) : f32[row] { (%5 step: i32[], %6 total: f32[row])
          %8 = mul(%7, %5) : f32[row]
          %9 = add(%6, %8) : f32[row]
          yield %9
        }
        return out = %4
      }`,
  },
  run: (module, ctx) => {
    const funcs = module.funcs.map((func) => hoistFunc(func, ctx))
    return funcs.every((func, i) => func === module.funcs[i]) ? module : { ...module, funcs }
  },
})

function hoistFunc(func: Func, ctx: PassContext): Func {
  const body = hoistBlock(func.body, func, ctx)
  return body === func.body ? func : withBody(func, body, (id) => id)
}

/** By identity when there is nothing to move. */
function hoistBlock(block: Block, func: Func, ctx: PassContext): Block {
  const nodes = block.nodes.flatMap((node) => {
    const def = ctx.ops[node.op]
    return def !== undefined && hasTrait(def, 'control') ? hoistLoop(node, func, ctx) : [node]
  })
  const same = nodes.length === block.nodes.length && nodes.every((node, i) => node === block.nodes[i])
  return same ? block : { ...block, nodes }
}

/** The loop with what comes before it now. Loops inside give up theirs first, so that it can move on. */
function hoistLoop(node: Node, func: Func, ctx: PassContext): readonly Node[] {
  const before: Node[] = []
  const regions = node.regions.map((region) => {
    const body = hoistBlock(region, func, ctx)
    const changing = new Set(body.params.map(({ id }) => id))
    const kept = body.nodes.filter((inner) => {
      if (isInvariant(inner, changing, ctx)) before.push(inner)
      else inner.results.forEach(({ id }) => changing.add(id))
      return !before.includes(inner)
    })
    return kept.length === body.nodes.length ? body : { ...body, nodes: kept }
  })
  const tensors = before.filter((inner) => inner.results.some(({ type }) => type.kind === 'tensor'))
  for (const inner of tensors)
    ctx.fired('hoist-invariant', `${inner.op} is the same in every step`, { func: func.name, span: inner.span })
  const same = regions.every((region, i) => region === node.regions[i])
  return [...before, same ? node : { ...node, regions }]
}

function isInvariant(node: Node, changing: ReadonlySet<ValueId>, ctx: PassContext): boolean {
  const def = ctx.ops[node.op]
  if (def === undefined || !hasTrait(def, 'pure')) return false
  const reads = [...node.operands, ...node.regions.flatMap((region) => freeValues(region))]
  if (reads.some((id) => changing.has(id))) return false
  return node.results.every(({ type }) => type.kind === 'scalar') || ctx.spend()
}
