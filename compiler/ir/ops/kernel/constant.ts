/** A machine constant; infinities and NaN are spelt as text because attributes are JSON. */
import { defineOp } from '../../op.ts'
import { machine, type MachineDType } from '../../types.ts'

export const constant = defineOp({
  name: 'constant',
  summary: 'a machine constant, the same in every lane',
  levels: ['kernel'],
  operands: [],
  attrs: { value: 'json', dtype: 'string', lanes: 'number' },
  traits: ['pure'],
  infer: (_types, attrs) => [machine(attrs.dtype as MachineDType, attrs.lanes as number)],
  example: `kernel example() {
  %0 = constant() {dtype = "f32", lanes = 1, value = 1} : f32
}`,
})
