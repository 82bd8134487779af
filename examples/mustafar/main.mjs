/**
 * The main job, `npm start`: compiles `std:mustafar` to WebAssembly, prunes a real K/V cache with it, checks every byte
 * against the reference evaluator, and shows what was kept.
 *
 *   npm start -- --sparsity 50% --layer 3 --head 1
 *
 * cache.safetensors: `K` and `V`, f16 [layer 6, kv 2, token 1024, channel 64], after rotary embedding, of a byte-level Llama
 * that read 1024 tokens.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { heatMap, legend } from './heat-map.mjs'
import { readTensors } from './safetensors.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const command = join(here, '../../dist/espalier.js')
const cachePath = join(here, 'cache.safetensors')
const out = join(here, '../../dist/examples/mustafar')
const isColour = process.stdout.isTTY === true && !process.env.NO_COLOR

function fail(message) {
  console.error(message)
  process.exit(1)
}

function options() {
  try {
    const { values } = parseArgs({
      options: {
        sparsity: { type: 'string', default: '70%' },
        layer: { type: 'string', default: '0' },
        head: { type: 'string', default: '0' },
      },
    })
    return { sparsity: values.sparsity, layer: Number(values.layer), head: Number(values.head) }
  } catch (error) {
    return fail(`${error.message}\nusage: npm start -- [--sparsity 70%] [--layer 0] [--head 0]`)
  }
}

/** Runs the command line in a process of its own; milliseconds. */
function espalier(...words) {
  const start = performance.now()
  const { status, stderr } = spawnSync(process.execPath, [command, ...words], { encoding: 'utf8' })
  if (status !== 0) fail(`espalier ${words.join(' ')} ended with status ${status}\n${stderr}`)
  return performance.now() - start
}

const KIB = 1024
const kib = (bytes) => `${Math.round(bytes / KIB).toLocaleString('en')} KiB`
const percent = (part) => `${(100 * part).toFixed(1)} %`
const same = (a, b) => a.length === b.length && a.every((x, i) => x === b[i])

/** The share of tokens that keep each channel, over `bands` runs of consecutive tokens of one head. */
function bandsOf(packed, layer, head, bands) {
  const [, heads, tokens, channels] = packed.shape
  const mask = packed.mask()
  const first = (layer * heads + head) * tokens
  const perBand = tokens / bands
  return Array.from({ length: bands }, (_, band) =>
    Array.from({ length: channels }, (_, channel) => {
      let kept = 0
      for (let t = 0; t < perBand; t++) kept += mask[(first + band * perBand + t) * channels + channel]
      return kept / perBand
    }),
  )
}

function showMasks(K, V, layer, head) {
  const [, , tokens, channels] = K.shape
  const bands = 32
  const [left, right] = [K, V].map((packed) => heatMap(bandsOf(packed, layer, head, bands), isColour))
  const title = (name) => `${name}: channels across, tokens down`.padEnd(channels)
  const isWide = (process.stdout.columns ?? 80) >= 2 * channels + 3
  console.log(
    `\nKept by layer ${layer}, head ${head}; each row of the map is ${tokens / bands} tokens   0 ${legend(isColour)} 1\n`,
  )
  if (isWide) {
    console.log(`${title('K')}   ${title('V')}`)
    left.forEach((line, i) => console.log(`${line}   ${right[i]}`))
  } else {
    console.log([title('K'), ...left, '', title('V'), ...right].join('\n'))
  }
}

if (!existsSync(command)) fail('dist/espalier.js is missing: run `npm ci`, or `npm run build`')
const { sparsity, layer, head } = options()

const buildTime = espalier('build', 'std:mustafar', '--target', 'wasm', '--dtype', 'f16', '--out', out)
console.log(`compiled  std:mustafar to WebAssembly in ${(buildTime / 1000).toFixed(2)} s`)

const shim = await import(pathToFileURL(join(out, 'mustafar.wasm.js')).href)
const policy = await shim.load()
const cache = readTensors(cachePath)
const [layers, heads] = cache.K.shape
const isIndex = (value, extent) => Number.isInteger(value) && value >= 0 && value < extent
if (!isIndex(layer, layers) || !isIndex(head, heads)) fail(`the cache has layers 0 to ${layers - 1} and heads 0 to ${heads - 1}`)
try {
  policy.set({ k_sparsity: sparsity, v_sparsity: sparsity })
} catch (error) {
  fail(`${error.code}: ${error.message.replace(/^ESP\d+: /, '')}`)
}

const resident = Object.fromEntries(
  Object.entries(cache).map(([name, { dtype, shape, data }]) => [name, policy.tensor(dtype, shape, data)]),
)
const { K, V } = policy.compress(resident)

const reference = join(out, 'reference.safetensors')
const settings = ['k_sparsity', 'v_sparsity'].flatMap((name) => ['--set', `${name}=${sparsity}`])
const checkTime = espalier(
  'run',
  'std:mustafar',
  '--entry',
  'compress',
  '--in',
  cachePath,
  ...settings,
  '--target',
  'reference',
  '--out',
  reference,
)
const expected = readTensors(reference)
for (const [name, packed] of Object.entries({ K, V }))
  for (const [part, data] of Object.entries(packed.parts))
    if (!same(data, expected[`${name}.${part}`]?.data ?? [])) fail(`part ${part} of ${name} differs from the reference evaluator`)
console.log(`checked   every byte equals the reference evaluator's (${(checkTime / 1000).toFixed(2)} s)`)

const times = Array.from({ length: 21 }, () => {
  const start = performance.now()
  const again = policy.compress(resident)
  const elapsed = performance.now() - start
  again.K.release()
  again.V.release()
  return elapsed
}).sort((a, b) => a - b)
const before = cache.K.data.byteLength + cache.V.data.byteLength
const after = K.bytes + V.bytes
const middle = times[times.length >> 1]
console.log(
  `pruned    K and V of ${cache.K.shape.join(' x ')} in ${middle.toFixed(1)} ms, ${(before / middle / 1e6).toFixed(2)} GB/s, one thread`,
)
console.log(
  `kept      ${percent((K.kept + V.kept) / (K.size + V.size))} of the elements, ${K.keptPerRow} of ${K.shape.at(-1)} in every row`,
)
console.log(`bytes     ${kib(before)} before, ${kib(after)} after: ${percent(after / before)}`)
showMasks(K, V, layer, head)
policy.release()
