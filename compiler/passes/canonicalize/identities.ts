/**
 * Rewrites that hold bit for bit (a NaN stays a NaN, its payload aside). Adding zero is not among them for floats, since
 * -0 + 0 is +0; subtracting zero is.
 */
import type { Node, ValueId } from '../../ir/node.ts'
import { attrAxes, attrString, NONE, type OpDef } from '../../ir/op.ts'
import { rule, type Rule, type RuleScope } from '../../ir/rewrite.ts'
import { sameType } from '../../ir/same-type.ts'
import { isFloat, rowAxes, type Type } from '../../ir/types.ts'
import { definitionOf, isUniform } from './uniform.ts'

/** The value, if it can stand for the node's only result: it has its type. */
function standsFor(node: Node, id: ValueId | undefined, scope: RuleScope): readonly ValueId[] | null {
  const [result, ...more] = node.results
  if (id === undefined || id === NONE || result === undefined || more.length > 0) return null
  return sameType(scope.typeOf(id), result.type) ? [id] : null
}

/** Whether arithmetic on the type is exact, so that x + 0 is x and x * 0 is 0. */
function isExact(type: Type): boolean {
  if (type.kind === 'scalar') return type.scalar !== 'real'
  if (type.kind === 'machine') return type.dtype !== 'f32' && type.dtype !== 'f64'
  return type.kind === 'tensor' && !isFloat(type.dtype)
}

const isBool = (type: Type | undefined): boolean =>
  type !== undefined && (type.kind === 'scalar' ? type.scalar === 'bool' : 'dtype' in type && type.dtype === 'bool')

/** `op(x, neutral)` is x; for commutative ops also `op(neutral, x)`. */
function neutral(name: string, op: string, value: number | boolean, holds: (type: Type) => boolean = () => true): Rule {
  return rule(name, (node, scope) => {
    const type = node.results[0]?.type
    if (node.op !== op || type === undefined || !holds(type)) return null
    const [x, y] = node.operands
    if (y !== undefined && isUniform(y, value, scope)) return standsFor(node, x, scope)
    const def: OpDef | undefined = scope.ops[op]
    return x !== undefined && def?.traits.includes('commutative') === true && isUniform(x, value, scope)
      ? standsFor(node, y, scope)
      : null
  })
}

/** `op(op(x))` is x. */
const involution = (name: string, op: string): Rule =>
  rule(name, (node, scope) => {
    const inner = node.op === op ? definitionOf(node.operands[0] ?? NONE, scope) : undefined
    return inner?.op === op ? standsFor(node, inner.operands[0], scope) : null
  })

/** `op(x, x)` is x. */
const idempotent = (name: string, op: string): Rule =>
  rule(name, (node, scope) =>
    node.op === op && node.operands[0] === node.operands[1] ? standsFor(node, node.operands[0], scope) : null,
  )

/** An op that changes nothing about the type changes nothing about the value. */
const noChange = (name: string, op: string): Rule =>
  rule(name, (node, scope) => (node.op === op ? standsFor(node, node.operands[0], scope) : null))

const timesZero = rule('times-zero', (node, scope) => {
  const type = node.results[0]?.type
  if (node.op !== 'mul' || type === undefined || !isExact(type)) return null
  const zero = node.operands.find((id) => isUniform(id, 0, scope))
  return standsFor(node, zero, scope)
})

const absOfSigned = rule('abs-of-signed', (node, scope) => {
  const inner = node.op === 'abs' ? definitionOf(node.operands[0] ?? NONE, scope) : undefined
  if (inner?.op === 'abs') return standsFor(node, node.operands[0], scope)
  const type = node.results[0]?.type
  if (type !== undefined && 'dtype' in type && type.dtype === 'u32') return null // negating wraps, and abs does not undo that
  return inner?.op === 'neg' && sameType(scope.typeOf(inner.operands[0] ?? NONE), scope.typeOf(node.operands[0] ?? NONE))
    ? [scope.emit('abs', inner.operands)]
    : null
})

const selectKnown = rule('select-known', (node, scope) => {
  if (node.op !== 'select') return null
  const [cond = NONE, x = NONE, y = NONE] = node.operands
  if (x === y || isUniform(cond, true, scope)) return standsFor(node, x, scope)
  return isUniform(cond, false, scope) ? standsFor(node, y, scope) : null
})

const sameRename = rule('rename-to-itself', (node, scope) =>
  node.op === 'rename' && node.attrs['from'] === node.attrs['to'] ? standsFor(node, node.operands[0], scope) : null,
)

const doubleRename = rule('double-rename', (node, scope) => {
  const inner = node.op === 'rename' ? definitionOf(node.operands[0] ?? NONE, scope) : undefined
  if (inner?.op !== 'rename' || inner.attrs['to'] !== node.attrs['from']) return null
  const from = attrString(inner.attrs, 'from')
  const to = attrString(node.attrs, 'to')
  return from === to ? standsFor(node, inner.operands[0], scope) : [scope.emit('rename', inner.operands, { from, to })]
})

const doubleBroadcast = rule('double-broadcast', (node, scope) => {
  const inner = node.op === 'broadcast' ? definitionOf(node.operands[0] ?? NONE, scope) : undefined
  const [type, innerType] = [node.results[0]?.type, inner?.results[0]?.type]
  if (inner?.op !== 'broadcast' || type?.kind !== 'tensor' || innerType?.kind !== 'tensor' || type.dtype !== innerType.dtype)
    return null
  return [scope.emit('broadcast', inner.operands, { axes: type.axes, dtype: type.dtype })]
})

const repeatedMask = rule('repeated-mask', (node, scope) => {
  const inner = node.op === 'mask' ? definitionOf(node.operands[0] ?? NONE, scope) : undefined
  return inner?.op === 'mask' && inner.operands[1] === node.operands[1] ? standsFor(node, node.operands[0], scope) : null
})

/** Nothing is stored in between that anybody else could see: what comes back is x, zero where it was not kept. */
const unpackOfPack = rule('unpack-of-pack', (node, scope) => {
  const inner = node.op === 'unpack' ? definitionOf(node.operands[0] ?? NONE, scope) : undefined
  if (inner?.op !== 'pack' || node.operands.length > 1) return null
  const masked = scope.emit('mask', inner.operands.slice(0, 2))
  return standsFor(node, masked, scope)
})

/** Rows of a packed tensor at positions: only those are decoded. */
const gatherOfUnpack = rule('gather-of-unpack', (node, scope) => {
  const [x = NONE, ...positions] = node.operands
  const inner = node.op === 'gather' ? definitionOf(x, scope) : undefined
  const packed = inner?.op === 'unpack' && inner.operands.length === 1 ? scope.typeOf(inner.operands[0] ?? NONE) : undefined
  if (inner === undefined || packed?.kind !== 'tensor' || packed.packing === undefined) return null
  const rows = rowAxes(packed.axes, packed.packing)
  const given = positions.map((id) => scope.typeOf(id)).flatMap((type) => (type.kind === 'tensor' ? type.axes : []))
  const inRows = attrAxes(node.attrs).every((axis) => rows.includes(axis))
  if (!inRows || given.some((axis) => packed.axes.includes(axis) && !rows.includes(axis))) return null
  return [scope.emit('unpack', [...inner.operands, ...positions], { axes: attrAxes(node.attrs) })]
})

/** An optional mask that holds everywhere need not be given. */
const maskThatHolds = rule('mask-that-holds', (node, scope) => {
  const def = scope.ops[node.op]
  const at = node.operands.findIndex((id, i) => {
    const name = def?.operands[i]
    return (name === 'where?' || name === 'within?') && id !== NONE && isUniform(id, true, scope)
  })
  if (at < 0) return null
  return [
    scope.emit(
      node.op,
      node.operands.map((id, i) => (i === at ? NONE : id)),
      node.attrs,
    ),
  ]
})

export const identities: readonly Rule[] = [
  gatherOfUnpack,
  neutral('times-one', 'mul', 1),
  neutral('over-one', 'div', 1),
  neutral('plus-zero', 'add', 0, isExact),
  neutral('minus-zero', 'sub', 0),
  neutral('and-true', 'and', true, isBool),
  neutral('or-false', 'or', false, isBool),
  neutral('mask-of-true', 'mask', true),
  involution('not-not', 'not'),
  involution('neg-neg', 'neg'),
  idempotent('and-itself', 'and'),
  idempotent('or-itself', 'or'),
  idempotent('min-itself', 'min'),
  idempotent('max-itself', 'max'),
  noChange('same-convert', 'convert'),
  noChange('same-broadcast', 'broadcast'),
  timesZero,
  absOfSigned,
  selectKnown,
  sameRename,
  doubleRename,
  doubleBroadcast,
  repeatedMask,
  unpackOfPack,
  maskThatHolds,
]
