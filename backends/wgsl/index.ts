/** The WebGPU target: one WGSL module for each policy. */
import type { Backend } from '../backend.ts'
import { wgslCaps } from './caps.ts'
import { emitWgsl } from './emit.ts'

export const wgslBackend: Backend = {
  name: 'wgsl',
  extension: 'wgsl',
  summary: 'WebGPU compute shaders, for browsers, Node and Deno',
  caps: wgslCaps,
  emit: (kernels) => Promise.resolve([{ extension: 'wgsl', role: 'kernels', content: emitWgsl(kernels) }]),
  unavailable: () =>
    typeof navigator !== 'undefined' && 'gpu' in navigator ? null : 'this JavaScript engine has no WebGPU (navigator.gpu)',
}
