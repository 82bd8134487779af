/** What `float` inputs are stored as for a repeated call and the call that makes its packed inputs: one instance runs both. */
import type { FloatDTypes } from '../float-dtypes.ts'
import type { Program } from '../program.ts'
import type { RepeatRequest } from '../runner.ts'

export function repeatedDTypes(program: Program, { entry, inputs, producer }: RepeatRequest, known: FloatDTypes): FloatDTypes {
  if (producer === null) return program.floatDTypes(entry, inputs, known)
  const first = program.floatDTypes(producer.entry, producer.inputs, known)
  // A packed result is stored as the input that it is made of.
  return program.floatDTypes(entry, inputs, first)
}
