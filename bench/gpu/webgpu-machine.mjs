/**
 * Policies on this machine's GPU through WebGPU, timed by timestamps of the device: the passes of a call, and, in runs of their own,
 * every dispatch as a pass for itself. The cache is overwritten before each run.
 */
import { wgslBackend } from '../../backends/wgsl/index.ts'
import { instantiate } from '../../host/runtime/webgpu/index.ts'
import { openAll } from './full-device.mjs'
import { compiled } from './compiled.mjs'

const FILL = `
@group(0) @binding(0) var<storage, read_write> out: array<u32>;
override KIND: u32 = 0u;
fn hash(seed: u32) -> u32 {
  var x = seed * 747796405u + 2891336453u;
  x = ((x >> ((x >> 28u) + 4u)) ^ x) * 277803737u;
  return (x >> 22u) ^ x;
}
fn unit(bits: u32) -> f32 { return f32(bits & 0xffffu) / 32768.0 - 1.0; }
fn bell(seed: u32) -> f32 {
  let a = hash(seed); let b = hash(a ^ 0x9e3779b9u);
  return unit(a) + unit(a >> 16u) + unit(b) + unit(b >> 16u);
}
fn brain(seed: u32) -> u32 { return bitcast<u32>(bell(seed)) >> 16u; }
@compute @workgroup_size(256) fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) n: vec3u) {
  for (var i = id.x; i < arrayLength(&out); i += n.x * 256u) {
    switch KIND {
      case 1u: { out[i] = pack2x16float(vec2f(bell(2u * i), bell(2u * i + 1u))); }
      case 2u: { out[i] = brain(2u * i) | (brain(2u * i + 1u) << 16u); }
      case 3u: { let x = bell(i); out[i] = bitcast<u32>(x * x); }
      default: { out[i] = bitcast<u32>(bell(i)); }
    }
  }
}`
const FILLED = { f32: 0, f16: 1, bf16: 2, power: 3 }

const COPY = `
@group(0) @binding(0) var<storage, read_write> y: array<vec4u>;
@group(0) @binding(1) var<storage, read> x: array<vec4u>;
@compute @workgroup_size(256) fn main(@builtin(workgroup_id) w: vec3u, @builtin(local_invocation_index) t: u32) {
  let i = (w.x + w.y * 32768u) * 256u + t;
  if (i < arrayLength(&y)) { y[i] = x[i]; }
}`

const MAX_PASSES = 512
/** Of a buffer, filled at once: GPUs that this is for bind as much. */
const FILL_BYTES = 2 ** 30

export async function openMachine({ small }) {
  const { create, globals } = await import('webgpu')
  Object.assign(globalThis, globals)
  const gpu = create(['disable-dawn-features=timestamp_quantization'])
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
  if (adapter === null) throw new Error('there is no WebGPU adapter')
  const device = await openAll(adapter)
  if (!device.features.has('timestamp-query')) throw new Error('the device has no timestamps')
  const recorder = new Recorder(device)
  const pipelines = { fill: await pipelineOf(device, FILL), copy: await pipelineOf(device, COPY) }
  const storage = (size) =>
    device.createBuffer({ size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST })
  const flushed = storage((small ? 1 : 512) * 2 ** 20)

  const dispatch = (pipeline, bound, groups) => dispatchOn(device, pipeline, bound, groups)

  async function fill(kind, buffer) {
    const one = await pipelineOf(device, FILL, { KIND: FILLED[kind] })
    for (let offset = 0; offset < buffer.size; offset += FILL_BYTES)
      await dispatch(one, [{ buffer, offset, size: Math.min(FILL_BYTES, buffer.size - offset) }], [4096])
  }
  const flush = (ms = 40) => busy(device, () => dispatch(pipelines.fill, [flushed], [4096]), small ? 0 : ms)

  async function times(call, runs) {
    release(await call())
    await flush(400)
    const all = []
    for (let i = 0; i < runs; i++) {
      await flush()
      recorder.start(false)
      const results = await call()
      const passes = await recorder.end()
      release(results)
      all.push(passes.reduce((sum, { ms }) => sum + ms, 0))
    }
    return all
  }

  async function kernels(call) {
    await flush()
    recorder.start(true)
    const results = await call()
    const passes = await recorder.end()
    release(results)
    return passes
  }

  async function copyGbPerS() {
    const size = small ? 2 ** 24 : 2 ** 30
    const [y, x] = [storage(size), storage(size)]
    await fill('f32', x)
    const blocks = size / 4096
    const groups = [Math.min(32768, blocks), Math.ceil(blocks / 32768)]
    const ordered = (await times(() => dispatch(pipelines.copy, [y, x], groups), 20)).sort((a, b) => a - b)
    for (const buffer of [x, y]) buffer.destroy()
    return (2 * size) / ordered[ordered.length >> 1] / 1e6
  }

  const { vendor, architecture, device: model, description } = adapter.info
  return {
    gpu, // must not be collected before the device
    info: { name: description || model, vendor, architecture },
    times,
    kernels,
    copyGbPerS,
    async random(kind, shape) {
      const bytes = shape.reduce((x, y) => x * y, 1) * (kind === 'f16' || kind === 'bf16' ? 2 : 4)
      const buffer = storage(bytes)
      await fill(kind, buffer)
      return { buffer, shape, dtype: kind === 'power' ? 'f32' : kind }
    },
    free: ({ buffer }) => buffer.destroy(),
    async load(name, text, dtype, sizes = {}) {
      const { manifest, kernels: source } = await compiled(wgslBackend, name, text, dtype)
      return instantiate(manifest, source, { device, sizes })
    },
  }
}

/** `bound`: buffers, or parts of them. */
async function dispatchOn(device, pipeline, bound, groups) {
  const entries = bound.map((one, binding) => ({ binding, resource: one instanceof GPUBuffer ? { buffer: one } : one }))
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  pass.setPipeline(pipeline)
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }))
  pass.dispatchWorkgroups(...groups)
  pass.end()
  device.queue.submit([encoder.finish()])
  return {}
}

/** Done before what is timed begins: a timestamp does not wait for work that is under way. Many times, so that clocks are up. */
async function busy(device, work, ms) {
  const started = performance.now()
  do {
    for (let i = 0; i < 4; i++) await work()
    await device.queue.onSubmittedWorkDone()
  } while (performance.now() - started < ms)
}

const release = (results) => Object.values(results).forEach((tensor) => tensor.release())

const pipelineOf = (device, code, constants = {}) =>
  device.createComputePipelineAsync({
    layout: 'auto',
    compute: { module: device.createShaderModule({ code }), entryPoint: 'main', constants },
  })

/** Adds timestamps to the passes that are made between `start` and `end`. */
class Recorder {
  #device
  #set
  #resolved
  #names = null
  #split = false
  #pipelines = new WeakMap()

  constructor(device) {
    this.#device = device
    this.#set = device.createQuerySet({ type: 'timestamp', count: 2 * MAX_PASSES })
    this.#resolved = device.createBuffer({ size: 16 * MAX_PASSES, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC })
    this.#patch()
  }

  /** With `split`, every dispatch gets a pass of its own. */
  start(split) {
    this.#names = []
    this.#split = split
  }

  /** What was recorded, in milliseconds, in order. */
  async end() {
    const names = this.#names
    this.#names = null
    if (names.length === 0) return []
    const size = 16 * names.length
    const read = this.#device.createBuffer({ size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ })
    const encoder = this.#device.createCommandEncoder()
    encoder.resolveQuerySet(this.#set, 0, 2 * names.length, this.#resolved, 0)
    encoder.copyBufferToBuffer(this.#resolved, 0, read, 0, size)
    this.#device.queue.submit([encoder.finish()])
    await read.mapAsync(GPUMapMode.READ)
    const stamps = new BigUint64Array(read.getMappedRange().slice(0))
    read.destroy()
    return names.map((name, i) => ({ name, ms: Number(stamps[2 * i + 1] - stamps[2 * i]) / 1e6 }))
  }

  #patch() {
    const { prototype } = GPUCommandEncoder
    const begin = prototype.beginComputePass
    const recorded = (encoder, name) => {
      const at = 2 * this.#names.length
      if (this.#names.length >= MAX_PASSES) throw new Error(`more than ${MAX_PASSES} passes in a call`)
      this.#names.push(name)
      const timestampWrites = { querySet: this.#set, beginningOfPassWriteIndex: at, endOfPassWriteIndex: at + 1 }
      return begin.call(encoder, { timestampWrites })
    }
    const isRecording = () => this.#names !== null
    const isSplit = () => this.#split
    const nameOf = (pipeline) => this.#pipelines.get(pipeline) ?? 'kernel'
    prototype.beginComputePass = function (descriptor) {
      if (!isRecording()) return begin.call(this, descriptor)
      return isSplit() ? splitPass((name) => recorded(this, name), nameOf) : recorded(this, 'pass')
    }
    const create = this.#device.createComputePipelineAsync.bind(this.#device)
    this.#device.createComputePipelineAsync = async (descriptor) => {
      const pipeline = await create(descriptor)
      this.#pipelines.set(pipeline, descriptor.compute.entryPoint)
      return pipeline
    }
  }
}

/** Stands for one pass and makes one of every dispatch. */
function splitPass(begin, nameOf) {
  let pipeline = null
  let group = []
  return {
    setPipeline: (given) => (pipeline = given),
    setBindGroup: (...given) => (group = given),
    dispatchWorkgroups: (...size) => {
      const pass = begin(nameOf(pipeline))
      pass.setPipeline(pipeline)
      pass.setBindGroup(...group)
      pass.dispatchWorkgroups(...size)
      pass.end()
    },
    end: () => undefined,
  }
}
