/**
 * Splits the tensor part of a function into *anchors*, values that need a loop nest of their own (reductions, row ops,
 * results that are stored), and the point-wise ops between them, which are recomputed wherever they are read.
 */
import { capturedValues } from '../../ir/captured.ts'
import { definitions, typesOf } from '../../ir/walk.ts'
import type { Block, Func, Node, ValueId } from '../../ir/node.ts'
import { hasTrait, NONE, type OpDef } from '../../ir/op.ts'
import type { Type } from '../../ir/types.ts'
import { deepChains } from './deep-chains.ts'
import { roleOf } from './iteration.ts'
import { loopBody, repeatedByLoops } from './loop-body.ts'
import { rounds, tensorAxes, type Role } from './role.ts'

/** An anchor reads a result of another one, at other positions along `moved`. */
export interface Flow {
  /** The other anchor, by its `value`. */
  readonly from: ValueId
  /** Which of its results. */
  readonly result: ValueId
  readonly moved: readonly string[]
}

export interface Anchor {
  /** Its first result, by which it is known. */
  readonly value: ValueId
  /** All its results; most have one. */
  readonly values: readonly ValueId[]
  readonly node: Node | null // null: an input that is returned as it is
  readonly role: Role
  /** Axes of the results, of all together. */
  readonly axes: readonly string[]
  /** Every axis the anchor's loops run over. */
  readonly iteration: readonly string[]
  /** The axes that the loops of every result have, summed ones included: only along these can the anchor be taken apart. */
  readonly common: readonly string[]
  readonly flows: readonly Flow[]
  /** Tensors of the function's caller that it reads, through point-wise ops. */
  readonly reads: ReadonlySet<ValueId>
  /** Point-wise nodes between it and the anchors or inputs it reads. */
  readonly inlined: ReadonlySet<ValueId>
  /** Readable only when its region is over: packed parts, and lists whose length is counted. */
  readonly detached: boolean
  /** Counts that are the extent of an axis it runs over, or behind a number it reads: known only when their region is over. */
  readonly awaits: ReadonlySet<ValueId>
}

export interface Dataflow {
  readonly func: Func
  readonly types: ReadonlyMap<ValueId, Type>
  readonly defs: ReadonlyMap<ValueId, Node>
  readonly anchors: ReadonlyMap<ValueId, Anchor> // in program order
  /** Anchors that must be in memory after the function. */
  readonly results: ReadonlySet<ValueId>
}

const union = (...lists: (readonly string[])[]): string[] => [...new Set(lists.flat())]

export function findAnchors(func: Func, ops: Readonly<Record<string, OpDef>>): Dataflow {
  const types = typesOf(func)
  const defs = definitions(func)
  const typeOf = (id: ValueId): Type | undefined => types.get(id)
  const roles = rolesOf(func.body.nodes, ops, typeOf)
  const counts = countsOf(func)
  const results = new Set([...func.body.yields, ...counts.values()].filter((id) => typeOf(id)?.kind === 'tensor'))
  const first = firstResults(func.body.nodes)
  const chosen = new Set<ValueId>([...results].map((id) => first.get(id) ?? id))
  for (const [value, role] of roles) if (role.kind !== 'point' || rounds(defs.get(value)!)) chosen.add(value)
  for (const value of repeatedByLoops(func.body.nodes, ops, roles)) chosen.add(value)
  for (const value of worthStoring(func.body.nodes, ops, roles, chosen, typeOf)) chosen.add(value)
  for (const value of deepChains(func.body.nodes, roles, chosen)) chosen.add(value)
  const look: Lookup = { ops, defs, first, typeOf, roles, chosen, counts, behind: countsBehind(func, counts) }
  const ordered = [...func.params.map((param) => param.id), ...roles.keys()].filter((id) => chosen.has(id))
  return { func, types, defs, anchors: new Map(ordered.map((value) => [value, describe(value, look)])), results }
}

/**
 * The anchors of a region that fusion made: its reductions, row ops and results, and rows that are read again and again, unless those
 * are `recomputed` wherever they are read.
 */
export function regionAnchors(
  block: Block,
  ops: Readonly<Record<string, OpDef>>,
  types: ReadonlyMap<ValueId, Type>,
  recomputed = false,
): readonly Anchor[] {
  const typeOf = (id: ValueId): Type | undefined => types.get(id)
  const defs = new Map(block.nodes.flatMap((node) => node.results.map((result) => [result.id, node])))
  const roles = rolesOf(block.nodes, ops, typeOf)
  const first = firstResults(block.nodes)
  const chosen = new Set<ValueId>(block.yields.map((id) => first.get(id) ?? id))
  for (const [value, role] of roles) if (role.kind !== 'point' || rounds(defs.get(value)!)) chosen.add(value)
  for (const value of repeatedByLoops(block.nodes, ops, roles)) chosen.add(value)
  if (!recomputed) for (const value of worthStoring(block.nodes, ops, roles, chosen, typeOf)) chosen.add(value)
  for (const value of deepChains(block.nodes, roles, chosen)) chosen.add(value)
  const look: Lookup = { ops, defs, first, typeOf, roles, chosen, counts: new Map(), behind: new Map() }
  const copies = new Set(block.yields.filter((id) => !defs.has(id)))
  return [...copies, ...[...roles.keys()].filter((id) => chosen.has(id))].map((value) => describe(value, look))
}

/** The result by which the anchor of a value is known. */
const firstResults = (nodes: readonly Node[]): ReadonlyMap<ValueId, ValueId> =>
  new Map(nodes.flatMap((node) => node.results.map((result) => [result.id, node.results[0]!.id])))

function rolesOf(
  nodes: readonly Node[],
  ops: Readonly<Record<string, OpDef>>,
  typeOf: (id: ValueId) => Type | undefined,
): Map<ValueId, Role> {
  const roles = new Map<ValueId, Role>()
  for (const node of nodes) {
    const value = node.results[0]
    if (value?.type.kind === 'tensor') roles.set(value.id, roleOf(node, ops, typeOf))
  }
  return roles
}

interface Lookup {
  readonly ops: Readonly<Record<string, OpDef>>
  readonly defs: ReadonlyMap<ValueId, Node>
  readonly first: ReadonlyMap<ValueId, ValueId>
  readonly typeOf: (id: ValueId) => Type | undefined
  readonly roles: ReadonlyMap<ValueId, Role>
  readonly chosen: ReadonlySet<ValueId>
  /** Axes whose extent is counted on the device, with the count. */
  readonly counts: ReadonlyMap<string, ValueId>
  /** Host scalars that depend on counts, with those. */
  readonly behind: ReadonlyMap<ValueId, ReadonlySet<ValueId>>
}

function countsOf(func: Func): ReadonlyMap<string, ValueId> {
  return new Map(
    func.axes.flatMap(({ name, extent }): [string, ValueId][] => (extent.kind === 'counted' ? [[name, extent.value]] : [])),
  )
}

/** The counts behind every host scalar that has some: through the size of an axis, and arithmetic on it. */
export function countsBehind(func: Func, counts = countsOf(func)): ReadonlyMap<ValueId, ReadonlySet<ValueId>> {
  const behind = new Map<ValueId, ReadonlySet<ValueId>>()
  for (const node of func.body.nodes) {
    if (node.results.some((result) => result.type.kind === 'tensor')) continue
    const own = node.op === 'size' ? counts.get(String(node.attrs.axis)) : undefined
    const all = new Set([...(own === undefined ? [] : [own]), ...node.operands.flatMap((id) => [...(behind.get(id) ?? [])])])
    if (all.size > 0) for (const result of node.results) behind.set(result.id, all)
  }
  return behind
}

function describe(value: ValueId, look: Lookup): Anchor {
  const node = look.defs.get(value) ?? null
  const role: Role = look.roles.get(value) ?? { kind: 'point', moved: [] }
  const values = node?.results.map((result) => result.id) ?? [value]
  const axes = union(...values.map((id) => tensorAxes(look.typeOf(id))))
  const flows: Flow[] = []
  const reads = new Set<ValueId>()
  const inlined = new Set<ValueId>()
  const seen = new Set<string>()
  const awaits = new Set<ValueId>()
  const visit = (id: ValueId, moved: readonly string[]): void => {
    for (const count of look.behind.get(id) ?? []) awaits.add(count)
    const key = `${id}|${moved.join()}`
    if (id === NONE || look.typeOf(id)?.kind !== 'tensor' || seen.has(key)) return
    seen.add(key)
    const def = look.defs.get(id)
    const from = look.first.get(id) ?? id
    if (def === undefined) reads.add(id)
    else if (look.chosen.has(from)) flows.push({ from, result: id, moved })
    else {
      inlined.add(id)
      follow(def, look.roles.get(id)!, moved)
    }
  }
  const follow = (def: Node, via: Role, moved: readonly string[]): void => {
    def.operands.forEach((operand, i) => visit(operand, via.kind === 'point' ? union(moved, via.moved[i] ?? []) : moved))
    if (def.regions.length > 0) followInto(def, moved)
  }
  /** What the body of a loop reads of the values before it. */
  const followInto = (loop: Node, moved: readonly string[]): void => {
    const inside = loopBody(loop, look.ops, (each) => roleOf(each, look.ops, look.typeOf)).moved
    for (const id of capturedValues(loop)) visit(id, union(moved, inside))
  }
  if (node === null) reads.add(value)
  else follow(node, role, [])
  const inner = role.kind === 'point' ? [] : role.inner
  const rows = role.kind === 'rows' ? role.rows : []
  const iteration = union(rows, axes, inner)
  // The counted list of a single row is filled without knowing how long it gets.
  const listed = node?.op === 'kept_indices' && axes.length === 1 ? String(node.attrs.as) : null
  for (const [axis, count] of look.counts) if (axis !== listed && iteration.includes(axis)) awaits.add(count)
  const detached = node?.op === 'pack' || (listed !== null && look.counts.has(listed))
  const common = role.kind === 'reduce' && role.common !== null ? role.common : iteration
  return { value, values, node, role, axes, iteration, common, flows, reads, inlined, detached, awaits }
}

/**
 * Point-wise values that are costly and would be recomputed along an axis they do not have: `exp(x[token])` under a loop
 * over heads. Those get memory of their own.
 */
function* worthStoring(
  nodes: readonly Node[],
  ops: Readonly<Record<string, OpDef>>,
  roles: ReadonlyMap<ValueId, Role>,
  chosen: ReadonlySet<ValueId>,
  typeOf: (id: ValueId) => Type | undefined,
): Generator<ValueId> {
  const widest = new Map<ValueId, Set<string>>()
  const widen = (id: ValueId, axes: readonly string[]): void => {
    const known = widest.get(id) ?? new Set<string>()
    axes.forEach((axis) => known.add(axis))
    widest.set(id, known)
  }
  for (const node of [...nodes].reverse()) {
    const value = node.results[0]
    if (value === undefined || !roles.has(value.id)) continue
    const role = roles.get(value.id)!
    const own = union(...node.results.map((result) => tensorAxes(result.type)))
    const around = role.kind === 'point' && !chosen.has(value.id) ? [...(widest.get(value.id) ?? own)] : []
    const inner = role.kind === 'point' ? [] : role.inner
    const costly = role.kind === 'point' && !chosen.has(value.id) && hasTrait(ops[node.op]!, 'costly')
    if (costly && own.length > 0 && around.some((axis) => !own.includes(axis))) {
      yield value.id
      node.operands.forEach((operand) => operand !== NONE && widen(operand, own))
      continue
    }
    const iteration = [...own, ...around, ...inner]
    for (const operand of node.operands)
      if (operand !== NONE && typeOf(operand)?.kind === 'tensor' && operand !== weighedOnce(node)) widen(operand, iteration)
  }
}

/** Scores of a fold are read once each, whatever the values that they weigh are looped over. */
const weighedOnce = ({ op, operands }: Node): ValueId =>
  op === 'fold_softmax' ? operands[0]! : op === 'fold_parts' ? operands[1]! : NONE
