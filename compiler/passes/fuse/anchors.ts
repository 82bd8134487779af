/**
 * Splits the tensor part of a function into *anchors*, values that need a loop nest of their own (reductions, row ops,
 * results that are stored), and the point-wise ops between them, which are recomputed wherever they are read.
 */
import { definitions, typesOf } from '../../ir/walk.ts'
import type { Func, Node, ValueId } from '../../ir/node.ts'
import { hasTrait, NONE, type OpDef } from '../../ir/op.ts'
import type { Type } from '../../ir/types.ts'
import { roleOf, tensorAxes, type Role } from './iteration.ts'

/** An anchor reads another one, at other positions along `moved`. */
export interface Flow {
  readonly from: ValueId
  readonly moved: readonly string[]
}

export interface Anchor {
  readonly value: ValueId
  readonly node: Node | null // null: an input that is returned as it is
  readonly role: Role
  /** Axes of the result. */
  readonly axes: readonly string[]
  /** Every axis the anchor's loops run over. */
  readonly iteration: readonly string[]
  readonly flows: readonly Flow[]
  /** Tensors of the function's caller that it reads, through point-wise ops. */
  readonly reads: ReadonlySet<ValueId>
  /** Point-wise nodes between it and the anchors or inputs it reads. */
  readonly inlined: ReadonlySet<ValueId>
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
  const isTensor = (id: ValueId): boolean => id !== NONE && typeOf(id)?.kind === 'tensor'
  const roles = new Map<ValueId, Role>()
  for (const node of func.body.nodes) {
    const value = node.results[0]
    if (value?.type.kind === 'tensor') roles.set(value.id, roleOf(node, ops[node.op]!, typeOf))
  }
  const results = new Set(func.body.yields.filter(isTensor))
  for (const axis of func.axes) if (axis.extent.kind === 'counted') results.add(axis.extent.value)
  const chosen = new Set<ValueId>(results)
  for (const [value, role] of roles) if (role.kind !== 'point') chosen.add(value)
  for (const value of worthStoring(func, ops, roles, chosen, typeOf)) chosen.add(value)

  const anchors = new Map<ValueId, Anchor>()
  const ordered = [...func.params.map((param) => param.id), ...roles.keys()].filter((id) => chosen.has(id))
  for (const value of ordered) anchors.set(value, describe(value, { defs, typeOf, roles, chosen, isTensor }))
  return { func, types, defs, anchors, results }
}

interface Lookup {
  readonly defs: ReadonlyMap<ValueId, Node>
  readonly typeOf: (id: ValueId) => Type | undefined
  readonly roles: ReadonlyMap<ValueId, Role>
  readonly chosen: ReadonlySet<ValueId>
  readonly isTensor: (id: ValueId) => boolean
}

function describe(value: ValueId, look: Lookup): Anchor {
  const node = look.defs.get(value) ?? null
  const role: Role = look.roles.get(value) ?? { kind: 'point', moved: [] }
  const axes = tensorAxes(look.typeOf(value))
  const flows: Flow[] = []
  const reads = new Set<ValueId>()
  const inlined = new Set<ValueId>()
  const seen = new Set<string>()
  const visit = (id: ValueId, moved: readonly string[]): void => {
    const key = `${id}|${moved.join()}`
    if (!look.isTensor(id) || seen.has(key)) return
    seen.add(key)
    const def = look.defs.get(id)
    if (def === undefined) reads.add(id)
    else if (look.chosen.has(id)) flows.push({ from: id, moved })
    else {
      inlined.add(id)
      follow(def, look.roles.get(id)!, moved)
    }
  }
  const follow = (def: Node, via: Role, moved: readonly string[]): void =>
    def.operands.forEach((operand, i) => visit(operand, via.kind === 'point' ? union(moved, via.moved[i] ?? []) : moved))
  if (node === null) reads.add(value)
  else follow(node, role, [])
  const inner = role.kind === 'point' ? [] : role.inner
  const rows = role.kind === 'rows' ? role.rows : []
  return { value, node, role, axes, iteration: union(rows, axes, inner), flows, reads, inlined }
}

/**
 * Point-wise values that are costly and would be recomputed along an axis they do not have: `exp(x[token])` under a loop
 * over heads. Those get memory of their own.
 */
function* worthStoring(
  func: Func,
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
  for (const node of [...func.body.nodes].reverse()) {
    const value = node.results[0]
    if (value === undefined || !roles.has(value.id)) continue
    const role = roles.get(value.id)!
    const own = tensorAxes(value.type)
    const around = role.kind === 'point' && !chosen.has(value.id) ? [...(widest.get(value.id) ?? own)] : []
    const inner = role.kind === 'point' ? [] : role.inner
    const costly = role.kind === 'point' && !chosen.has(value.id) && hasTrait(ops[node.op]!, 'costly')
    if (costly && own.length > 0 && around.some((axis) => !own.includes(axis))) {
      yield value.id
      node.operands.forEach((operand) => operand !== NONE && widen(operand, own))
      continue
    }
    const iteration = [...own, ...around, ...inner]
    for (const operand of node.operands) if (operand !== NONE && typeOf(operand)?.kind === 'tensor') widen(operand, iteration)
  }
}
