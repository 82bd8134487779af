/** What the driver says of a GPU before anything is done with it. */
import { problem } from '../../../abi/espalier-error.ts'
import { outMemory, type CudaCompiler, type CudaDriver } from './functions.ts'
import type { CudaDevice } from './types.ts'

export interface FoundDevice {
  readonly device: CudaDevice
  /** What the driver knows it by. */
  readonly ordinal: number
  /** As compilers call it: `sm_90`. */
  readonly architecture: string
  /** Shared memory of one block, for kernels that ask for it. */
  readonly sharedBytes: number
}

/** Numbers of the driver's interface. */
const attributes = { multiprocessors: 16, capabilityMajor: 75, capabilityMinor: 76, sharedBytes: 97 } as const
const NAME_BYTES = 256

/** Throws ESP4901 when there is no GPU of that number. */
export function findDevice(driver: CudaDriver, policy: string, index: number): FoundDevice {
  const ask = new Asking(driver, policy)
  const count = ask.integer((out) => driver.cuDeviceGetCount(out))
  if (!Number.isSafeInteger(index) || index < 0 || index >= count)
    throw ask.refused(count === 0 ? 'the driver finds no GPU' : `there is no GPU ${index}; the driver shows ${count}, from 0`)
  const ordinal = ask.integer((out) => driver.cuDeviceGet(out, index))
  const attribute = (which: number): number => ask.integer((out) => driver.cuDeviceGetAttribute(out, which, ordinal))
  const capability = [attribute(attributes.capabilityMajor), attribute(attributes.capabilityMinor)]
  const device = {
    index,
    name: textOf(ask.memory(NAME_BYTES, (out) => driver.cuDeviceGetName(out, NAME_BYTES, ordinal))),
    computeCapability: capability.join('.'),
    memoryBytes: Number(ask.memory(8, (out) => driver.cuDeviceTotalMem_v2(out, ordinal)).getBigUint64(0, true)),
    multiprocessors: attribute(attributes.multiprocessors),
  }
  return { device, ordinal, architecture: `sm_${capability.join('')}`, sharedBytes: attribute(attributes.sharedBytes) }
}

/** The newest CUDA that the driver runs, as `13.0`. */
export function driverVersion(driver: CudaDriver): string {
  const out = outMemory()
  driver.cuDriverGetVersion(out)
  const version = out.getInt32(0, true)
  return `${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)}`
}

export function compilerVersion(compiler: CudaCompiler): string {
  const [major, minor] = [outMemory(), outMemory()]
  compiler.nvrtcVersion(major, minor)
  return `${major.getInt32(0, true)}.${minor.getInt32(0, true)}`
}

const textOf = (memory: DataView): string => {
  const bytes = new Uint8Array(memory.buffer)
  return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)))
}

class Asking {
  readonly #driver: CudaDriver
  readonly #policy: string

  constructor(driver: CudaDriver, policy: string) {
    this.#driver = driver
    this.#policy = policy
    this.memory(0, () => driver.cuInit(0))
  }

  integer(call: (out: DataView) => number): number {
    return this.memory(8, call).getInt32(0, true)
  }

  /** What a function writes; ESP4901 when it fails. */
  memory(bytes: number, call: (out: DataView) => number): DataView {
    const out = outMemory(bytes)
    const status = call(out)
    if (status === 0) return out
    const { name, meaning } = this.#driver.status(status)
    throw this.refused(`${name} (${meaning})`)
  }

  refused(reason: string): Error {
    return problem('ESP4901', { policy: this.#policy, reason })
  }
}
