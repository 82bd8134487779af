/**
 * Finds the buffer because of which WebGPU refused a call: one that was destroyed, or belongs to another device. Neither can be
 * seen of a buffer, so each is tried alone, when something was refused.
 */
import { problem } from '../../../abi/espalier-error.ts'
import type { WebgpuMemory } from './webgpu-memory.ts'
import { COMPUTE } from './webgpu-flags.ts'

const NOTHING = `
@group(0) @binding(0) var<storage, read> given: array<u32>;
@compute @workgroup_size(1) fn nothing() { _ = given[0]; }
`

export interface LentBuffer {
  readonly name: string
  readonly buffer: GPUBuffer
}

/** The error that says which; null when every buffer can be used. */
export async function blamedBuffer(memory: WebgpuMemory, buffers: readonly LentBuffer[]): Promise<Error | null> {
  for (const { name, buffer } of buffers) {
    const { failure } = memory.context.scoped(() => tryBuffer(memory.context.device, buffer))
    const refused = await memory.wait(failure)
    if (refused === null) continue
    const wasDestroyed = /destroyed/i.test(refused.message)
    return problem('ESP4803', {
      tensor: name,
      got: wasDestroyed ? 'was destroyed' : `cannot be used on this device (${refused.message.split('\n')[0] ?? ''})`,
      expected: wasDestroyed ? 'exist until the call has resolved' : 'belong to the device of the instance, policy.device',
    })
  }
  return null
}

function tryBuffer(device: GPUDevice, buffer: GPUBuffer): void {
  const layout = device.createBindGroupLayout({
    entries: [{ binding: 0, visibility: COMPUTE, buffer: { type: 'read-only-storage' } }],
  })
  const pipeline = device.createComputePipeline({
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module: device.createShaderModule({ code: NOTHING }), entryPoint: 'nothing' },
  })
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  pass.setPipeline(pipeline)
  pass.setBindGroup(0, device.createBindGroup({ layout, entries: [{ binding: 0, resource: { buffer, size: 4 } }] }))
  pass.dispatchWorkgroups(1)
  pass.end()
  device.queue.submit([encoder.finish()])
}
