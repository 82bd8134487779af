/**
 * Whether a device widens halves exactly by `unpack2x16float`: WGSL lets subnormal numbers be flushed and NaN be anything. Every half
 * is tried once for each device; where all come out as they should, shaders take the builtin, which costs a tenth.
 */
import { EXACT_UNPACK } from '../../../abi/shader-variants.ts'
import { COMPUTE, COPY_DST, COPY_SRC, MAP_MODE_READ, MAP_READ, STORAGE } from './webgpu-flags.ts'

const MODULE = `
@group(0) @binding(0) var<storage, read_write> wrong: array<atomic<u32>>;

fn is_wrong(found: u32, bits: u32) -> bool {
  let magnitude = bits & 0x7fffu;
  if (magnitude > 0x7c00u) { return (found & 0x7fffffffu) <= 0x7f800000u; }
  let normal = (magnitude << 13u) + select(0x38000000u, 0x70000000u, magnitude >= 0x7c00u);
  let tiny = bitcast<u32>(bitcast<f32>(magnitude | 0x3f000000u) - 0.5f);
  return found != (select(normal, tiny, magnitude < 0x400u) | ((bits & 0x8000u) << 16u));
}

@compute @workgroup_size(64)
fn check(@builtin(global_invocation_id) id: vec3<u32>) {
  let low = bitcast<u32>(unpack2x16float(id.x).x);
  let high = bitcast<u32>(unpack2x16float(id.x << 16u).y);
  if (is_wrong(low, id.x) || is_wrong(high, id.x)) { atomicAdd(&wrong[0], 1u); }
}
`
const HALVES = 65536

const known = new WeakMap<GPUDevice, Promise<boolean>>()

/** The features, and exact widening with them where a text has a use for it and the device has it. */
export async function withExactUnpack(
  device: GPUDevice,
  features: ReadonlySet<string>,
  text: string,
): Promise<ReadonlySet<string>> {
  if (!text.includes(`: ${EXACT_UNPACK}\n`)) return features
  const answer = known.get(device) ?? check(device).catch(() => false)
  known.set(device, answer)
  return (await answer) ? new Set([...features, EXACT_UNPACK]) : features
}

async function check(device: GPUDevice): Promise<boolean> {
  const wrong = device.createBuffer({ size: 4, usage: STORAGE | COPY_SRC })
  const read = device.createBuffer({ size: 4, usage: COPY_DST | MAP_READ })
  try {
    const layout = device.createBindGroupLayout({ entries: [{ binding: 0, visibility: COMPUTE, buffer: { type: 'storage' } }] })
    const pipeline = await device.createComputePipelineAsync({
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module: device.createShaderModule({ code: MODULE }), entryPoint: 'check' },
    })
    const encoder = device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    pass.setPipeline(pipeline)
    pass.setBindGroup(0, device.createBindGroup({ layout, entries: [{ binding: 0, resource: { buffer: wrong } }] }))
    pass.dispatchWorkgroups(HALVES / 64)
    pass.end()
    encoder.copyBufferToBuffer(wrong, 0, read, 0, 4)
    device.queue.submit([encoder.finish()])
    await read.mapAsync(MAP_MODE_READ)
    return new Uint32Array(read.getMappedRange())[0] === 0
  } finally {
    wrong.destroy()
    read.destroy()
  }
}
