/** What is asked of a dense tensor, answered from its elements in JavaScript memory. */
import { decodeToFloat32, type TensorData } from '../../abi/dtype.ts'
import { EspalierError, problem } from '../../abi/espalier-error.ts'
import type { DTypeName } from '../../abi/manifest.ts'
import type { Float16ArrayLike } from './types.ts'

type Float16Constructor = new (buffer: ArrayBufferLike, byte: number, length: number) => Float16ArrayLike

/** The bits of an f16 tensor as a Float16Array over the same memory. */
export function asFloat16(name: string | null, dtype: DTypeName, data: TensorData): Float16ArrayLike {
  const { Float16Array: constructor } = globalThis as { Float16Array?: Float16Constructor }
  if (dtype !== 'f16') throw problem('ESP4203', { tensor: name ?? 'the tensor', expected: 'f16', got: dtype })
  if (constructor === undefined)
    throw new EspalierError('ESP4203', 'this host has no Float16Array; use data (the bits) or toFloat32()')
  return new constructor(data.buffer, data.byteOffset, data.length)
}

/** Throws ESP4203 unless a tensor has one element. */
export function requireOneElement(name: string | null, size: number): void {
  if (size !== 1)
    throw problem('ESP4203', { tensor: name ?? 'the tensor', expected: 'a tensor of one element', got: `a tensor of ${size}` })
}

export const onlyElement = (dtype: DTypeName, data: TensorData): number => decodeToFloat32(dtype, data)[0] ?? NaN
