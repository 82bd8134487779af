/**
 * Tensors to measure with: numbers of a generator that always gives the same, never all equal and never all zero. Floats are roughly
 * normal, with a standard deviation of about 1.15; integers lie in 0 to 15, so that small axes can be indexed by them; of booleans
 * half hold.
 */
import { dtypeBytes, encodeData, newData } from '../../abi/dtype.ts'
import type { DTypeName } from '../../abi/manifest.ts'
import { requireMemory } from '../files/memory.ts'
import { elementCount } from '../files/tensor.ts'
import { dense, type DenseTensor } from '../runner.ts'

const CHUNK = 2 ** 16

/** @param seed another one for every tensor, so that no two are equal */
export function generate(name: string, dtype: DTypeName, shape: readonly number[], seed: number): DenseTensor {
  const count = elementCount(shape)
  requireMemory(`a generated tensor for \`${name}\``, count * dtypeBytes(dtype))
  const data = newData(dtype, count)
  const isFloat = dtype === 'f32' || dtype === 'f16' || dtype === 'bf16'
  const next = words(seed)
  const largest = dtype === 'bool' ? 1 : 15
  const draw = isFloat ? () => bell(next) : () => next() & largest
  const chunk = new Float32Array(Math.min(CHUNK, count))
  for (let at = 0; at < count; at += CHUNK) {
    const part = chunk.subarray(0, Math.min(CHUNK, count - at))
    for (let i = 0; i < part.length; i++) part[i] = draw()
    data.set(encodeData(dtype, part), at)
  }
  return dense({ dtype, shape, data })
}

/** 32 random bits at a time, by xorshift. */
function words(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b9) | 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state
  }
}

/** The sum of four numbers, each even between -1 and 1. */
function bell(next: () => number): number {
  const [a, b] = [next(), next()]
  return ((a & 0xffff) + (a >>> 16) + (b & 0xffff) + (b >>> 16)) / 32768 - 4
}
