/** Runs policies on the first GPU with CUDA, for comparisons with the evaluator. */
import { cudaBackend } from '../../backends/cuda-c/index.ts'
import { instantiate } from '../../host/runtime/cuda/index.ts'
import type { Policy } from '../../host/runtime/cuda/types.ts'
import type { Machine } from './differential.ts'

export const cudaMachine: Machine<Policy> = {
  backend: cudaBackend,
  open: (compiled, sizes = {}) => {
    const artifact = compiled.artifacts.find((one) => one.role === 'kernels')!
    return instantiate(compiled.manifest, new TextEncoder().encode(artifact.content as string), { sizes })
  },
}
