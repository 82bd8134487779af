/** The devices that `test/support/gpu.ts` opens are what it says, and run. */
import { expect, test } from 'vitest'
import { describeGpu, deviceKinds, openDevice, useDevice } from '../../support/gpu.ts'
import { useSoftwareVulkan } from '../../support/vulkan-driver.ts'

const STORAGE = 0x80
const COPY_SRC = 0x4
const COPY_DST = 0x8
const MAP_READ = 0x1

const DOUBLED = `
@group(0) @binding(0) var<storage, read_write> numbers: array<u32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) at: vec3u) { numbers[at.x] = 2 * at.x; }`

async function doubled(device: GPUDevice): Promise<readonly number[]> {
  const compute = { module: device.createShaderModule({ code: DOUBLED }), entryPoint: 'main' }
  const pipeline = await device.createComputePipelineAsync({ layout: 'auto', compute })
  const numbers = device.createBuffer({ size: 256, usage: STORAGE | COPY_SRC })
  const readable = device.createBuffer({ size: 256, usage: MAP_READ | COPY_DST })
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  pass.setPipeline(pipeline)
  const entries = [{ binding: 0, resource: { buffer: numbers } }]
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }))
  pass.dispatchWorkgroups(1)
  pass.end()
  encoder.copyBufferToBuffer(numbers, 0, readable, 0, 256)
  device.queue.submit([encoder.finish()])
  await readable.mapAsync(MAP_READ)
  return [...new Uint32Array(readable.getMappedRange())]
}

for (const kind of deviceKinds) {
  describeGpu(`a device with ${kind}`, () => {
    const device = useDevice(kind)

    test('runs a kernel', async () => {
      expect(await doubled(device())).toEqual(Array.from({ length: 64 }, (_, index) => 2 * index))
    })

    test('has what its kind says', () => {
      expect(device().features.has('subgroups')).toBe(kind === 'everything')
      const { maxStorageBuffersPerShaderStage, maxStorageBufferBindingSize, maxBufferSize } = device().limits
      const limits = [maxStorageBuffersPerShaderStage, maxStorageBufferBindingSize, maxBufferSize]
      const least = [8, 2 ** 27, 2 ** 28]
      if (kind === 'default limits') expect(limits).toEqual(least)
      else expect(limits.every((limit, index) => limit > (least[index] as number))).toBe(true)
    })
  })
}

describeGpu('a device', () => {
  test('that is destroyed says so', async () => {
    const device = await openDevice('default limits')
    device.destroy()
    expect((await device.lost).reason).toBe('destroyed')
  })
})

test('a Vulkan driver that is named already is left alone', () => {
  for (const name of ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES']) {
    const env = { [name]: 'mine.json' }
    useSoftwareVulkan(env)
    expect(env).toEqual({ [name]: 'mine.json' })
  }
})
