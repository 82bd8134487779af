/** The same selection by TensorFlow.js on its WebAssembly backend with one thread: `topk`, then `where`. */
import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'

/** Null when the packages, which only this benchmark needs, are not installed. */
export async function openTensorFlow() {
  try {
    const tf = await import('@tensorflow/tfjs-core')
    const wasm = await import('@tensorflow/tfjs-backend-wasm')
    const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')
    wasm.setWasmPaths(join(dirname(main), sep))
    wasm.setThreadsCount(1)
    await tf.setBackend('wasm')
    await tf.ready()
    return tf
  } catch (error) {
    console.error(`TensorFlow.js cannot run: ${error.message}`)
    return null
  }
}

/** The input is in the backend's memory before and the result is left there, as with the compiled policy. */
export function selections(tf, data, [rows, columns], k) {
  const x = tf.tensor2d(data, [rows, columns])
  const prune = () =>
    tf.tidy(() => {
      const magnitude = tf.abs(x)
      const { values } = tf.topk(magnitude, k, true)
      const cut = tf.slice(values, [0, k - 1], [rows, 1])
      return tf.where(tf.greaterEqual(magnitude, cut), x, tf.zerosLike(x))
    })
  return {
    topk: () => tf.tidy(() => void tf.topk(tf.abs(x), k, true)),
    prune: () => prune().dispose(),
    result: () => {
      const y = prune()
      const values = y.dataSync()
      y.dispose()
      return values
    },
  }
}
