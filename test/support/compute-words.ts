/** Runs a line of WGSL for every pair of 64-bit values: for tests of the shared functions of emitted modules. */
import type { Library } from '../../backends/source/library.ts'
import { pipelineOf } from './run-grid.ts'

const [STORAGE, COPY_FROM, COPY_TO, MAP] = [0x80, 4, 8, 1]

/** `body` defines `r`, a `vec2<u32>`, from `x` and `y`, two words of each input; the words of all results. */
export async function computeWords(
  device: GPUDevice,
  library: Library,
  body: string,
  inputs: readonly Uint32Array[],
  count: number,
): Promise<Uint32Array> {
  const entry = `@group(0) @binding(0) var<storage, read> xs: array<vec2<u32>>;
@group(0) @binding(1) var<storage, read> ys: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read_write> rs: array<vec2<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= arrayLength(&rs)) { return; }
  let x = xs[id.x];
  let y = ys[id.x];
  ${body}
  rs[id.x] = r;
}`
  const pipeline = await pipelineOf(device, `${entry}\n\n${library.neededBy(entry)}\n`, 'main', {})
  const buffers = [...inputs, new Uint32Array(count * 2)].map((words) => {
    const buffer = device.createBuffer({ size: words.byteLength, usage: STORAGE | COPY_FROM | COPY_TO })
    device.queue.writeBuffer(buffer, 0, words as Uint32Array<ArrayBuffer>)
    return buffer
  })
  const staging = device.createBuffer({ size: count * 8, usage: MAP | COPY_TO })
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  pass.setPipeline(pipeline)
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }))
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }))
  pass.dispatchWorkgroups(Math.ceil(count / 64))
  pass.end()
  encoder.copyBufferToBuffer(buffers.at(-1) as GPUBuffer, 0, staging, 0, count * 8)
  device.queue.submit([encoder.finish()])
  await staging.mapAsync(MAP)
  const words = new Uint32Array(staging.getMappedRange().slice(0))
  for (const buffer of [...buffers, staging]) buffer.destroy()
  return words
}
