/**
 * What GPUs this machine offers, for `doctor`: the WebGPU adapter through npm `webgpu`, NVIDIA's driver through npm `koffi`,
 * and nvcc. All of them are optional; one that is absent or broken is a `missing` that says how to get it, never an exception.
 */
import { spawnSync } from 'node:child_process'

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

export interface NvccFinding {
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

/** Numbers of the driver's interface. */
const CAPABILITY_MAJOR = 75
const CAPABILITY_MINOR = 76
const NAME_BYTES = 256

export async function findCuda(library = process.env['ESPALIER_LIBCUDA'] ?? libraryName()): Promise<CudaFinding | Missing> {
  let koffi: typeof import('koffi').default
  try {
    koffi = (await import('koffi')).default
  } catch (error) {
    return { missing: isAbsent(error) ? 'npm install koffi' : `npm \`koffi\` does not load: ${reason(error)}` }
  }
  try {
    return cudaDevice(koffi.load(library))
  } catch (error) {
    return { missing: `${library} does not load or finds no device; install NVIDIA's driver (${reason(error)})` }
  }
}

const libraryName = (): string => (process.platform === 'win32' ? 'nvcuda.dll' : 'libcuda.so.1')

function cudaDevice(driver: import('koffi').LibraryHandle): CudaFinding {
  const call = (name: string, types: string[], ...args: unknown[]) => {
    const status = driver.func(name, 'int', types)(...args) as number
    if (status !== 0) throw new Error(`${name} ends with status ${status}`)
  }
  const number = (name: string, types: string[], ...args: unknown[]): bigint => {
    const out = Buffer.alloc(8)
    call(name, ['void *', ...types], out, ...args)
    return out.readBigUInt64LE()
  }
  call('cuInit', ['unsigned int'], 0)
  const version = Number(number('cuDriverGetVersion', []))
  const device = Number(number('cuDeviceGet', ['int'], 0))
  const name = Buffer.alloc(NAME_BYTES)
  call('cuDeviceGetName', ['void *', 'int', 'int'], name, NAME_BYTES, device)
  const attribute = (which: number) => number('cuDeviceGetAttribute', ['int', 'int'], which, device)
  return {
    device: name.toString('utf8', 0, name.indexOf(0)),
    computeCapability: `${attribute(CAPABILITY_MAJOR)}.${attribute(CAPABILITY_MINOR)}`,
    memoryBytes: Number(number('cuDeviceTotalMem_v2', ['int'], device)),
    cuda: `${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)}`,
  }
}

export function findNvcc(): NvccFinding | Missing {
  const { status, stdout } = spawnSync('nvcc', ['--version'], { encoding: 'utf8', timeout: 10_000 })
  const version = status === 0 ? /release ([\d.]+)/.exec(stdout)?.[1] : undefined
  return version === undefined ? { missing: 'not on PATH; it comes with the CUDA toolkit' } : { version }
}
