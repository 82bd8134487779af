/**
 * What Dawn offers on this machine's adapter, and copies, reads, dispatches and transfers in WebGPU: bytes per second counted
 * as read plus written. Times are of timestamps around many dispatches, and of the host's clock for comparison.
 */
import { median } from '../statistics.mjs'
import { limitsOf, openAll } from './full-device.mjs'
import { COPIES, FILL, NOTHING, PROBES, SUBGROUP_ORDER } from './webgpu-kernels.mjs'

const RUNS = 5
const EXACT_TIMESTAMPS = 'disable-dawn-features=timestamp_quantization'

export async function webgpuBaseline(mib) {
  const { create, globals } = await import('webgpu')
  Object.assign(globalThis, globals)
  const gpu = create([EXACT_TIMESTAMPS])
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
  if (adapter === null) throw new Error('no WebGPU adapter')
  const offer = describe(gpu, adapter)
  console.log(offer.info, offer.features.join(' '))
  const device = await openAll(adapter)
  const bench = bencher(device)

  const most = Math.min(offer.limits.maxStorageBufferBindingSize, offer.limits.maxBufferSize)
  const bytes = Math.min(mib * 2 ** 20, 2 ** Math.floor(Math.log2(most)))
  const probes = await probe(device)
  const bandwidth = await copies(bench, bytes)
  const inCache = bytes > 2 ** 24 ? await copies(bench, 2 ** 24) : []
  const results = {
    offer,
    largest_buffer: await largestBuffer(device, offer.limits.maxBufferSize),
    probes,
    subgroup: await subgroupOrder(device),
    bytes,
    bandwidth,
    bandwidth_16_mib: inCache,
    dispatches: await dispatches(bench),
    transfers: await transfers(device, Math.min(bytes, 2 ** 28)),
    compile_ms: await compileTimes(device),
  }
  device.destroy()
  return { ...results, other_settings: await otherSettings(create, bytes) }
}

function describe(gpu, adapter) {
  const { vendor, architecture, device, description, subgroupMinSize, subgroupMaxSize } = adapter.info
  return {
    info: { vendor, architecture, device, description, subgroupMinSize, subgroupMaxSize },
    features: [...adapter.features].sort(),
    language: [...gpu.wgslLanguageFeatures].sort(),
    limits: limitsOf(adapter),
  }
}

/** Runs pipelines, each with its buffers, `count` times in one pass, and says how long one takes, in milliseconds. */
function bencher(device) {
  const stamps = device.createQuerySet({ type: 'timestamp', count: 2 })
  const resolved = device.createBuffer({ size: 16, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC })
  const readable = device.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST })

  const pipeline = (code, entryPoint = 'main') =>
    device.createComputePipelineAsync({ layout: 'auto', compute: { module: device.createShaderModule({ code }), entryPoint } })
  const bind = (of, buffers) =>
    device.createBindGroup({
      layout: of.getBindGroupLayout(0),
      entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
    })

  async function timeOnce(count, record) {
    const encoder = device.createCommandEncoder()
    const timestampWrites = { querySet: stamps, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 }
    const pass = encoder.beginComputePass({ timestampWrites })
    for (let i = 0; i < count; i++) record(pass)
    pass.end()
    encoder.resolveQuerySet(stamps, 0, 2, resolved, 0)
    encoder.copyBufferToBuffer(resolved, 0, readable, 0, 16)
    const commands = encoder.finish()
    const started = performance.now()
    device.queue.submit([commands])
    await readable.mapAsync(GPUMapMode.READ)
    const wall = performance.now() - started
    const [begin, end] = new BigUint64Array(readable.getMappedRange().slice(0))
    readable.unmap()
    return { ms: Number(end - begin) / 1e6 / count, wall_ms: wall / count }
  }

  /** At most `most` repeats, as many as take 100 ms. */
  async function time(most, record) {
    const first = await timeOnce(1, record)
    const count = Math.max(1, Math.min(most, Math.round(100 / first.wall_ms)))
    if (count > 1) await timeOnce(count, record)
    const times = []
    for (let run = 0; run < RUNS; run++) times.push(await timeOnce(count, record))
    const of = (key) => median(times.map((each) => each[key]))
    return { ms: of('ms'), wall_ms: of('wall_ms'), best_ms: Math.min(...times.map(({ ms }) => ms)) }
  }
  return { device, pipeline, bind, time }
}

const STORAGE = () => GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST

/** So many workgroups in two dimensions, each within the limit. */
function grid(groups) {
  const x = Math.min(groups, 32768)
  return [x, Math.ceil(groups / x)]
}

async function copies({ device, pipeline, bind, time }, bytes) {
  const [from, to] = [0, 1].map(() => device.createBuffer({ size: bytes, usage: STORAGE() }))
  const fill = await pipeline(FILL)
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  pass.setPipeline(fill)
  pass.setBindGroup(0, bind(fill, [from]))
  pass.dispatchWorkgroups(...grid(bytes / 16 / 256))
  pass.end()
  device.queue.submit([encoder.finish()])

  const rows = []
  for (const { what, code, bytesPerGroup, ways } of COPIES) {
    const kernel = await pipeline(code)
    const group = bind(kernel, [from, to])
    const times = await time(2000, (each) => {
      each.setPipeline(kernel)
      each.setBindGroup(0, group)
      each.dispatchWorkgroups(...grid(bytes / bytesPerGroup))
    })
    const gbPerS = (ways * bytes) / times.ms / 1e6
    rows.push({ what, ...times, gb_per_s: Math.round(gbPerS) })
    console.log(`${what.padEnd(44)} ${times.ms.toFixed(4)} ms  ${gbPerS.toFixed(1)} GB/s  (wall ${times.wall_ms.toFixed(4)} ms)`)
  }
  const [a, b] = await Promise.all([from, to].map((buffer) => download(device, buffer, bytes / 2, 4096)))
  if (!a.equals(b)) console.log('the copy differs from what was copied')
  from.destroy()
  to.destroy()
  return rows
}

async function download(device, buffer, offset, bytes) {
  const readable = device.createBuffer({ size: bytes, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST })
  const encoder = device.createCommandEncoder()
  encoder.copyBufferToBuffer(buffer, offset, readable, 0, bytes)
  device.queue.submit([encoder.finish()])
  await readable.mapAsync(GPUMapMode.READ)
  const out = Buffer.from(readable.getMappedRange().slice(0))
  readable.destroy()
  return out
}

/** Whether each snippet compiles: `ok`, or the first line of why not. */
async function probe(device) {
  const found = {}
  for (const [name, code] of Object.entries(PROBES)) {
    device.pushErrorScope('validation')
    const module = device.createShaderModule({ code })
    let result = 'ok'
    try {
      await device.createComputePipelineAsync({ layout: 'auto', compute: { module, entryPoint: 'main' } })
    } catch (error) {
      const { messages } = await module.getCompilationInfo()
      result = (messages[0]?.message ?? error.message).split('\n')[0]
    }
    await device.popErrorScope()
    found[name] = result
    console.log(`${name.padEnd(32)} ${result}`)
  }
  return found
}

/** The size of subgroups, and whether lane i of a workgroup of 128 is invocation i, subgroup after subgroup. */
async function subgroupOrder(device) {
  if (!device.features.has('subgroups')) return null
  const { pipeline, bind } = bencher(device)
  const kernel = await pipeline(SUBGROUP_ORDER)
  const out = device.createBuffer({ size: 128 * 16, usage: STORAGE() })
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  pass.setPipeline(kernel)
  pass.setBindGroup(0, bind(kernel, [out]))
  pass.dispatchWorkgroups(1)
  pass.end()
  device.queue.submit([encoder.finish()])
  const raw = await download(device, out, 0, 128 * 16)
  const words = new Uint32Array(raw.buffer, raw.byteOffset, 512)
  const lane = (i) => ({ size: words[4 * i], lane: words[4 * i + 1], sum: words[4 * i + 2], before: words[4 * i + 3] })
  const lanes = Array.from({ length: 128 }, (_, i) => lane(i))
  const inOrder = lanes.every(({ size, lane: at }, i) => at === i % size)
  const result = { size: lanes[0].size, in_order: inOrder, sum_of_first: lanes[0].sum, exclusive_of_third: lanes[2].before }
  console.log(result)
  return result
}

async function dispatches({ device, pipeline, bind, time }) {
  const kernels = await Promise.all([pipeline(NOTHING), pipeline(NOTHING.replace('1u', '2u'))])
  const buffer = device.createBuffer({ size: 256, usage: STORAGE() | GPUBufferUsage.INDIRECT })
  device.queue.writeBuffer(buffer, 0, new Uint32Array([1, 1, 1]))
  const arguments_ = device.createBuffer({ size: 256, usage: STORAGE() | GPUBufferUsage.INDIRECT })
  device.queue.writeBuffer(arguments_, 0, new Uint32Array([1, 1, 1]))
  const groups = kernels.map((kernel) => bind(kernel, [buffer]))
  const us = ({ ms, wall_ms }) => ({ device_us: ms * 1000, wall_us: wall_ms * 1000 })
  const set = (pass, which) => {
    pass.setPipeline(kernels[which])
    pass.setBindGroup(0, groups[which])
  }
  let turn = 0
  const results = {
    'one pipeline, one pass': us(await time(2000, (pass) => (set(pass, 0), pass.dispatchWorkgroups(1)))),
    'two pipelines in turn': us(await time(2000, (pass) => (set(pass, turn++ & 1), pass.dispatchWorkgroups(1)))),
    'indirect, one pass': us(await time(500, (pass) => (set(pass, 0), pass.dispatchWorkgroupsIndirect(arguments_, 0)))),
  }
  const each = async (count, finish) => {
    const started = performance.now()
    for (let i = 0; i < count; i++) {
      const encoder = device.createCommandEncoder()
      const pass = encoder.beginComputePass()
      set(pass, 0)
      pass.dispatchWorkgroups(1)
      pass.end()
      device.queue.submit([encoder.finish()])
      if (finish === 'each') await device.queue.onSubmittedWorkDone()
    }
    await device.queue.onSubmittedWorkDone()
    return { wall_us: ((performance.now() - started) / count) * 1000 }
  }
  await each(50, 'end')
  results['a submit for each'] = await each(500, 'end')
  results['a submit for each, waited for'] = await each(100, 'each')
  const started = performance.now()
  for (let i = 0; i < 50; i++) await download(device, buffer, 0, 4)
  results['reading 4 bytes back'] = { wall_us: ((performance.now() - started) / 50) * 1000 }
  console.log(results)
  return results
}

async function transfers(device, bytes) {
  const buffer = device.createBuffer({ size: bytes, usage: STORAGE() })
  const data = new Uint8Array(bytes)
  const rate = async (action) => {
    await action()
    const started = performance.now()
    await action()
    return Number((bytes / (performance.now() - started) / 1e6).toFixed(2))
  }
  const results = {
    bytes,
    write_gb_per_s: await rate(async () => {
      device.queue.writeBuffer(buffer, 0, data)
      await device.queue.onSubmittedWorkDone()
    }),
    read_gb_per_s: await rate(() => download(device, buffer, 0, bytes)),
  }
  buffer.destroy()
  console.log(results)
  return results
}

/** Sizes are tried downwards from what the adapter says; contents are not touched. */
async function largestBuffer(device, limit) {
  for (let size = limit - (limit % 4); size >= 2 ** 28; size = Math.floor(size / 8) * 4) {
    device.pushErrorScope('out-of-memory')
    device.pushErrorScope('validation')
    const buffer = device.createBuffer({ size, usage: STORAGE() })
    const errors = [await device.popErrorScope(), await device.popErrorScope()]
    buffer.destroy()
    if (errors.every((error) => error === null)) return size
  }
  return null
}

/** Each kernel is one that no cache has seen. */
async function compileTimes(device) {
  const times = {}
  for (const { what, code } of COPIES.slice(0, 3)) {
    const started = performance.now()
    const fresh = code.replace(/(let i = [^;]*;)/, `$1 if (i == ${Math.floor(Math.random() * 2 ** 32)}u) { return; }`)
    const module = device.createShaderModule({ code: fresh })
    await device.createComputePipelineAsync({ layout: 'auto', compute: { module, entryPoint: 'main' } })
    times[what] = performance.now() - started
  }
  return times
}

/** The same copies without the bounds checks that Dawn adds, and what more there is with settings meant for experiments. */
async function otherSettings(create, bytes) {
  const settings = {
    unchecked: [EXACT_TIMESTAMPS, 'enable-dawn-features=disable_robustness'],
    experimental: [EXACT_TIMESTAMPS, 'enable-dawn-features=allow_unsafe_apis,vulkan_enable_f16_on_nvidia'],
  }
  const results = {}
  for (const [name, toggles] of Object.entries(settings)) {
    console.log(`\n${name}`)
    try {
      const gpu = create(toggles)
      const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
      const features = [...adapter.features].sort()
      const device = await openAll(adapter)
      results[name] = { features, bandwidth: await copies(bencher(device), bytes), probes: await probe(device) }
      device.destroy()
    } catch (error) {
      console.log(error.message)
      results[name] = { failed: error.message }
    }
  }
  return results
}
