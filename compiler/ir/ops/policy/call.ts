/**
 * `call`: a function of the module applied to values. `results` are the types it gives, as plain data, so that the type rule
 * needs no module; the verifier compares them with the function.
 */
import { attrString, defineOp } from '../../op.ts'
import type { Type } from '../../types.ts'
import { problem } from '../type-rules.ts'

export const call = defineOp({
  name: 'call',
  summary: 'A function of the module applied to values.',
  levels: ['policy'],
  operands: ['args*'],
  attrs: { callee: 'string', results: 'json' },
  traits: ['pure'],
  infer: (_types, attrs) =>
    Array.isArray(attrs['results'])
      ? (attrs['results'] as unknown as readonly Type[])
      : problem('a call says which types it gives'),
  eval: (operands, node, context) =>
    context.call(
      attrString(node.attrs, 'callee'),
      operands.filter((value) => value !== null),
    ),
  example: `fn double(%0 x: f32[row] input) axes(row) {
  %1 = add(%0, %0) : f32[row]
  return out = %1
}

entry example(%0 x: f32[row] input) axes(row) {
  %1 = call(%0) {callee = "double", results = [{"kind": "tensor", "dtype": "f32", "axes": ["row"]}]} : f32[row]
  return out = %1
}`,
})
