/** The dtype of elements in memory that does not show it: what was said, or the only one that the entry takes. */
import { dtypeNames } from '../../../abi/dtype.ts'
import { describe, problem } from '../../../abi/espalier-error.ts'
import type { DTypeName, TensorSpec } from '../../../abi/manifest.ts'

/** @param where what a message calls the memory */
export function saidDType(spec: TensorSpec, said: unknown, where: string): DTypeName {
  const [only] = spec.dtypes
  if (said === undefined && spec.dtypes.length === 1 && only !== undefined) return only
  if (said === undefined) throw problem('ESP4202', { tensor: spec.name, got: where, expected: spec.dtypes.join(' or ') })
  if (dtypeNames.includes(said as DTypeName)) return said as DTypeName
  const expected = `of a dtype among ${dtypeNames.join(', ')}`
  throw problem('ESP4203', { tensor: spec.name, expected, got: `of dtype ${describe(said)}` })
}
