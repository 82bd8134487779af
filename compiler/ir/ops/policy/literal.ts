/** `literal`: a number or truth value known when the policy is compiled. Its text stays exact: `7/10`, not 0.7. */
import { isInteger, parseRational, toNumber } from '../../../../abi/rational.ts'
import { scalarValue } from '../../eval/tensor-value.ts'
import type { ScalarValue } from '../../eval-value.ts'
import { attrString, defineOp } from '../../op.ts'
import type { Attrs } from '../../node.ts'
import { scalar, type ScalarKind } from '../../types.ts'
import { problem } from '../type-rules.ts'

const SPECIAL: Readonly<Record<string, number>> = { inf: Infinity, '-inf': -Infinity, nan: NaN }

/** The value of a literal's text; null when it is not one of its kind. */
export function literalValue(text: string, kind: ScalarKind): ScalarValue | null {
  if (kind === 'bool') return text === 'true' || text === 'false' ? scalarValue(text === 'true') : null
  const special = Object.hasOwn(SPECIAL, text) ? SPECIAL[text] : undefined
  if (special !== undefined) return kind === 'real' ? scalarValue(special) : null
  const exact = parseRational(text)
  if (exact === null || (kind === 'int' && !isInteger(exact))) return null
  return scalarValue(kind === 'real' ? toNumber(exact) : exact)
}

const valueOf = (attrs: Attrs): ScalarValue | null =>
  literalValue(attrString(attrs, 'value'), attrString(attrs, 'scalar') as ScalarKind)

export const literal = defineOp({
  name: 'literal',
  summary: 'A number or truth value known when the policy is compiled, by its exact text.',
  levels: ['policy', 'sparse', 'kernel'],
  operands: [],
  attrs: { value: 'string', scalar: ['int', 'ratio', 'real', 'bool'] },
  traits: ['pure'],
  infer: (_types, attrs) =>
    valueOf(attrs) === null
      ? problem(`\`${attrString(attrs, 'value')}\` is not a literal of kind ${attrString(attrs, 'scalar')}`)
      : [scalar(attrString(attrs, 'scalar') as ScalarKind)],
  eval: (_operands, node) => {
    const value = valueOf(node.attrs)
    return value === null ? [] : [value]
  },
  example: `entry example(%0 x: f32[row] input) axes(row) {
  %1 = literal() {scalar = "ratio", value = "7/10"} : ratio
  %2 = mul(%0, %1) : f32[row]
  return out = %2
}`,
})
