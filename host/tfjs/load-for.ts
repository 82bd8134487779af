/** Loads a policy for the backend of TensorFlow.js in use. */
import { entryError } from './entry-error.ts'
import { backendDevice } from './shared-device.ts'
import type { LoadFor } from './types.ts'

export const loadFor: LoadFor = async (tensorflow, { wasm, wgsl }) => {
  await tensorflow.ready()
  const device = backendDevice(tensorflow)
  if (wgsl !== undefined && (device !== null || wasm === undefined)) return wgsl(device === null ? {} : { device })
  if (wasm !== undefined) return wasm()
  throw entryError('loadFor', "argument 'loaders' must say how the policy is loaded: wasm, wgsl or both")
}
