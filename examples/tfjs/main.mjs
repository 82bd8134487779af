/**
 * Compiled policies inside a TensorFlow.js program: the real K/V cache of examples/mustafar as `tf.Tensor`s, pruned by
 * `std:knorm` and `std:mustafar`, beside the same selection by TensorFlow.js's own operations.
 *
 *   node examples/tfjs/main.mjs [--backend wasm|cpu]
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import { onTensorsSync } from 'espalier/tfjs'
import { readTensors } from '../mustafar/safetensors.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const command = join(here, '../../dist/espalier.js')
const out = join(here, '../../dist/examples/tfjs')
const BACKENDS = ['wasm', 'cpu']

function fail(message) {
  console.error(message)
  process.exit(1)
}

function chosenBackend() {
  const usage = 'usage: node examples/tfjs/main.mjs [--backend wasm|cpu]'
  try {
    const { backend } = parseArgs({ options: { backend: { type: 'string', default: 'wasm' } } }).values
    return BACKENDS.includes(backend) ? backend : fail(`there is no backend ${backend} here\n${usage}`)
  } catch (error) {
    return fail(`${error.message}\n${usage}`)
  }
}

/** An instance of a policy of the standard library. */
async function load(name, dtype) {
  const folder = join(out, name)
  const words = ['build', `std:${name}`, '--target', 'wasm', '--dtype', dtype, '--out', folder]
  const { status, stderr } = spawnSync(process.execPath, [command, ...words], { encoding: 'utf8' })
  if (status !== 0) fail(`espalier ${words.join(' ')} ended with status ${status}\n${stderr}`)
  return (await import(pathToFileURL(join(folder, `${name}.wasm.js`)).href)).load()
}

/** Milliseconds of the fastest of several runs; each result is given to `after`. */
function fastest(run, after) {
  const times = Array.from({ length: 9 }, () => {
    const start = performance.now()
    const result = run()
    const elapsed = performance.now() - start
    after(result)
    return elapsed
  })
  return Math.min(...times).toFixed(1)
}

if (!existsSync(command)) fail('dist/espalier.js is missing: run `npm ci`, or `npm run build`')
const backend = chosenBackend()
setWasmPaths(join(dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')), sep))
setThreadsCount(1)
tf.env().set('PROD', true)
await tf.setBackend(backend)

const [knorm, mustafar] = [await load('knorm', 'f32'), await load('mustafar', 'f16')]
const { select } = onTensorsSync(knorm, tf)
const { compress } = onTensorsSync(mustafar, tf)

/** The cache holds halves; TensorFlow.js holds them as float32, exactly. */
const cache = readTensors(join(here, '../mustafar/cache.safetensors'))
const asTensor = ({ dtype, shape, data }) => {
  const there = mustafar.tensor(dtype, shape, data)
  const tensor = tf.tensor(there.toFloat32(), shape)
  there.release()
  return tensor
}
const [K, V] = [asTensor(cache.K), asTensor(cache.V)]
const tokens = K.shape[2]
console.log(`tensors   K and V, float32 [${K.shape.join(', ')}], on the TensorFlow.js backend ${backend}`)

/** The same by hand: half the tokens of each head, those whose keys have the smallest norm. */
const byHand = () => tf.tidy(() => tf.topk(tf.neg(tf.sum(tf.mul(K, K), -1)), tokens / 2).indices)
const chosen = byHand()
const places = chosen.dataSync()
const before = tf.memory().numTensors
const isSame = tf.tidy(() => {
  const mask = select({ K }, { ratio: 0.5 }).tokens.dataSync()
  return places.every((token, i) => mask[Math.floor(i / (tokens / 2)) * tokens + token] === 1)
})
if (!isSame) fail('std:knorm and tf.topk keep different tokens')
const compiledTime = fastest(
  () => select({ K }, { ratio: 0.5 }),
  ({ tokens: mask }) => mask.dispose(),
)
const byHandTime = fastest(byHand, (indices) => indices.dispose())
console.log(
  `selected  ${tokens / 2} of ${tokens} tokens of each head by std:knorm in ${compiledTime} ms; the same by tf.topk in ${byHandTime} ms`,
)

const error = tf.tidy(() => {
  const { K: packed, V: packedV } = compress({ K, V }, { k_sparsity: 0.7, v_sparsity: 0.7 })
  const dense = tf.tensor(packed.toFloat32(), packed.shape)
  const share = tf.div(tf.norm(tf.sub(K, dense)), tf.norm(K)).dataSync()[0]
  const bytes = packed.bytes + packedV.bytes
  console.log(
    `packed    K and V by std:mustafar, ${packed.keptPerRow} of 64 channels: ${Math.round(bytes / 1024)} KiB of ${Math.round((K.size + V.size) / 256)} KiB`,
  )
  packed.release()
  packedV.release()
  return share
})
console.log(`lost      ${(100 * error).toFixed(1)} % of the norm of K`)
if (tf.memory().numTensors !== before) fail(`${tf.memory().numTensors - before} tensors were left behind`)
console.log(
  `memory    ${before} tensors before, ${tf.memory().numTensors} after; ${knorm.memory.used + mustafar.memory.used} bytes held by the policies`,
)
tf.dispose([K, V, chosen])
knorm.release()
mustafar.release()
