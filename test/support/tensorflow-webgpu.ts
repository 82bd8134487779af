/**
 * TensorFlow.js with its backend `webgpu`, on the adapter that tests have. The backend looks for WebGPU in the globals of a page when
 * it is imported; everything is put on the device at once, as it would be if tensors were large.
 */
import * as tf from '@tensorflow/tfjs-core'
import { theGpu } from './gpu.ts'

/** The device of the backend. Other backends stay registered: `tf.setBackend` goes back to them. */
export async function useWebgpuBackend(): Promise<GPUDevice> {
  const { globals } = await import('webgpu')
  Object.assign(globalThis, globals)
  Object.defineProperty(globalThis, 'navigator', { value: { gpu: theGpu() }, configurable: true })
  await import('@tensorflow/tfjs-backend-webgpu')
  tf.env().set('PROD', true)
  tf.env().set('WEBGPU_CPU_FORWARD', false)
  if (!(await tf.setBackend('webgpu'))) throw new Error('TensorFlow.js cannot start its backend webgpu')
  await tf.ready()
  return (tf.backend() as unknown as { readonly device: GPUDevice }).device
}
