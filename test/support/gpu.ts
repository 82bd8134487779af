/**
 * WebGPU for tests: Dawn (npm `webgpu`) on whatever Vulkan driver there is, in CI and where nothing else is set up
 * SwiftShader. Where there is no adapter, the tests of a `describeGpu` are skipped, with the reason in their title, and in CI
 * they fail instead.
 *
 * What Dawn offers on SwiftShader: subgroups of 4 lanes, `timestamp-query`, `core-features-and-limits`, no `shader-f16`; with
 * all limits, 12 storage buffers, bindings and buffers of 1 GiB, 32 KiB of workgroup memory, 256 invocations a workgroup,
 * 65,535 workgroups per dimension. The first device takes 10 ms, each further one 3 ms and about 1 MB; a small pipeline
 * 15 ms. Devices live in worker threads and in forked processes alike, and a process ends with devices still open.
 */
import { afterAll, beforeAll, expect } from 'vitest'
import { describeWhere } from './describe-where.ts'

/**
 * `default limits`: what every WebGPU device has, no features at all. `no subgroups`: everything the adapter offers, but no
 * subgroup operations. `everything`: all features, the highest limits.
 */
export type DeviceKind = 'default limits' | 'no subgroups' | 'everything'

export const deviceKinds: readonly DeviceKind[] = ['default limits', 'no subgroups', 'everything']

/** One for each worker: Dawn's instance costs more than its devices, and stays alive as long as this is referenced. */
const found = await findGpu()

async function findGpu(): Promise<GPU | string> {
  try {
    const { create } = await import('webgpu')
    const gpu = create([])
    if ((await gpu.requestAdapter()) !== null) return gpu
    return "no WebGPU adapter: install a Vulkan driver, or Debian's `chromium` for the software one"
  } catch (error) {
    return `npm \`webgpu\` does not load: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** `describe` for tests that need a WebGPU adapter. */
export const describeGpu = (title: string, body: () => void): void =>
  describeWhere(typeof found === 'string' ? found : null, title, body)

/**
 * Opens a device for the tests of the surrounding `describe` and destroys it after them, which must leave no validation error
 * that nobody caught. A test that loses its device on purpose opens one of its own with `openDevice`.
 */
export function useDevice(kind: DeviceKind): () => GPUDevice {
  let device: GPUDevice | undefined
  const uncaught: string[] = []
  beforeAll(async () => {
    device = await openDevice(kind)
    device.addEventListener('uncapturederror', (event) => uncaught.push(event.error.message))
  })
  afterAll(async () => {
    await device?.queue.onSubmittedWorkDone()
    device?.destroy()
    expect(uncaught).toEqual([])
  })
  return () => device ?? expect.fail('the device is opened before the first test')
}

/** What a page has as `navigator.gpu`. */
export function theGpu(): GPU {
  if (typeof found === 'string') throw new Error(found)
  return found
}

export async function openDevice(kind: DeviceKind): Promise<GPUDevice> {
  const adapter = await theGpu().requestAdapter()
  if (adapter === null) throw new Error('the WebGPU adapter is gone')
  if (kind === 'default limits') return adapter.requestDevice()
  const features = [...adapter.features] as GPUFeatureName[]
  return adapter.requestDevice({
    requiredFeatures: kind === 'everything' ? features : features.filter((feature) => !feature.startsWith('subgroup')),
    requiredLimits: highestLimits(adapter),
  })
}

/** Limits are getters of a prototype, so that only `in` sees their names. */
function highestLimits(adapter: GPUAdapter): Record<string, number> {
  const limits = adapter.limits as unknown as Record<string, number>
  const highest: Record<string, number> = {}
  for (const name in limits) highest[name] = limits[name] as number
  return highest
}
