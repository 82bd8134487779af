/**
 * What GPUs this machine offers, for `doctor`: the WebGPU adapter through npm `webgpu`, NVIDIA's driver and NVRTC through npm
 * `koffi`, and nvcc. All of them are optional; one that is absent or broken is a `missing` that says how to get it, never an exception.
 */
import { spawnSync } from 'node:child_process'
import { compilerVersion, driverVersion, findDevice } from '../host/runtime/cuda/device-facts.ts'
import { openCompiler, openDriver } from '../host/runtime/cuda/open-library.ts'

export interface Missing {
  readonly missing: string
}

export interface WebgpuFinding {
  readonly adapter: string
  readonly vendor: string
  readonly driver: string
  /** Fewest and most lanes of a subgroup; null without subgroup operations. */
  readonly subgroup: readonly [number, number] | null
  readonly features: readonly string[]
  readonly limits: Readonly<Record<string, number>>
}

export interface CudaFinding {
  readonly device: string
  readonly computeCapability: string
  readonly memoryBytes: number
  /** The newest CUDA that the driver runs. */
  readonly cuda: string
}

export interface VersionFinding {
  readonly version: string
}

/** Those that decide which kernels fit. */
const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupsPerDimension',
] as const

/** Those that a kernel that computes can make use of. */
const FEATURES = ['shader-f16', 'subgroups', 'subgroup-size-control', 'timestamp-query'] as const

/** Of an error or a thrown anything, what to show on one line. */
const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0] as string

const isAbsent = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'MODULE_NOT_FOUND')

export async function findWebgpu(): Promise<WebgpuFinding | Missing> {
  try {
    const { create } = await import('webgpu')
    const adapter = await create([]).requestAdapter({ powerPreference: 'high-performance' })
    if (adapter === null) return { missing: 'no adapter; install a Vulkan driver and its loader (Debian: `libvulkan1`)' }
    const { vendor, device, description, subgroupMinSize, subgroupMaxSize } = adapter.info
    return {
      adapter: device,
      vendor,
      driver: description,
      subgroup: adapter.features.has('subgroups') ? [subgroupMinSize ?? 4, subgroupMaxSize ?? 128] : null,
      features: FEATURES.filter((feature) => adapter.features.has(feature)),
      limits: Object.fromEntries(LIMITS.map((limit) => [limit, adapter.limits[limit]])),
    }
  } catch (error) {
    return { missing: isAbsent(error) ? 'npm install webgpu' : `npm \`webgpu\` does not load: ${reason(error)}` }
  }
}

/** The first GPU, through the libraries that policies use. */
export async function findCuda(libraries?: readonly string[]): Promise<CudaFinding | Missing> {
  const driver = await openDriver(libraries)
  if ('missing' in driver) return driver
  try {
    const { device } = findDevice(driver, 'doctor', 0)
    const { name, computeCapability, memoryBytes } = device
    return { device: name, computeCapability, memoryBytes, cuda: driverVersion(driver) }
  } catch (error) {
    return { missing: reason(error) }
  }
}

/** What compiles kernels for CUDA when they are needed. */
export async function findNvrtc(libraries?: readonly string[]): Promise<VersionFinding | Missing> {
  const compiler = await openCompiler(libraries)
  return 'missing' in compiler ? compiler : { version: compilerVersion(compiler) }
}

export function findNvcc(): VersionFinding | Missing {
  const { status, stdout } = spawnSync('nvcc', ['--version'], { encoding: 'utf8', timeout: 10_000 })
  const version = status === 0 ? /release ([\d.]+)/.exec(stdout)?.[1] : undefined
  return version === undefined ? { missing: 'not on PATH; it comes with the CUDA toolkit' } : { version }
}
