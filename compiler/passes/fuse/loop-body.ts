/**
 * What the body of a loop does to axes. Along `rows` nothing of the body reads another position of what is carried or
 * computed in it, so the whole loop can run at one position of them after the other.
 */
import { capturedValues } from '../../ir/captured.ts'
import type { Node, ValueId } from '../../ir/node.ts'
import { NONE, type OpDef } from '../../ir/op.ts'
import { blockNodes } from '../../ir/walk.ts'
import { rounds, tensorAxes, type Role } from './role.ts'

type RoleOf = (node: Node) => Role
type Ops = Readonly<Record<string, OpDef>>

export interface LoopBody {
  readonly rows: readonly string[]
  /** All other axes that something in the body has. */
  readonly inner: readonly string[]
  /** Axes that all carried values have and that are no rows, with the op of the body that reads across them. */
  readonly mixed: ReadonlyMap<string, string>
  /** Axes along which the body reads values at other positions. */
  readonly moved: readonly string[]
}

export function loopBody(node: Node, ops: Ops, roleOf: RoleOf): LoopBody {
  const nodes = node.regions.flatMap((region) => [...blockNodes(region)])
  const crossed = new Map<string, string>()
  const moved = new Set<string>()
  const own = ownValues(node, nodes, ops, roleOf)
  const axes = new Set(node.results.flatMap((result) => tensorAxes(result.type)))
  for (const inner of nodes) {
    inner.results.forEach((result) => tensorAxes(result.type).forEach((axis) => axes.add(axis)))
    const role = roleIn(inner, roleOf)
    const across = role === null ? [] : role.kind === 'point' ? movedOwn(inner, role, own) : role.inner
    across.forEach((axis) => axes.add(axis) && crossed.set(axis, inner.op))
    if (role?.kind === 'point') role.moved.flat().forEach((axis) => moved.add(axis))
  }
  const [first = [], ...others] = node.results.map((result) => tensorAxes(result.type))
  const shared = first.filter((axis) => others.every((list) => list.includes(axis)))
  const rows = shared.filter((axis) => !crossed.has(axis))
  return {
    rows,
    inner: [...axes].filter((axis) => !rows.includes(axis)),
    mixed: new Map([...crossed].filter(([axis]) => shared.includes(axis))),
    moved: [...moved],
  }
}

const roleIn = (node: Node, roleOf: RoleOf): Role | null => (node.results[0]?.type.kind === 'tensor' ? roleOf(node) : null)

/** Values that exist at the current position only: carried ones, and what the body computes and keeps. */
function ownValues(loop: Node, nodes: readonly Node[], ops: Ops, roleOf: RoleOf): ReadonlySet<ValueId> {
  const own = new Set<ValueId>()
  const yielded = new Set([loop, ...nodes].flatMap(({ regions }) => regions.flatMap(({ yields }) => yields)))
  const enter = (node: Node): void => node.regions.forEach((region) => region.params.forEach(({ id }) => own.add(id)))
  enter(loop)
  for (const node of nodes) {
    enter(node)
    // A costly value may get memory of its own.
    const isCostly = ops[node.op]!.traits.includes('costly')
    const isResult = node.results.some(({ id }) => yielded.has(id))
    const isKept = roleIn(node, roleOf)?.kind !== 'point' || rounds(node) || isCostly || isResult
    if (isKept || node.operands.some((id) => own.has(id))) node.results.forEach(({ id }) => own.add(id))
  }
  return own
}

function movedOwn(node: Node, role: Role & { readonly kind: 'point' }, own: ReadonlySet<ValueId>): readonly string[] {
  return node.operands.flatMap((id, i) => (own.has(id) ? (role.moved[i] ?? []) : []))
}

/** Point-wise values before the loops of a block that are costly, and would be computed again in every step. */
export function* repeatedByLoops(nodes: readonly Node[], ops: Ops, roles: ReadonlyMap<ValueId, Role>): Generator<ValueId> {
  const defs = new Map(nodes.flatMap((node) => node.results.map((result) => [result.id, node] as const)))
  const seen = new Set<ValueId>()
  const stack = nodes.flatMap((node) => (node.regions.length > 0 ? capturedValues(node) : []))
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    const def = defs.get(id)
    if (id === NONE || seen.has(id) || def === undefined || roles.get(id)?.kind !== 'point') continue
    seen.add(id)
    if (ops[def.op]!.traits.includes('costly') && def.operands.length > 0) yield id
    else stack.push(...def.operands)
  }
}
