/**
 * absent-factors: a product with a factor that a mask turned into zero is zero, so `sum[t]((p where m) * v)` needs only the
 * elements where m holds. Unless v is infinite or NaN there, which times zero is NaN: the elements of a slice of v matter
 * all the same when anything in it is not finite, which takes one more look at v. Worth it where the sum reads v many times.
 */
import type { Node, ValueId } from '../../ir/node.ts'
import { attrAxes, hasTrait, NONE } from '../../ir/op.ts'
import { rule, type Rule, type RuleScope } from '../../ir/rewrite.ts'
import { isFloat, type TensorType } from '../../ir/types.ts'
import { conjunctsOf, type DemandScope } from './demand.ts'
import { maskedValue } from './masked-value.ts'

/** Called with the reason when the rule would have applied. */
export type Missed = (reason: string, node: Node) => void

export const absentFactors = (missed: Missed): Rule =>
  rule('absent-factors', (node, scope) => {
    const [x = NONE, where = NONE, otherwise = NONE, given] = node.operands
    if (node.op !== 'reduce' || node.attrs['kind'] !== 'sum' || otherwise !== NONE || given !== undefined) return null
    const factors = factorsOf(x, scope)
    const masked = factors.find((id) => maskedValue(id, scope) !== null)
    if (masked === undefined || factors.length < 2) return null
    const m = maskedValue(masked, scope)!.mask
    const others = factors.filter((id) => id !== masked)
    const obstacle = others.map((id) => obstacleTo(id, x, scope)).find((reason) => reason !== null)
    if (obstacle !== undefined) {
      if (obstacle !== null) missed(obstacle, node)
      return null
    }
    // A result without any element is the sum of nothing, so what decides about whole results belongs to the domain.
    const reduced = attrAxes(node.attrs)
    const isWhole = (part: ValueId): boolean => !axesOf(part, scope).some((axis) => reduced.includes(axis))
    const known = disjuncts(conjunctsOf(where, demandScope(scope)), scope)
    const parts = conjunctsOf(m, demandScope(scope)).filter((part) => !known.has(part))
    if (parts.length === 0) return null
    const spoiled = others.filter((id) => !alwaysFinite(id, scope)).map((id) => notFinite(id, m, node, scope))
    const unless = (part: ValueId): ValueId => spoiled.reduce((all, bad) => scope.emit('or', [all, bad]), part)
    const all = (masks: readonly ValueId[]): ValueId =>
      masks.reduce((both, part) => (both === NONE ? part : scope.emit('and', [both, part])), NONE)
    const domain = all([where, ...parts.filter(isWhole).map(unless)].filter((part) => part !== NONE))
    const only = all(parts.filter((part) => !isWhole(part)).map(unless))
    const operands = [x, domain, NONE]
    return [scope.emit('reduce', only === NONE ? operands : [...operands, only], node.attrs)]
  })

/** The masks, and what they are alternatives of. */
function disjuncts(masks: readonly ValueId[], scope: RuleScope): ReadonlySet<ValueId> {
  const all = new Set<ValueId>()
  const stack = [...masks]
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    all.add(id)
    const node = scope.definition(id)
    if (node?.op === 'or') stack.push(...node.operands)
  }
  return all
}

export const demandScope = (scope: RuleScope): DemandScope => ({
  ops: scope.ops,
  definition: (id) => scope.definition(id),
  axesOf: (id) => axesOf(id, scope),
})

function axesOf(id: ValueId, scope: RuleScope): readonly string[] {
  const type = scope.typeOf(id)
  return type.kind === 'tensor' ? type.axes : []
}

/** The factors of a product of floats, each once. */
function factorsOf(id: ValueId, scope: RuleScope): readonly ValueId[] {
  const node = scope.definition(id)
  if (node?.op !== 'mul') return [id]
  return [...new Set(node.operands.flatMap((operand) => factorsOf(operand, scope)))]
}

/** Why a factor that must be finite should not be looked at once more. */
function obstacleTo(id: ValueId, product: ValueId, scope: RuleScope): string | null {
  if (alwaysFinite(id, scope)) return null
  if (scope.typeOf(id).kind !== 'tensor') return 'a number that is not known to be finite multiplies the masked factor'
  if (!isAtHand(id, scope)) return 'the other factor is computed here, and would have to be finite'
  const own = axesOf(id, scope)
  if (axesOf(product, scope).every((axis) => own.includes(axis)))
    return 'the sum reads the other factor once: to see whether it is finite costs as much'
  return null
}

/** Whether a value is in memory, or computed from that point by point. */
function isAtHand(id: ValueId, scope: RuleScope): boolean {
  const node = scope.definition(id)
  if (node === undefined || scope.typeOf(id).kind === 'scalar') return true
  const pointwise = hasTrait(scope.ops[node.op]!, 'elementwise') || ['broadcast', 'rename', 'index', 'position'].includes(node.op)
  return pointwise && node.operands.every((operand) => isAtHand(operand, scope))
}

function alwaysFinite(id: ValueId, scope: RuleScope): boolean {
  const type = scope.typeOf(id)
  const node = scope.definition(id)
  if (type.kind === 'scalar')
    return type.scalar !== 'real' || (node?.op === 'literal' && !/inf|nan/.test(String(node.attrs['value'])))
  if (type.kind === 'tensor' && !isFloat(type.dtype)) return true
  const passes = ['broadcast', 'rename', 'mask', 'convert', 'abs', 'neg', 'sign']
  return node !== undefined && passes.includes(node.op) && alwaysFinite(node.operands[0]!, scope)
}

/** Whether a slice of the factor holds anything that is not finite: over those of its axes that the mask and the result have. */
function notFinite(id: ValueId, mask: ValueId, sum: Node, scope: RuleScope): ValueId {
  const own = (scope.typeOf(id) as TensorType).axes
  const reduced = attrAxes(sum.attrs)
  const kept = axesOf(mask, scope).filter((axis) => !reduced.includes(axis))
  const over = own.filter((axis) => !kept.includes(axis))
  const bad = scope.emit('isnan', [scope.emit('sub', [id, id])])
  return over.length === 0 ? bad : scope.emit('reduce', [bad, NONE, NONE], { kind: 'any', axes: over })
}
