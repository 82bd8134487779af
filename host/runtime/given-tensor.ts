/** A tensor that a caller makes in the memory of an instance. */
import {
  dtypeBytes,
  dtypeNames,
  dtypesOf,
  elementCount,
  encodeData,
  newData,
  type DataOf,
  type TensorData,
} from '../../abi/dtype.ts'
import { describe, problem } from '../../abi/espalier-error.ts'
import type { DTypeName } from '../../abi/manifest.ts'
import { readShape, requireLength } from './given-input.ts'
import type { Memory } from './memory.ts'
import type { DenseFields } from './resident.ts'

/** Zeros without data. */
export function placeTensor<D extends DTypeName>(
  memory: Memory,
  dtype: D,
  shape: readonly number[],
  data: unknown,
): DenseFields<D> {
  if (!dtypeNames.includes(dtype))
    throw problem('ESP4203', {
      tensor: 'tensor()',
      expected: `of a dtype among ${dtypeNames.join(', ')}`,
      got: describe(dtype),
    })
  const extents = readShape('tensor()', shape)
  const count = elementCount(extents)
  memory.requireFits(count * dtypeBytes(dtype), 'tensor()')
  const block = memory.put(dtype, dataOf(dtype, extents, count, data), 'tensor()')
  return { kind: 'dense', name: null, dtype, shape: extents, axes: extents.map(() => '*'), block }
}

function dataOf(dtype: DTypeName, shape: readonly number[], count: number, data: unknown): TensorData {
  if (data === undefined) return newData(dtype, count)
  if (Array.isArray(data)) {
    requireLength('tensor()', shape, data.length)
    return encodeData(dtype, data.map(Number))
  }
  if (!(dtypesOf(data) ?? []).includes(dtype))
    throw problem('ESP4203', { tensor: 'tensor()', expected: `the data of ${dtype}`, got: describe(data) })
  const stored = data as DataOf<DTypeName>
  requireLength('tensor()', shape, stored.length)
  return stored.constructor.name === 'Float16Array' ? new Uint16Array(stored.buffer, stored.byteOffset, stored.length) : stored
}
