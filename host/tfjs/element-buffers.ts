/** Buffers of elements on the device that TensorFlow.js and a policy share: copied, narrowed, widened and checked there. */
import { dtypeBytes, type DTypeName } from '../../abi/dtype.ts'
import { GROUP_SIZE, narrowing, rangeCheck, widening } from './element-kernels.ts'

/** Numbers of the WebGPU specification, which not every host has as globals. */
const USAGE = { mapRead: 0x01, copySrc: 0x04, copyDst: 0x08, uniform: 0x40, storage: 0x80 } as const
const MAP_MODE_READ = 0x01
const NONE = 0xffffffff

/** Elements in a buffer, from a whole word on. */
export interface Elements {
  readonly buffer: GPUBuffer
  /** In bytes. */
  readonly offset: number
  readonly count: number
}

const pipelines = new WeakMap<GPUDevice, Map<string, GPUComputePipeline>>()

function pipelineFor(device: GPUDevice, code: string): GPUComputePipeline {
  const known = pipelines.get(device) ?? new Map<string, GPUComputePipeline>()
  pipelines.set(device, known)
  const pipeline =
    known.get(code) ?? device.createComputePipeline({ layout: 'auto', compute: { module: device.createShaderModule({ code }) } })
  known.set(code, pipeline)
  return pipeline
}

/** A tensor's words as elements of a policy, in a buffer of its own. */
export function narrowed(device: GPUDevice, dtype: DTypeName, from: Elements): GPUBuffer {
  const words = Math.ceil((from.count * dtypeBytes(dtype)) / 4)
  const result = storage(device, words)
  run(device, narrowing(dtype), from, words, result)
  return result
}

/** Elements of a policy as words of a tensor, in a buffer of exactly that size: what TensorFlow.js reads is the whole buffer. */
export function widened(device: GPUDevice, dtype: DTypeName, from: Elements): GPUBuffer {
  const result = storage(device, from.count)
  if (dtypeBytes(dtype) < 4) run(device, widening(dtype), from, from.count, result)
  else {
    const encoder = device.createCommandEncoder()
    encoder.copyBufferToBuffer(from.buffer, from.offset, result, 0, from.count * 4)
    device.queue.submit([encoder.finish()])
  }
  return result
}

/** Whether every word, as an i32, is within. Reads four bytes back. */
export async function areWithin(device: GPUDevice, from: Elements, low: number, high: number): Promise<boolean> {
  const first = storage(device, 1)
  const read = device.createBuffer({ size: 4, usage: USAGE.mapRead | USAGE.copyDst })
  try {
    device.queue.writeBuffer(first, 0, Uint32Array.of(NONE))
    run(device, rangeCheck(low, high), from, from.count, first)
    const encoder = device.createCommandEncoder()
    encoder.copyBufferToBuffer(first, 0, read, 0, 4)
    device.queue.submit([encoder.finish()])
    await read.mapAsync(MAP_MODE_READ)
    return new Uint32Array(read.getMappedRange())[0] === NONE
  } finally {
    first.destroy()
    read.destroy()
  }
}

const storage = (device: GPUDevice, words: number): GPUBuffer =>
  device.createBuffer({ size: Math.max(1, words) * 4, usage: USAGE.storage | USAGE.copySrc | USAGE.copyDst })

function run(device: GPUDevice, code: string, { buffer, offset, count }: Elements, words: number, result: GPUBuffer): void {
  const pipeline = pipelineFor(device, code)
  const sizes = device.createBuffer({ size: 12, usage: USAGE.uniform | USAGE.copyDst })
  device.queue.writeBuffer(sizes, 0, Uint32Array.of(count, words, offset / 4))
  const buffers = [sizes, buffer, result]
  const bindings = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: buffers.map((bound, binding) => ({ binding, resource: { buffer: bound } })),
  })
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  pass.setPipeline(pipeline)
  pass.setBindGroup(0, bindings)
  pass.dispatchWorkgroups(Math.min(Math.ceil(words / GROUP_SIZE), device.limits.maxComputeWorkgroupsPerDimension))
  pass.end()
  device.queue.submit([encoder.finish()])
  sizes.destroy()
}
