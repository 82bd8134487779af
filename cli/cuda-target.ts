/** CUDA for the command line: the backend, and the first GPU, opened when a policy is run. */
import { cudaBackend } from '../backends/cuda-c/index.ts'
import { cudaInstance } from './compiled-instance.ts'
import type { CompiledTarget } from './compiled-runner.ts'

export const cudaTarget: CompiledTarget = {
  name: cudaBackend.name,
  target: () => cudaBackend,
  instantiate: cudaInstance,
}
