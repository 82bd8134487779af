/**
 * What kernels of policies reach of a copy's bandwidth on this machine's GPU through WebGPU, at the sizes of real models:
 * `node bench/gpu/policies.mjs [--out FILE] [--only NAME]`. A call is timed with every dispatch repeated, so that what the host does
 * around it drops out; bytes are those that have to move. Inputs are made on the device.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { wgslBackend } from '../../backends/wgsl/index.ts'
import { library } from '../../cli/generated/library.ts'
import { DiagnosticSink } from '../../compiler/diagnostics/sink.ts'
import { compile } from '../../compiler/driver.ts'
import { instantiate } from '../../host/runtime/webgpu/index.ts'
import { median, printTable } from '../statistics.mjs'
import { openAll } from './full-device.mjs'

const { values: options } = parseArgs({
  options: { out: { type: 'string' }, only: { type: 'string' }, small: { type: 'boolean' } },
})
const RUNS = 5
const REPEATS = 10

const { create, globals } = await import('webgpu')
Object.assign(globalThis, globals)
const gpu = create(['disable-dawn-features=timestamp_quantization'])
const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
const device = await openAll(adapter)

let repeats = 1
const dispatch = GPUComputePassEncoder.prototype.dispatchWorkgroups
GPUComputePassEncoder.prototype.dispatchWorkgroups = function (...size) {
  for (let i = 0; i < repeats; i++) dispatch.apply(this, size)
}

const FILL = `
@group(0) @binding(0) var<storage, read_write> out: array<u32>;
override HALVES: bool = true;
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
@compute @workgroup_size(256) fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) n: vec3u) {
  for (var i = id.x; i < arrayLength(&out); i += n.x * 256u) {
    out[i] = select(bitcast<u32>(bell(i)), pack2x16float(vec2f(bell(2u * i), bell(2u * i + 1u))), HALVES);
  }
}`

/** A tensor of random numbers, roughly normal. */
async function random(dtype, shape) {
  const size = shape.reduce((x, y) => x * y, 1) * (dtype === 'f16' ? 2 : 4)
  const buffer = device.createBuffer({ size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST })
  const pipeline = await device.createComputePipelineAsync({
    layout: 'auto',
    compute: {
      module: device.createShaderModule({ code: FILL }),
      entryPoint: 'main',
      constants: { HALVES: dtype === 'f16' ? 1 : 0 },
    },
  })
  const entries = [{ binding: 0, resource: { buffer } }]
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  pass.setPipeline(pipeline)
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }))
  dispatch.call(pass, 4096)
  pass.end()
  device.queue.submit([encoder.finish()])
  return { buffer, shape, dtype }
}

const TOP_K = `policy top(k: count = 512) {
  entry select(X: f32[row, column]) { return mask: keep k of column by X }
}`
const LENGTHS = `policy norms {
  entry sums(X: f16[row, column]) { return squares: sum[column](X * X) }
  entry columns(X: f16[row, column]) { return squares: sum[row](X * X) }
}`

async function load(name, text, dtype, sizes = {}) {
  const sink = new DiagnosticSink()
  const [policy] = await compile({
    source: { name, text: text ?? library[name] },
    load: (path) => ({ name: path, text: library[path.replace(/^std[:.]/, '')] }),
    sink,
    target: wgslBackend,
    version: 'bench',
    dtypes: () => dtype ?? null,
  })
  if (policy === undefined)
    throw new Error(
      sink
        .list()
        .map(({ message }) => message)
        .join('\n'),
    )
  const source = new TextEncoder().encode(policy.artifacts[0].content)
  return instantiate(policy.manifest, source, { device, sizes })
}

const release = (results) => Object.values(results).forEach((tensor) => tensor.release())

/** Milliseconds of the kernels of one call. */
async function kernelTime(call) {
  const once = async (count) => {
    repeats = count
    const start = performance.now()
    const results = await call()
    await device.queue.onSubmittedWorkDone()
    const time = performance.now() - start
    release(results)
    return time
  }
  await once(1)
  const differences = []
  for (let i = 0; i < RUNS; i++) differences.push((await once(1 + REPEATS)) - (await once(1)))
  repeats = 1
  return median(differences) / REPEATS
}

async function copyBandwidth() {
  const code = `@group(0) @binding(0) var<storage, read> x: array<vec4u>; @group(0) @binding(1) var<storage, read_write> y: array<vec4u>;
@compute @workgroup_size(256) fn main(@builtin(workgroup_id) w: vec3u, @builtin(local_invocation_index) t: u32) {
  let i = (w.x + w.y * 32768u) * 256u + t;
  if (i < arrayLength(&y)) { y[i] = x[i]; }
}`
  const size = options.small ? 2 ** 24 : 2 ** 30
  const usage = GPUBufferUsage.STORAGE
  const [x, y] = [0, 1].map(() => device.createBuffer({ size, usage }))
  const pipeline = await device.createComputePipelineAsync({
    layout: 'auto',
    compute: { module: device.createShaderModule({ code }), entryPoint: 'main' },
  })
  const entries = [x, y].map((buffer, binding) => ({ binding, resource: { buffer } }))
  const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries })
  const time = await kernelTime(async () => {
    const encoder = device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    pass.setPipeline(pipeline)
    pass.setBindGroup(0, group)
    pass.dispatchWorkgroups(Math.min(32768, size / 4096), Math.max(1, size / 4096 / 32768))
    pass.end()
    device.queue.submit([encoder.finish()])
    return {}
  })
  x.destroy()
  y.destroy()
  return (2 * size) / time / 1e6
}

const scale = options.small ? 64 : 1
const kept = (row) => 2 * Math.floor(0.3 * row + 1) + row / 8

const CASES = {
  'mustafar.compress, f16 2 x [64, 16384, 128], 70 %': async () => {
    const policy = await load('mustafar', undefined, 'f16')
    const shape = [64, 16384 / scale, 128]
    const inputs = { K: await random('f16', shape), V: await random('f16', shape) }
    return { policy, inputs, call: () => policy.call('compress', inputs), bytes: 2 * shape[0] * shape[1] * (256 + kept(128)) }
  },
  'wanda.prune, f16 [14336, 4096], 50 %': async () => {
    const policy = await load('wanda', undefined, 'f16')
    const inputs = { W: await random('f16', [14336 / scale, 4096]), X: await random('f16', [64, 4096]) }
    release(await policy.call('observe', { X: inputs.X }))
    return { policy, inputs, call: () => policy.call('prune', { W: inputs.W }), bytes: (14336 / scale) * 4096 * 3 }
  },
  'wanda.prune_nm, f16 [14336, 4096], 2:4': async () => {
    const policy = await load('wanda', undefined, 'f16')
    const inputs = { W: await random('f16', [14336 / scale, 4096]), X: await random('f16', [64, 4096]) }
    release(await policy.call('observe', { X: inputs.X }))
    return { policy, inputs, call: () => policy.call('prune_nm', { W: inputs.W }), bytes: (14336 / scale) * 4096 * 3 }
  },
  'nm.prune, f16 [14336, 4096], 2:4': async () => {
    const policy = await load('nm', undefined, 'f16')
    const inputs = { W: await random('f16', [14336 / scale, 4096]) }
    return { policy, inputs, call: () => policy.call('prune', inputs), bytes: (14336 / scale) * 4096 * 3 }
  },
  'row top-k, f32 [8192, 4096], 512': async () => {
    const policy = await load('top', TOP_K)
    const inputs = { X: await random('f32', [8192 / scale, 4096]) }
    return { policy, inputs, call: () => policy.call('select', inputs), bytes: (8192 / scale) * 4096 * 5 }
  },
  'row top-k, f32 [256, 32768], 2048': async () => {
    const policy = await load('top', TOP_K)
    const inputs = { X: await random('f32', [256 / Math.min(scale, 16), 32768]) }
    return {
      policy,
      inputs,
      call: () => policy.call('select', inputs, { k: 2048 }),
      bytes: (256 / Math.min(scale, 16)) * 32768 * 5,
    }
  },
  'flap.observe, f16 2 x [65536, 4096]': async () => {
    const policy = await load('flap', undefined, 'f16', { layer: 1 })
    const shape = [65536 / scale, 4096]
    const inputs = { X_attn: await random('f16', shape), X_mlp: await random('f16', shape) }
    return { policy, inputs, call: () => policy.call('observe', inputs, { layer: 0 }), bytes: 4 * shape[0] * shape[1] }
  },
  'sum of squares of rows, f16 [65536, 4096]': async () => {
    const policy = await load('norms', LENGTHS)
    const inputs = { X: await random('f16', [65536 / scale, 4096]) }
    return { policy, inputs, call: () => policy.call('sums', inputs), bytes: 2 * (65536 / scale) * 4096 }
  },
  'sum of squares of columns, f16 [65536, 4096]': async () => {
    const policy = await load('norms', LENGTHS)
    const inputs = { X: await random('f16', [65536 / scale, 4096]) }
    return { policy, inputs, call: () => policy.call('columns', inputs), bytes: 2 * (65536 / scale) * 4096 }
  },
}

const copy = await copyBandwidth()
console.log(`${adapter.info.description || adapter.info.device}: a copy moves ${copy.toFixed(0)} GB/s`)
const rows = []
for (const [name, make] of Object.entries(CASES)) {
  if (options.only !== undefined && !name.includes(options.only)) continue
  try {
    const { policy, inputs, call, bytes } = await make()
    const time = await kernelTime(call)
    const speed = bytes / time / 1e6
    rows.push({
      name,
      ms: Number(time.toFixed(4)),
      bytes,
      gb_per_s: Math.round(speed),
      of_copy: Number((speed / copy).toFixed(3)),
    })
    console.log(name, time.toFixed(3), 'ms', speed.toFixed(0), 'GB/s', (speed / copy).toFixed(3))
    policy.release()
    Object.values(inputs).forEach(({ buffer }) => buffer.destroy())
  } catch (error) {
    rows.push({ name, failed: error.message })
    console.log(name, error.stack)
  }
}
printTable(
  ['workload', 'ms', 'GB/s', 'of a copy'],
  rows.map(({ name, ms, gb_per_s, of_copy, failed }) =>
    failed ? [name, failed.slice(0, 60), '', ''] : [name, ms, gb_per_s, of_copy],
  ),
)
const { vendor, architecture, device: model, description } = adapter.info
if (options.out !== undefined)
  writeFileSync(
    options.out,
    `${JSON.stringify({ date: new Date().toISOString().slice(0, 10), adapter: { vendor, architecture, device: model, description }, copy_gb_per_s: Math.round(copy), rows }, null, 2)}\n`,
  )
process.exit(0)
