/** One instance of a policy on a device: its memory, parameters, plans and own state. Implements the public `Policy`. */
import { problem } from '../../../abi/espalier-error.ts'
import type { DTypeName, Manifest } from '../../../abi/manifest.ts'
import { defaultParams, paramText, parseParams, type ParamValue } from '../../../abi/params.ts'
import { performCall, prepareCall } from '../call-entry.ts'
import { placeTensor } from '../given-tensor.ts'
import type { Plan } from '../plan.ts'
import type { TensorFields } from '../resident.ts'
import { Transaction } from '../transaction.ts'
import type { DataInput, HostTensor, Params, SavedState, Sizes } from '../types.ts'
import { blamedBuffer } from './blamed-buffer.ts'
import { DenseTensor } from './dense-tensor.ts'
import { RefusedWork, type DeviceMemory } from './device-memory.ts'
import { holdInputs, type HeldInputs } from './given-buffers.ts'
import type { GridLauncher } from './grid-launcher.ts'
import { DevicePacked } from './packed-tensor.ts'
import { StateStore } from './state-store.ts'
import { TaskQueue } from './task-queue.ts'
import type { Inputs, Outputs, Policy, State, Tensor } from './types.ts'
import type { Verifier } from './verify-call.ts'

export interface InstanceFacts {
  readonly sizes: Sizes
  readonly ownsDevice: boolean
  readonly verifier: Verifier | null
}

interface Call {
  readonly entry: string
  readonly inputs: HeldInputs
  readonly params: Params
  /** Parameters of the instance when the call was made. */
  readonly settings: ReadonlyMap<string, ParamValue>
  readonly state: StateStore
}

export class PolicyInstance implements Policy {
  readonly name: string
  readonly manifest: Manifest
  readonly #memory: DeviceMemory
  readonly #launcher: GridLauncher
  readonly #params: Map<string, ParamValue>
  readonly #plans = new Map<string, Plan>()
  readonly #facts: InstanceFacts
  readonly #queue = new TaskQueue()
  readonly #state: StateStore

  constructor(manifest: Manifest, memory: DeviceMemory, launcher: GridLauncher, facts: InstanceFacts) {
    this.name = manifest.policy
    this.manifest = manifest
    this.#memory = memory
    this.#launcher = launcher
    this.#params = defaultParams(manifest.params)
    this.#facts = facts
    this.#state = new StateStore(manifest, memory, this.#queue, facts.sizes)
  }

  get device(): GPUDevice {
    return this.#memory.context.device
  }

  get memory(): { readonly bytes: number; readonly used: number; readonly buffers: number } {
    return { bytes: this.#memory.bytes, used: this.#memory.used, buffers: this.#memory.buffers }
  }

  async call(entry: string, inputs: Inputs = {}, params: Params = {}, state?: State): Promise<Outputs> {
    this.#memory.requireAlive()
    const own = this.#ownState(state)
    const spec = this.manifest.entries.find((candidate) => candidate.name === entry)
    const isLater = this.#queue.isBusy || this.#facts.verifier !== null
    const call: Call = {
      entry,
      inputs: holdInputs(this.#memory, spec, inputs, isLater),
      params: { ...params },
      settings: new Map(this.#params),
      state: own,
    }
    return this.#queue.run(async () => {
      try {
        return await (this.#facts.verifier === null ? this.#perform(call) : this.#verified(call, this.#facts.verifier))
      } finally {
        call.inputs.release()
      }
    })
  }

  set(params: Params): void {
    this.#memory.requireAlive()
    for (const [name, value] of parseParams(this.manifest.params, params, this.name)) this.#params.set(name, value)
  }

  tensor<D extends DTypeName>(dtype: D, shape: readonly number[], data?: DataInput<D>): Tensor<D> {
    this.#memory.requireAlive()
    return new DenseTensor(
      this.#memory,
      this.#memory.upload(() => placeTensor(this.#memory, dtype, shape, data)),
    )
  }

  state(options: { readonly sizes?: Sizes } = {}): State {
    this.#memory.requireAlive()
    return new StateStore(this.manifest, this.#memory, this.#queue, { ...this.#facts.sizes, ...options.sizes })
  }

  async readState(name: string): Promise<HostTensor> {
    return this.#state.read(name)
  }

  async reset(): Promise<void> {
    return this.#state.reset()
  }

  async save(): Promise<SavedState> {
    return this.#state.save()
  }

  async restore(saved: SavedState): Promise<void> {
    return this.#state.restore(saved)
  }

  trim(): void {
    this.#memory.trim()
  }

  release(): void {
    if (!this.#memory.alive) return
    this.#plans.clear()
    this.#memory.close()
    if (this.#facts.ownsDevice) this.device.destroy()
  }

  async #perform({ entry, inputs, params, settings, state }: Call): Promise<Outputs> {
    const memory = this.#memory
    const values = inputs.reading === null ? inputs.values : await inputs.reading
    memory.requireAlive()
    const host = { manifest: this.manifest, memory, launcher: this.#launcher, params: settings, plans: this.#plans }
    const prepared = prepareCall(host, entry, values, params, state)
    const transaction = new Transaction(memory)
    try {
      const outputs = await memory.finish(performCall(host, prepared, transaction))
      return Object.fromEntries(outputs.map(([name, fields]) => [name, this.#tensorOf(fields)]))
    } catch (error) {
      throw error instanceof RefusedWork ? await this.#explained(error, entry, inputs) : error
    } finally {
      this.#launcher.end()
      transaction.end()
    }
  }

  async #verified(call: Call, verifier: Verifier): Promise<Outputs> {
    const { entry, inputs, params, settings, state } = call
    const copies = (): Promise<SavedState> => this.#memory.finish(state.copies())
    const values = inputs.reading === null ? inputs.values : await inputs.reading
    const check = await verifier.before(entry, values, effective(settings, params), copies)
    const outputs = await this.#perform(call)
    if (check === null) return outputs
    try {
      await check(outputs, await copies())
      return outputs
    } catch (error) {
      for (const output of Object.values(outputs)) output.release()
      throw error
    }
  }

  async #explained({ message }: RefusedWork, entry: string, { buffers, values }: HeldInputs): Promise<Error> {
    const lent = buffers.map((name) => ({ name, buffer: (values[name] as DenseTensor).buffer }))
    const blamed = await blamedBuffer(this.#memory, lent)
    return blamed ?? problem('ESP4807', { kernel: entry, place: '', reason: message })
  }

  #tensorOf(fields: TensorFields): DenseTensor | DevicePacked {
    return fields.kind === 'dense' ? new DenseTensor(this.#memory, fields) : new DevicePacked(this.#memory, fields)
  }

  #ownState(state: State | undefined): StateStore {
    if (state === undefined) return this.#state
    if (!(state instanceof StateStore) || !state.belongsTo(this.#memory)) throw problem('ESP4603', { policy: this.name })
    return state
  }
}

/** The parameters of a call with those of its instance. */
function effective(settings: ReadonlyMap<string, ParamValue>, params: Params): Params {
  const given = Object.entries(params).filter(([, value]) => value !== undefined)
  return Object.fromEntries([...[...settings].map(([name, value]) => [name, paramText(value)] as const), ...given])
}
