/** The WebAssembly target. */
import type { Artifact, Backend } from '../backend.ts'
import { wasmCaps } from './caps.ts'
import { emitWasm } from './emit.ts'

/** `i32.const 0; i8x16.splat; drop`: validates only where there is SIMD. */
const SIMD_PROBE = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 9, 1, 7, 0, 65, 0, 253, 15, 26, 11]

export const wasmBackend: Backend = {
  name: 'wasm',
  extension: 'wasm',
  summary: 'WebAssembly with 128-bit SIMD, for Node and browsers',
  caps: wasmCaps,
  async emit(kernels, options = {}) {
    const { bytes, wat } = await emitWasm(kernels, { wat: options.listing ?? false })
    const module: Artifact = { extension: 'wasm', role: 'kernels', content: bytes }
    return wat === null ? [module] : [module, { extension: 'wat', role: 'listing', content: wat }]
  },
  unavailable() {
    if (typeof WebAssembly === 'undefined') return 'this JavaScript engine has no WebAssembly'
    return WebAssembly.validate(new Uint8Array(SIMD_PROBE)) ? null : 'this JavaScript engine has no WebAssembly SIMD'
  },
}
