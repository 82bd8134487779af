/**
 * Folding of what is known while compiling: host scalars through the op's own `eval`, extents of pinned axes, and integer
 * arithmetic on machine constants. Only where the answer is the same on every machine: exact numbers, and doubles under
 * the operations IEEE 754 rounds correctly.
 */
import { isRational, parseRational, toText } from '../../../abi/rational.ts'
import { EvalError } from '../../ir/eval/eval-error.ts'
import { tensorValue } from '../../ir/eval/tensor-value.ts'
import type { EvalContext, EvalValue, ScalarValue } from '../../ir/eval-value.ts'
import type { Node, ValueId } from '../../ir/node.ts'
import { attrString, hasTrait, NONE, type OpDef } from '../../ir/op.ts'
import { literalValue } from '../../ir/ops/policy/literal.ts'
import { rule, type Rule, type RuleScope } from '../../ir/rewrite.ts'
import { tensor, type MachineType, type ScalarKind } from '../../ir/types.ts'
import { constantOf, literalOf } from './uniform.ts'

const roundedCorrectly: ReadonlySet<string> = new Set(
  'add sub mul div neg abs sqrt min max floor ceil round trunc select convert'.split(' '),
)
const integerOps: ReadonlySet<string> = new Set(
  'add sub mul neg min max and or xor shl shr not eq ne lt le gt ge select'.split(' '),
)

/** A fold never looks at data: an op that asks is not folded. */
const noContext: EvalContext = {
  extent: () => refuse(),
  run: () => refuse(),
  call: () => refuse(),
}

function refuse(): never {
  throw new EvalError('not known while compiling')
}

function evaluate(def: OpDef, operands: readonly (EvalValue | null)[], node: Node): EvalValue | null {
  try {
    return def.eval?.(operands, node, noContext)[0] ?? null
  } catch (error) {
    if (error instanceof EvalError || error instanceof RangeError) return null
    throw error
  }
}

/** The exact text of a scalar; null when a literal cannot say it (-0, or a number too long to be written). */
function literalText(value: ScalarValue['value'], kind: ScalarKind): string | null {
  if (typeof value === 'number' && Object.is(value, -0)) return null
  const text = isRational(value) ? toText(value) : typeof value === 'number' ? realText(value) : String(value)
  return literalValue(text, kind) === null ? null : text
}

function realText(value: number): string {
  if (Number.isFinite(value)) return toText(parseRational(String(value)) ?? { n: 0n, d: 1n })
  return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf'
}

const foldScalar = rule('fold-scalar', (node, scope) => {
  const def = scope.ops[node.op]
  const type = node.results[0]?.type
  if (def === undefined || !hasTrait(def, 'pure') || type?.kind !== 'scalar' || node.operands.length === 0) return null
  if (type.scalar === 'real' && !roundedCorrectly.has(node.op)) return null
  const operands = node.operands.map((id) => literalOf(id, scope))
  if (operands.some((value, i) => value === null && node.operands[i] !== NONE)) return null
  const result = evaluate(def, operands, node)
  const text = result?.kind === 'scalar' ? literalText(result.value, type.scalar) : null
  return text === null ? null : [scope.emit('literal', [], { scalar: type.scalar, value: text })]
})

/** The size of an axis whose extent is a host scalar of the function is that scalar. */
const sizeOfKnownAxis = rule('size-of-known-axis', (node, scope) => {
  if (node.op !== 'size') return null
  const extent = scope.func.axes.find((axis) => axis.name === attrString(node.attrs, 'axis'))?.extent
  if (extent?.kind !== 'scalar' || extent.value === node.results[0]?.id || !scope.visible(extent.value)) return null
  return [extent.value]
})

const isInteger = (type: MachineType): boolean => type.dtype === 'i32' || type.dtype === 'u32' || type.dtype === 'bool'

const foldInteger = rule('fold-integer', (node, scope) => {
  const def = scope.ops[node.op]
  const type = node.results[0]?.type
  if (def === undefined || !integerOps.has(node.op) || type?.kind !== 'machine' || !isInteger(type)) return null
  const operands: EvalValue[] = []
  for (const id of node.operands) {
    const operand = scope.typeOf(id)
    const value = constantOf(id, scope)
    if (value === null || operand.kind !== 'machine' || !isInteger(operand)) return null
    operands.push(tensorValue(operand.dtype as 'i32', [], [], Float64Array.of(value)))
  }
  const asTensor = { ...node, results: node.results.map((result) => ({ ...result, type: tensor(type.dtype as 'i32', []) })) }
  const result = evaluate(def, operands, asTensor)
  const value = result?.kind === 'tensor' ? result.data[0] : undefined
  return value === undefined ? null : [scope.emit('constant', [], { value: value + 0, dtype: type.dtype, lanes: type.lanes })]
})

/** (x + a) + b is x + (a + b) for wrapping integers: index arithmetic after unrolling. */
const gatherConstants = rule('gather-constants', (node, scope) => {
  const type = node.results[0]?.type
  if (type?.kind !== 'machine' || (type.dtype !== 'i32' && type.dtype !== 'u32')) return null
  const outer = constantTerm(node, scope)
  const inner = outer === null ? null : constantTerm(scope.definition(outer.rest), scope)
  return outer === null || inner === null
    ? null
    : [scope.emit('add', [inner.rest, scope.emit('add', [inner.constant, outer.constant])])]
})

/** A sum of one constant and something that is not constant. */
function constantTerm(node: Node | undefined, scope: RuleScope): { readonly constant: ValueId; readonly rest: ValueId } | null {
  const [x = NONE, y = NONE] = node?.op === 'add' ? node.operands : []
  const [xKnown, yKnown] = [constantOf(x, scope) !== null, constantOf(y, scope) !== null]
  if (xKnown === yKnown) return null
  return xKnown ? { constant: x, rest: y } : { constant: y, rest: x }
}

export const folds: readonly Rule[] = [foldScalar, sizeOfKnownAxis, foldInteger, gatherConstants]
