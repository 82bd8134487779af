/**
 * Sizes that break kernels which were written for others, on this machine's GPU: `node bench/gpu/sizes.mjs [wgsl|cuda]`. Every row must
 * keep as many as it is asked to, and those must be the best.
 */
import { cudaBackend } from '../../backends/cuda-c/index.ts'
import { wgslBackend } from '../../backends/wgsl/index.ts'
import { instantiate as instantiateCuda } from '../../host/runtime/cuda/index.ts'
import { instantiate as instantiateWebgpu } from '../../host/runtime/webgpu/index.ts'
import { compiled } from './compiled.mjs'
import { openAll } from './full-device.mjs'

/** Around the sizes at which teams and the rows that they hold change. */
const edges = Array.from({ length: 14 }, (_, i) => 2 ** (i + 3)).flatMap((width) => [width - 1, width, width + 1])
const SIZES = [
  ...edges.map((width) => [3, width]),
  [0, 5],
  [5, 0],
  [1, 1],
  [1009, 2003],
  [1000000, 1],
  [1, 10000000],
  [30000, 10000],
]
const TEXT = 'policy rows(r: ratio = 30%) { entry e(X: f16[row, column]) { return mask: keep r of column by X } }'

async function onWebgpu() {
  const { create } = await import('webgpu')
  const gpu = create([]) // must not be collected before the device
  const device = await openAll(await gpu.requestAdapter())
  const { manifest, kernels } = await compiled(wgslBackend, 'rows', TEXT, 'f16')
  return { gpu, rows: await instantiateWebgpu(manifest, kernels, { device }), close: () => device.destroy() }
}

async function onCuda() {
  const { manifest, kernels } = await compiled(cudaBackend, 'rows', TEXT, 'f16')
  const rows = await instantiateCuda(manifest, kernels)
  return { gpu: null, rows, close: () => rows.release() }
}

const { gpu, rows, close } = await (process.argv[2] === 'cuda' ? onCuda() : onWebgpu())

/** Positive halves in an order that looks like none; their bits are in the order of the numbers. */
function halves(count) {
  const data = new Uint16Array(count)
  let state = 12345
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    data[i] = (state >>> 16) % 0x7c00
  }
  return data
}

/** The first row that keeps the wrong elements, or -1: the k largest, of equals the first. */
function wrongRow(data, mask, count, width, kept) {
  for (let row = 0; row < count; row++) {
    const at = row * width
    const histogram = new Uint32Array(0x7c00)
    for (let i = 0; i < width; i++) histogram[data[at + i]] += 1
    let cut = 0x7c00
    let above = 0
    while (cut > 0 && above < kept) above += histogram[--cut]
    let ties = kept - (above - (histogram[cut] ?? 0))
    for (let i = 0; i < width; i++) {
      const keep = kept > 0 && (data[at + i] > cut || (data[at + i] === cut && ties-- > 0))
      if ((mask[at + i] !== 0) !== keep) return row
    }
  }
  return -1
}

let failures = 0
for (const shape of SIZES) {
  const [count, width] = shape
  const data = halves(count * width)
  const started = performance.now()
  const { mask } = await rows.call('e', { X: { data, shape, dtype: 'f16' } })
  const got = await mask.data()
  const time = performance.now() - started
  const wrong = got.length === data.length ? wrongRow(data, got, count, width, Math.floor(0.3 * width + 1e-9)) : 0
  if (wrong >= 0) failures += 1
  console.log(
    `[${shape.join(', ')}]: ${wrong < 0 ? 'right' : `row ${wrong} is wrong`}, ${time.toFixed(0)} ms with copies in and out`,
  )
  mask.release()
}
close()
process.exit(gpu !== undefined && failures === 0 ? 0 : 1)
