/**
 * One instance of a policy on a device: its parameters, plans and own state, and calls one after the other. What a device calls its
 * memory is added by the instance of each target, which implements the public `Policy`.
 */
import { problem } from '../../../abi/espalier-error.ts'
import type { DTypeName, Manifest, TensorSpec } from '../../../abi/manifest.ts'
import { defaultParams, paramText, parseParams, type ParamValue } from '../../../abi/params.ts'
import { performCall, prepareCall } from '../call-entry.ts'
import { placeTensor } from '../given-tensor.ts'
import type { Launcher } from '../launch.ts'
import type { Plan } from '../plan.ts'
import type { DenseFields, TensorFields } from '../resident.ts'
import { Transaction } from '../transaction.ts'
import type { HostTensor, Params, SavedState, Sizes } from '../types.ts'
import type { DeviceDense } from './device-dense.ts'
import type { DeviceMemory } from './device-memory.ts'
import type { DevicePacked } from './device-packed.ts'
import { holdInputs, type HeldInputs } from './hold-inputs.ts'
import { StateStore } from './state-store.ts'
import { TaskQueue } from './task-queue.ts'
import type { State } from './types.ts'
import type { Verifier } from './verify-call.ts'

/** Starts kernels; may keep workspace between the launches of one call. */
export interface DeviceLauncher extends Launcher {
  /** Gives back the workspace of a call. */
  end(): void
}

export interface InstanceFacts {
  readonly sizes: Sizes
  readonly verifier: Verifier | null
}

/** A call as it was made. */
export interface Call {
  readonly entry: string
  readonly inputs: HeldInputs
  readonly params: Params
  /** Parameters of the instance when the call was made. */
  readonly settings: ReadonlyMap<string, ParamValue>
  readonly state: StateStore
}

export abstract class DeviceInstance<M extends DeviceMemory, Dense extends DeviceDense<M>, Packed extends DevicePacked<M>> {
  readonly name: string
  readonly manifest: Manifest
  protected readonly own: M
  readonly #launcher: DeviceLauncher
  readonly #params: Map<string, ParamValue>
  readonly #plans = new Map<string, Plan>()
  readonly #facts: InstanceFacts
  readonly #queue = new TaskQueue()
  readonly #state: StateStore

  constructor(manifest: Manifest, memory: M, launcher: DeviceLauncher, facts: InstanceFacts) {
    this.name = manifest.policy
    this.manifest = manifest
    this.own = memory
    this.#launcher = launcher
    this.#params = defaultParams(manifest.params)
    this.#facts = facts
    this.#state = new StateStore(manifest, memory, this.#queue, facts.sizes)
  }

  /** A result in the memory of the instance. */
  protected abstract tensorOf(fields: TensorFields): Dense | Packed
  /** The tensor that memory of the caller stands for; null for what is something else. */
  protected abstract given(spec: TensorSpec, value: unknown): Dense | null
  /** What to report of a call that failed. */
  protected abstract explained(error: unknown, call: Call): unknown

  get memory(): { readonly bytes: number; readonly used: number; readonly buffers: number } {
    return { bytes: this.own.bytes, used: this.own.used, buffers: this.own.buffers }
  }

  async call(
    entry: string,
    inputs: Readonly<Record<string, unknown>> = {},
    params: Params = {},
    state?: State,
  ): Promise<Readonly<Record<string, Dense | Packed>>> {
    this.own.requireAlive()
    const own = this.#ownState(state)
    const holder = {
      memory: this.own,
      entry: this.manifest.entries.find((candidate) => candidate.name === entry),
      copy: this.#queue.isBusy || this.#facts.verifier !== null,
      given: (spec: TensorSpec, value: unknown) => this.given(spec, value),
    }
    const call: Call = {
      entry,
      inputs: holdInputs(holder, inputs),
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
    this.own.requireAlive()
    for (const [name, value] of parseParams(this.manifest.params, params, this.name)) this.#params.set(name, value)
  }

  state(options: { readonly sizes?: Sizes } = {}): State {
    this.own.requireAlive()
    return new StateStore(this.manifest, this.own, this.#queue, { ...this.#facts.sizes, ...options.sizes })
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
    this.own.trim()
  }

  release(): void {
    if (!this.own.alive) return
    this.#plans.clear()
    this.own.close()
  }

  /** A tensor that the caller makes. */
  protected placed<D extends DTypeName>(dtype: D, shape: readonly number[], data: unknown): DenseFields<D> {
    this.own.requireAlive()
    return this.own.upload(() => placeTensor(this.own, dtype, shape, data))
  }

  async #perform(call: Call): Promise<Readonly<Record<string, Dense | Packed>>> {
    const { entry, inputs, params, settings, state } = call
    const memory = this.own
    const values = inputs.reading === null ? inputs.values : await inputs.reading
    memory.requireAlive()
    const host = { manifest: this.manifest, memory, launcher: this.#launcher, params: settings, plans: this.#plans }
    const prepared = prepareCall(host, entry, values, params, state)
    const transaction = new Transaction(memory)
    try {
      const outputs = await memory.finish(performCall(host, prepared, transaction))
      return Object.fromEntries(outputs.map(([name, fields]) => [name, this.tensorOf(fields)]))
    } catch (error) {
      throw await this.explained(error, call)
    } finally {
      this.#launcher.end()
      transaction.end()
    }
  }

  async #verified(call: Call, verifier: Verifier): Promise<Readonly<Record<string, Dense | Packed>>> {
    const { entry, inputs, params, settings, state } = call
    const copies = (): Promise<SavedState> => this.own.finish(state.copies())
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

  #ownState(state: State | undefined): StateStore {
    if (state === undefined) return this.#state
    if (!(state instanceof StateStore) || !state.belongsTo(this.own)) throw problem('ESP4603', { policy: this.name })
    return state
  }
}

/** The parameters of a call with those of its instance. */
function effective(settings: ReadonlyMap<string, ParamValue>, params: Params): Params {
  const given = Object.entries(params).filter(([, value]) => value !== undefined)
  return Object.fromEntries([...[...settings].map(([name, value]) => [name, paramText(value)] as const), ...given])
}
