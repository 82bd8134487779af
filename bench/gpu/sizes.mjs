/**
 * Sizes that break kernels which were written for others, on this machine's GPU through WebGPU: `node bench/gpu/sizes.mjs`. Every row must
 * keep as many as it is asked to, and those must be the best.
 */
import { wgslBackend } from '../../backends/wgsl/index.ts'
import { DiagnosticSink } from '../../compiler/diagnostics/sink.ts'
import { compile } from '../../compiler/driver.ts'
import { instantiate } from '../../host/runtime/webgpu/index.ts'
import { openAll } from './full-device.mjs'

const SIZES = [
  [0, 5],
  [5, 0],
  [1, 1],
  [1009, 2003],
  [1000000, 1],
  [1, 10000000],
  [30000, 10000],
]
const { create } = await import('webgpu')
const gpu = create([]) // must not be collected before the devices
const adapter = await gpu.requestAdapter()
const device = await openAll(adapter)
const [policy] = await compile({
  source: {
    name: 'rows',
    text: 'policy rows(r: ratio = 30%) { entry e(X: f16[row, column]) { return mask: keep r of column by X } }',
  },
  load: () => null,
  sink: new DiagnosticSink(),
  target: wgslBackend,
  version: 'bench',
})
const rows = await instantiate(policy.manifest, new TextEncoder().encode(policy.artifacts[0].content), { device })

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
device.destroy()
process.exit(gpu !== null && failures === 0 ? 0 : 1)
