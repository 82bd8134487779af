/** The CUDA target: one CUDA C file for each policy. */
import type { Backend } from '../backend.ts'
import { cudaCaps } from './caps.ts'
import { emitCuda } from './emit.ts'

export const cudaBackend: Backend = {
  name: 'cuda',
  extension: 'cu',
  summary: 'CUDA C for NVIDIA GPUs of compute capability 8.0 and later',
  caps: cudaCaps,
  emit: (kernels) => Promise.resolve([{ extension: 'cu', role: 'kernels', content: emitCuda(kernels) }]),
  // Whether there is a GPU is found out when a policy is loaded.
  unavailable: () => null,
}
