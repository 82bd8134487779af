/** What CUDA devices of compute capability 8.0 and later offer to kernels, as data. */
import type { Capabilities } from '../backend.ts'

const GIB = 2 ** 30

export const cudaCaps: Capabilities = {
  storage: ['f32', 'f16', 'bf16', 'i32', 'u32', 'u8', 'i8', 'bool'],
  lanes: { f32: [1], i32: [1], u32: [1], bool: [1], f64: [1], i64: [1] },
  transcendental: ['f32', 'f64'],
  maxMemoryBytes: 1024 * GIB,
  // Indices of elements are 31 bits, so that they can be added without wrapping around.
  maxBufferBytes: 2 * GIB,
  // 4 KiB of parameters, of which a row of scratch takes 16 bytes.
  maxKernelBuffers: 240,
  readWriteBuffers: true,
  execution: 'grid',
  teamOps: 'all',
  largestTeam: 1024,
  columnBytes: 8,
  storeBytes: 1,
  features: ['cuda'],
}
