/**
 * A device as all instances on it share it: what was compiled for it, whether it was lost, and waiting that ends when it is lost.
 */
import { problem } from '../../../abi/espalier-error.ts'
import { CompiledPipelines } from './compiled-pipelines.ts'

/** What WebGPU refused, by the kind of scope that caught it. */
export interface DeviceFailure {
  readonly kind: GPUErrorFilter
  readonly message: string
}

export interface Scoped<T> {
  readonly value: T
  readonly failure: Promise<DeviceFailure | null>
}

/** In the order in which they are reported: memory that ran out makes everything else invalid. */
const FILTERS: readonly GPUErrorFilter[] = ['out-of-memory', 'internal', 'validation']

const contexts = new WeakMap<GPUDevice, DeviceContext>()

export class DeviceContext {
  readonly device: GPUDevice
  readonly pipelines: CompiledPipelines
  #lost: GPUDeviceLostInfo | null = null
  readonly #waiting = new Set<(info: GPUDeviceLostInfo) => void>()

  static of(device: GPUDevice): DeviceContext {
    const context = contexts.get(device) ?? new DeviceContext(device)
    contexts.set(device, context)
    return context
  }

  private constructor(device: GPUDevice) {
    this.device = device
    this.pipelines = new CompiledPipelines(device)
    void device.lost.then((info) => {
      this.#lost = info
      for (const reject of this.#waiting) reject(info)
      this.#waiting.clear()
    })
  }

  /** Throws ESP4802 when the device is gone. */
  requireDevice(policy: string): void {
    if (this.#lost !== null) throw lost(policy, this.#lost)
  }

  /** The promise, or ESP4802 when the device is lost before it settles. */
  wait<T>(policy: string, promise: Promise<T>): Promise<T> {
    this.requireDevice(policy)
    return new Promise((resolve, reject) => {
      const leave = (info: GPUDeviceLostInfo): void => reject(lost(policy, info))
      this.#waiting.add(leave)
      promise
        .then(resolve, (error: unknown) => {
          // What is waited for may fail because of the loss, a little before it is known.
          const settle = (): void => reject(this.#lost === null ? error : lost(policy, this.#lost))
          setTimeout(settle, 0)
        })
        .finally(() => this.#waiting.delete(leave))
    })
  }

  /** Runs at once, and says later what WebGPU refused of it. */
  scoped<T>(run: () => T): Scoped<T> {
    for (const filter of FILTERS) this.device.pushErrorScope(filter)
    let caught: readonly Promise<GPUError | null>[] = []
    const close = (): void => {
      caught = FILTERS.map(() => this.device.popErrorScope()).reverse()
    }
    let value: T
    try {
      value = run()
    } catch (error) {
      close()
      for (const failure of caught) failure.catch(() => undefined)
      throw error
    }
    close()
    const failure = Promise.all(caught).then((errors) => {
      const at = errors.findIndex((error) => error !== null)
      return at < 0 ? null : { kind: FILTERS[at] ?? 'internal', message: errors[at]?.message ?? '' }
    })
    failure.catch(() => undefined)
    return { value, failure }
  }
}

const lost = (policy: string, { reason, message }: GPUDeviceLostInfo): Error =>
  problem('ESP4802', {
    policy,
    reason: [reason === 'destroyed' ? 'it was destroyed' : reason, message].filter(Boolean).join(', '),
  })
