/** Whether tensors and policy are on one device, so that elements need not leave it: the backend `webgpu`, and a policy loaded on its device. */
import { entryError } from './entry-error.ts'
import type { AnyPolicy, TensorFlow } from './types.ts'

const isDevice = (value: unknown): value is GPUDevice =>
  typeof value === 'object' && value !== null && 'createBuffer' in value && 'queue' in value

/** The device of the backend in use; null where tensors are not in buffers of a `GPUDevice`. */
export function backendDevice(tensorflow: TensorFlow): GPUDevice | null {
  const { device } = tensorflow.backend() as { readonly device?: unknown }
  return isDevice(device) ? device : null
}

/** The device of both; null when elements have to travel. */
export function sharedDevice(policy: AnyPolicy, tensorflow: TensorFlow): GPUDevice | null {
  const { device } = policy
  return isDevice(device) && backendDevice(tensorflow) === device ? device : null
}

/** Throws why elements would leave the device. */
export function requireSharedDevice(called: string, policy: AnyPolicy, tensorflow: TensorFlow): GPUDevice {
  const shared = sharedDevice(policy, tensorflow)
  if (shared !== null) return shared
  if (backendDevice(tensorflow) === null)
    throw entryError(
      called,
      `tensors of the backend '${tensorflow.getBackend()}' are not on a GPUDevice: use tf.setBackend('webgpu'), or leave out keepOnDevice`,
    )
  if (!isDevice(policy.device))
    throw entryError(
      called,
      'this policy was not built for WebGPU: build it with --target wgsl and load that with loadFor(), or leave out keepOnDevice',
    )
  throw entryError(called, 'this policy is on another GPUDevice than the tensors: load it with loadFor()')
}
