/** What WebAssembly with 128-bit SIMD offers, as data. `docs/adr/0004-binaryen-boundary.md` says why these features. */
import type { Capabilities } from '../backend.ts'

const PAGE_BYTES = 65536
export const MAX_PAGES = 65536

/**
 * Kernels fold a constant part of an index of up to this many bytes into the instruction. That is only right when no buffer
 * starts below it, because the rest of the address may then lie in front of the buffer: hosts leave these bytes free. The
 * heap of `host/runtime/wasm/heap.ts` does.
 */
export const RESERVED_BYTES = 1024

/** Most parameters a function may have in V8, SpiderMonkey and JavaScriptCore. */
const MAX_PARAMS = 1000

export const wasmCaps: Capabilities = {
  storage: ['f32', 'f16', 'bf16', 'i32', 'u32', 'u8', 'i8', 'bool'],
  lanes: { f32: [1, 4], i32: [1, 4], u32: [1, 4], bool: [1, 2, 4], f64: [1, 2], i64: [1, 2] },
  transcendental: ['f32'],
  maxMemoryBytes: MAX_PAGES * PAGE_BYTES,
  maxBufferBytes: MAX_PAGES * PAGE_BYTES - RESERVED_BYTES,
  maxKernelBuffers: MAX_PARAMS,
  readWriteBuffers: true,
  execution: 'sequential',
  teamOps: 'none',
  largestTeam: 1,
  columnBytes: 0,
  storeBytes: 1,
  features: ['simd128', 'bulk-memory', 'nontrapping-fptoint', 'sign-ext'],
}
