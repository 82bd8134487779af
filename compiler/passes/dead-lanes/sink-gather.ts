/**
 * sink-gather: of a reduction whose result is compacted only the lanes that stay are computed: `gather(reduce(x))` becomes
 * `reduce(gather(x))` where the reduction does not mix the gathered axes, through pointwise ops in between. Exact, since what is
 * computed of a lane does not depend on others. The positions have to be those of a mask: one outside of its axis gives 0, and
 * an op below would make something else of that. What others read, too, is computed whole anyway.
 */
import type { Func, Node, ValueId } from '../../ir/node.ts'
import { attrAxes, hasTrait, NONE } from '../../ir/op.ts'
import { rule, type Rule, type RuleScope } from '../../ir/rewrite.ts'
import { sameType } from '../../ir/same-type.ts'
import { useCounts } from '../../ir/walk.ts'

/** Called with the reason when the rule would have applied. */
export type Missed = (reason: string, node: Node) => void

export function sinkGather(missed: Missed): Rule {
  const uses = new WeakMap<Func, ReadonlyMap<ValueId, number>>()
  const usesOf = (func: Func): ReadonlyMap<ValueId, number> => {
    const known = uses.get(func) ?? useCounts(func)
    uses.set(func, known)
    return known
  }
  return rule('sink-gather', (node, scope) => {
    const [x = NONE, ...positions] = node.operands
    const below = node.op === 'gather' ? scope.definition(x) : undefined
    if (below === undefined || !loopsBelow(x, scope)) return null
    const obstacle = obstacleTo(node, below, (usesOf(scope.func).get(x) ?? 0) > 1, scope)
    if (obstacle !== null) {
      missed(obstacle, node)
      return null
    }
    const axes = attrAxes(node.attrs)
    const operands = below.operands.map((id) => gathered(id, positions, axes, scope))
    const result = scope.emit(below.op, operands, below.attrs)
    return sameType(scope.typeOf(result), node.results[0]!.type) ? [result] : null
  })
}

/** Whether a value is a reduction, or point by point computed from one: all else is computed on demand as it is. */
function loopsBelow(id: ValueId, scope: RuleScope): boolean {
  const node = scope.definition(id)
  if (node === undefined || node.op === 'reduce') return node !== undefined
  return (
    hasTrait(scope.ops[node.op]!, 'elementwise') &&
    node.operands.some((operand) => operand !== NONE && loopsBelow(operand, scope))
  )
}

function obstacleTo(gather: Node, below: Node, isShared: boolean, scope: RuleScope): string | null {
  const axes = attrAxes(gather.attrs)
  const known = gather.operands.slice(1).every((id, at) => {
    const list = scope.definition(id)
    return list?.op === 'kept_indices' && list.attrs['axis'] === axes[at]
  })
  if (!known) return 'a position may lie outside its axis'
  const mixed = scope.ops[below.op]?.mixes?.(below.attrs) ?? []
  if (axes.some((axis) => mixed.includes(axis))) return `the ${below.op} goes along the gathered axis`
  return isShared ? 'all lanes are read elsewhere' : null
}

/** An operand at the positions: as it is where it does not have the axes. */
function gathered(id: ValueId, positions: readonly ValueId[], axes: readonly string[], scope: RuleScope): ValueId {
  const type = id === NONE ? null : scope.typeOf(id)
  const own = type?.kind === 'tensor' ? type.axes : []
  const at = axes.flatMap((axis, i) => (own.includes(axis) ? [i] : []))
  if (at.length === 0) return id
  return scope.emit('gather', [id, ...at.map((i) => positions[i]!)], { axes: at.map((i) => axes[i]!) })
}
