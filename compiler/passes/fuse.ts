/**
 * policy -> sparse: groups the tensor ops of every entry into regions, each of which becomes one kernel.
 *
 * F1: a score is a point-wise value, so it is recomputed inside the region that selects by it and never stored.
 * F2: a selection and what applies it have the same rows, so they are one region.
 * F3: independent regions over the same grid become one.
 */
import type { Block, Func, Module, Node, Value, ValueId } from '../ir/node.ts'
import { NONE } from '../ir/op.ts'
import type { TensorType } from '../ir/types.ts'
import { copyBlock } from '../ir/substitute.ts'
import { freeValues, nextId } from '../ir/walk.ts'
import { countsBehind, findAnchors, type Dataflow } from './fuse/anchors.ts'
import { foldClosure } from './fuse/fold-closure.ts'
import { roleOf } from './fuse/iteration.ts'
import { loopBody } from './fuse/loop-body.ts'
import type { Draft } from './fuse/draft.ts'
import { Grouping, siblings } from './fuse/grouping.ts'
import { definePass, type Pass, type PassContext } from './pass.ts'

export const fuse = definePass({
  name: 'fuse',
  summary: 'groups tensor ops into regions that become one kernel each',
  from: 'policy',
  to: 'sparse',
  example: {
    before: `module scaled policy {
  entry total (%0 X: f32[row, col] input) axes(row, col) {
    %1 = abs(%0) : f32[row, col]
    %2 = reduce(%1, _, _) {axes = ["col"], kind = "sum"} : f32[row]
    return total = %2
  }
}`,
    after: `module scaled sparse {
  entry total (%0 X: f32[row, col] input) axes(row, col) {
    %5 = region(%0) {grid = ["row"], types = [{"axes": ["row"], "dtype": "f32", "kind": "tensor"}]} : f32[row] {
      %3 = abs(%0) : f32[row, col]
      %4 = reduce(%3, _, _) {axes = ["col"], kind = "sum"} : f32[row]
      yield %4
    }
    return total = %5
  }
}`,
  },
  run: (module, ctx) => fuseModule(module, ctx, true),
})

/** Where many threads run the points of a grid, nothing accumulates across them. */
export const fuseFor = (execution: 'sequential' | 'grid'): Pass =>
  execution === 'sequential' ? fuse : { ...fuse, run: (module, ctx) => fuseModule(module, ctx, false) }

const fuseModule = (module: Module, ctx: PassContext, ordered: boolean): Module => ({
  ...module,
  level: 'sparse',
  funcs: module.funcs.filter((func) => func.role === 'entry').map((func) => fuseFunc(func, ctx, ordered)),
})

/** `ordered`: grid points run one after the other. */
function fuseFunc(func: Func, ctx: PassContext, ordered: boolean): Func {
  const flow = findAnchors(func, ctx.ops)
  const grouping = new Grouping(flow, ordered)
  const folds = [...flow.anchors.values()].filter(({ node }) => node?.op === 'fold_parts')
  const closed = new Map(folds.map((fold) => [fold, foldClosure(fold, flow)]))
  const inside = new Set([...closed.values()].flat())
  for (const anchor of flow.anchors.values()) {
    const closure = closed.get(anchor)
    if (closure !== undefined && anchor.role.kind === 'rows') grouping.addClosed(closure, anchor.role.rows)
    else if (!inside.has(anchor)) joinProducers(grouping, grouping.add(anchor), func, ctx)
  }
  joinSiblings(grouping, ctx, func)
  for (const { node } of flow.anchors.values()) if (node !== null && node.regions.length > 0) remarkLoop(node, flow, func, ctx)
  return rebuild(func, flow, grouping.sorted())
}

/** Where the steps of a loop run, and what forced more than a row to be carried. */
function remarkLoop(node: Node, flow: Dataflow, func: Func, ctx: PassContext): void {
  const where = { func: func.name, span: node.span }
  const { rows, mixed } = loopBody(node, ctx.ops, (each) => roleOf(each, ctx.ops, (id) => flow.types.get(id)))
  const across = [...mixed].map(([axis, op]) => `\`${op}\` reads across (${axis})`).join(', ')
  if (rows.length > 0)
    ctx.fired(
      'loop-rows',
      `every step of the loop is one kernel over (${rows.join(', ')})${across === '' ? '' : `; ${across}, so what is carried is a row over it`}`,
      where,
    )
  else
    ctx.missed(
      'loop-rows',
      `the loop runs over whole tensors: ${across === '' ? 'what it carries has no axis in common' : across}`,
      where,
    )
}

/** F1, F2: pulls the regions that feed `id` into it, nearest first. */
function joinProducers(grouping: Grouping, id: number, func: Func, ctx: PassContext): void {
  let current = id
  for (const producer of [...grouping.producers(id)].sort((x, y) => y - x)) {
    const where = { func: func.name, span: grouping.draft(current).anchors.at(-1)?.node?.span ?? null }
    if (grouping.reaches(producer, current, true)) {
      ctx.missed('fuse-producer', 'another region lies between the two', where)
      continue
    }
    if (!ctx.spend()) continue
    const refused = grouping.tryMerge(producer, current)
    if (refused === null) {
      ctx.fired('fuse-producer', describe(grouping.draft(producer)), where)
      current = producer
    } else ctx.missed('fuse-producer', refused, where)
  }
}

/** F3: independent regions over the same grid. */
function joinSiblings(grouping: Grouping, ctx: PassContext, func: Func): void {
  const byGrid = new Map<string, number[]>()
  for (const id of grouping.ids()) {
    const key = grouping.draft(id).grid.join()
    byGrid.set(key, [...(byGrid.get(key) ?? []), id])
  }
  for (const ids of byGrid.values()) {
    const open: number[] = []
    for (const id of ids) {
      const partner = open.find(
        (other) =>
          siblings(grouping.draft(other), grouping.draft(id)) && !grouping.reaches(other, id) && !grouping.reaches(id, other),
      )
      if (partner !== undefined && ctx.spend() && grouping.tryMerge(partner, id) === null)
        ctx.fired('fuse-siblings', describe(grouping.draft(partner)), { func: func.name })
      else open.push(id)
    }
  }
}

const describe = (draft: Draft): string =>
  `${draft.anchors.map((anchor) => anchor.node?.op ?? 'copy').join(' + ')} over (${draft.grid.join(', ')})`

/** Writes the regions out. Point-wise nodes are copied into every region that reads them, under fresh ids. */
function rebuild(func: Func, flow: Dataflow, drafts: readonly Draft[]): Func {
  const fresh = { next: nextId(func) }
  const outside = new Map<ValueId, ValueId>() // anchors by their id outside their region
  const needed = neededOutside(flow, drafts)
  const regions = drafts.map((draft) => regionNode(draft, flow, needed, outside, fresh))
  const yields = func.body.yields.map((id) => outside.get(id) ?? id)
  const axes = func.axes.map((axis) =>
    axis.extent.kind === 'counted'
      ? { ...axis, extent: { ...axis.extent, value: outside.get(axis.extent.value) ?? axis.extent.value } }
      : axis,
  )
  const outputs = func.outputs.map((output, i) => ({ ...output, value: yields[i]! }))
  return { ...func, axes, outputs, body: { params: func.body.params, nodes: withScalars(func, drafts, regions), yields } }
}

/** Host scalars come first, except for those that wait for a count: they follow the region that counts. */
function withScalars(func: Func, drafts: readonly Draft[], regions: readonly Node[]): readonly Node[] {
  const behind = countsBehind(func)
  let waiting = func.body.nodes.filter((node) => node.results.every((result) => result.type.kind !== 'tensor'))
  const counted = new Set<ValueId>()
  const ready = (): readonly Node[] => {
    const isReady = (node: Node): boolean =>
      node.results.every((result) => [...(behind.get(result.id) ?? [])].every((count) => counted.has(count)))
    const nodes = waiting.filter(isReady)
    waiting = waiting.filter((node) => !isReady(node))
    return nodes
  }
  const nodes = [...ready()]
  for (const [i, region] of regions.entries()) {
    for (const value of drafts[i]!.anchors.flatMap((anchor) => anchor.values)) counted.add(value)
    nodes.push(region, ...ready())
  }
  return nodes
}

function neededOutside(flow: Dataflow, drafts: readonly Draft[]): ReadonlySet<ValueId> {
  const needed = new Set<ValueId>(flow.results)
  for (const draft of drafts) {
    const own = new Set(draft.anchors.map((anchor) => anchor.value))
    for (const anchor of draft.anchors) for (const { from, result } of anchor.flows) if (!own.has(from)) needed.add(result)
  }
  return needed
}

function regionNode(
  draft: Draft,
  flow: Dataflow,
  needed: ReadonlySet<ValueId>,
  outside: Map<ValueId, ValueId>,
  fresh: { next: number },
): Node {
  const members = new Set(draft.anchors.flatMap((anchor) => [anchor.value, ...anchor.inlined]))
  const local = new Map<ValueId, ValueId>()
  // An input that is also returned has a copy outside; inside, the input itself is read.
  const rename = (id: ValueId): ValueId => (id === NONE || !flow.defs.has(id) ? id : (local.get(id) ?? outside.get(id) ?? id))
  const nodes: Node[] = []
  for (const node of flow.func.body.nodes) {
    if (!members.has(node.results[0]?.id ?? NONE)) continue
    const results = node.results.map(({ type }) => ({ id: fresh.next++, type }))
    const regions = node.regions.map((inner) => copyBlock(inner, rename, () => fresh.next++))
    nodes.push({ ...node, operands: node.operands.map(rename), regions, results })
    node.results.forEach(({ id }, i) => local.set(id, results[i]!.id))
  }
  const exported = draft.anchors.flatMap((anchor) => anchor.values).filter((id) => needed.has(id))
  const yields = exported.map((id) => local.get(id) ?? id)
  const results: Value[] = exported.map((id) => ({ id: fresh.next++, type: flow.types.get(id)! as TensorType }))
  exported.forEach((id, i) => outside.set(id, results[i]!.id))
  const block: Block = { params: [], nodes, yields }
  const types = results.map((result) => result.type)
  const span = draft.anchors.at(-1)?.node?.span ?? null
  return {
    op: 'region',
    operands: freeValues(block),
    attrs: { grid: draft.grid, types: types as never },
    results,
    regions: [block],
    span,
  }
}
