/** TensorFlow.js with its CPU and WebAssembly backends, for tests of the adapter and tests against its own operations. */
import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm'

export type BackendName = 'cpu' | 'wasm'

/** The backend is a global of TensorFlow.js: every test file sets the one it wants. */
export async function useBackend(name: BackendName): Promise<typeof tf> {
  // Says on every start that a faster backend exists.
  tf.env().set('PROD', true)
  if (tf.findBackend('wasm') === null) {
    setWasmPaths(join(dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')), sep))
    setThreadsCount(1)
  }
  if (!(await tf.setBackend(name))) throw new Error(`TensorFlow.js cannot start its backend ${name}`)
  await tf.ready()
  return tf
}

/** True at the k largest of the last axis. */
export function topMask(scores: tf.Tensor, k: number): tf.Tensor {
  if (k === 0) return tf.zeros(scores.shape, 'bool')
  const n = scores.shape.at(-1) ?? 0
  if (k === n) return tf.ones(scores.shape, 'bool')
  const { indices } = tf.topk(scores, k, true)
  return tf.cast(tf.max(tf.oneHot(tf.cast(indices, 'int32'), n), -2), 'bool')
}
