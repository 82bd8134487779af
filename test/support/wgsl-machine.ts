/** Runs policies on a WebGPU device, for comparisons with the evaluator. */
import { wgslBackend } from '../../backends/wgsl/index.ts'
import { instantiate } from '../../host/runtime/webgpu/index.ts'
import type { Policy } from '../../host/runtime/webgpu/types.ts'
import type { Machine } from './differential.ts'

export const wgslMachine = (device: () => GPUDevice): Machine<Policy> => ({
  backend: wgslBackend,
  open: (compiled, sizes = {}) => {
    const artifact = compiled.artifacts.find((one) => one.role === 'kernels')!
    const source = new TextEncoder().encode(artifact.content as string)
    return instantiate(compiled.manifest, source, { sizes, device: device() })
  },
})
