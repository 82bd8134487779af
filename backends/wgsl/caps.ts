/** What WebGPU offers to kernels, as data: what every device has. Hosts check the limits of the one they run on. */
import type { Capabilities } from '../backend.ts'

const GIB = 2 ** 30

export const wgslCaps: Capabilities = {
  storage: ['f32', 'f16', 'bf16', 'i32', 'u32', 'u8', 'i8', 'bool'],
  // f64 is arithmetic in whole numbers: exact and slow.
  lanes: { f32: [1], i32: [1], u32: [1], bool: [1], f64: [1], i64: [] },
  transcendental: ['f32'],
  maxMemoryBytes: 64 * GIB,
  maxBufferBytes: 4 * GIB,
  // Beyond eight, several buffers share a binding.
  maxKernelBuffers: 1000,
  readWriteBuffers: true,
  execution: 'grid',
  teamOps: 'ranges',
  largestTeam: 256,
  columnBytes: 0,
  storeBytes: 4,
  features: ['webgpu'],
}
