/** Many equally long runs of bytes as the one copy of a plane that the driver does for them. */
import type { ByteRuns } from '../memory.ts'
import { outMemory } from './functions.ts'

/** `CUDA_MEMCPY2D`: for each side x, y, kind, host pointer, device pointer, array, pitch; then width and height. 8 bytes each. */
const FIELDS = 16
const FIELDS_OF_SIDE = 7
const KIND = 2
const DEVICE_POINTER = 4
const PITCH = 6
const WIDTH = 14
const HEIGHT = 15
const DEVICE = 2n
const MOST_PITCH = 2 ** 31 - 1

/** Null where runs overlap, are too far apart, or where there is one: these are copied one by one. */
export function planeCopy(from: bigint, to: bigint, { fromStride, toStride, bytes, count }: ByteRuns): DataView | null {
  const isPlane = [fromStride, toStride].every((stride) => stride >= bytes && stride <= MOST_PITCH)
  if (count === 1 || !isPlane) return null
  const plane = outMemory(8 * FIELDS)
  const put = (field: number, value: bigint): void => plane.setBigUint64(8 * field, value, true)
  for (const [side, pointer, pitch] of [
    [0, from, fromStride],
    [FIELDS_OF_SIDE, to, toStride],
  ] as const) {
    put(side + KIND, DEVICE)
    put(side + DEVICE_POINTER, pointer)
    put(side + PITCH, BigInt(pitch))
  }
  put(WIDTH, BigInt(bytes))
  put(HEIGHT, BigInt(count))
  return plane
}
