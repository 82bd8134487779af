/** Asks for a device. Throws ESP4801 when there is none, ESP4804 for a feature or ESP4805 for a limit that is not offered. */
import { EspalierError, problem } from '../../../abi/espalier-error.ts'
import { shaderFeatures, type ShaderFeature } from '../../../abi/shader-variants.ts'
import type { InstanceOptions } from './types.ts'

const WANTED = Object.keys(shaderFeatures) as readonly ShaderFeature[]

export interface OpenedDevice {
  readonly device: GPUDevice
  /** Whether it was made here, and is destroyed with the instance. */
  readonly isOwn: boolean
  /** What shaders may use. */
  readonly features: ReadonlySet<string>
}

export async function openDevice(policy: string, options: InstanceOptions): Promise<OpenedDevice> {
  const wanted = options.features ?? WANTED
  if (options.device !== undefined) {
    const device = options.device as GPUDevice
    requireFeatures(options.features ?? [], device.features)
    return { device, isOwn: false, features: new Set(wanted.filter((feature) => device.features.has(feature))) }
  }
  const adapter = await findAdapter(policy, options)
  requireFeatures(options.features ?? [], adapter.features)
  const features = wanted.filter((feature) => adapter.features.has(feature))
  const device = await attempt(policy, () =>
    adapter.requestDevice({
      label: `espalier ${policy}`,
      // Declarations of WebGPU may be older than a feature.
      requiredFeatures: features as readonly string[] as GPUFeatureName[],
      requiredLimits: limitsOf(adapter, options),
    }),
  )
  return { device, isOwn: true, features: new Set(features) }
}

function requireFeatures(wanted: readonly string[], offered: ReadonlySet<string>): void {
  const missing = wanted.find((feature) => !offered.has(feature))
  if (missing !== undefined) throw problem('ESP4804', { feature: missing, got: [...offered] })
}

async function findAdapter(policy: string, { gpu, powerPreference }: InstanceOptions): Promise<GPUAdapter> {
  const found = (gpu as GPU | undefined) ?? (await findGpu(policy))
  const adapter = await attempt(policy, () => found.requestAdapter(powerPreference === undefined ? {} : { powerPreference }))
  if (adapter === null) throw problem('ESP4801', { policy, reason: 'WebGPU is there, but it offers no adapter' })
  return adapter
}

/** `navigator.gpu`, or that of npm `webgpu` where a process can load it. */
async function findGpu(policy: string): Promise<GPU> {
  const { navigator, process } = globalThis as {
    readonly navigator?: { readonly gpu?: GPU }
    readonly process?: { readonly versions?: { readonly node?: string } }
  }
  if (navigator?.gpu !== undefined) return navigator.gpu
  if (process?.versions?.node === undefined) throw problem('ESP4801', { policy, reason: 'this host has no navigator.gpu' })
  // The name is put together so that bundlers do not look for the package.
  const name = ['web', 'gpu'].join('')
  const { create } = await attempt(policy, () => import(/* @vite-ignore */ /* webpackIgnore: true */ name) as Promise<NodeWebGpu>)
  return attempt(policy, () => (dawn ??= create([])))
}

interface NodeWebGpu {
  create(flags: readonly string[]): GPU
}

/** One for the process: instances of Dawn cost more than devices. */
let dawn: GPU | undefined

async function attempt<T>(policy: string, run: () => T | PromiseLike<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof EspalierError) throw error
    throw problem('ESP4801', { policy, reason: error instanceof Error ? error.message : String(error) })
  }
}

function limitsOf(adapter: GPUAdapter, { limits = 'default' }: InstanceOptions): Record<string, number> {
  if (limits === 'default') return {}
  const offered = adapter.limits as unknown as Readonly<Record<string, number>>
  if (limits === 'adapter') {
    const all: Record<string, number> = {}
    // They are getters of a prototype, so that only `in` sees their names.
    for (const name in offered) if (typeof offered[name] === 'number') all[name] = offered[name]
    return all
  }
  for (const [limit, wanted] of Object.entries(limits)) {
    const most = offered[limit] ?? 0
    if (wanted > most && !limit.startsWith('min'))
      throw problem('ESP4805', { what: `the limit that load() asks for`, bytes: wanted, expected: most, limit })
  }
  return { ...limits }
}
