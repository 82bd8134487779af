/** One instance of a policy in WebAssembly: its memory, parameters, plans and own state. Implements the public `Policy`. */
import { problem } from '../../../abi/espalier-error.ts'
import type { DTypeName, Manifest } from '../../../abi/manifest.ts'
import { defaultParams, parseParams, type ParamValue } from '../../../abi/params.ts'
import { performCall, prepareCall, type CallHost } from '../call-entry.ts'
import { placeTensor } from '../given-tensor.ts'
import type { Plan } from '../plan.ts'
import type { TensorFields } from '../resident.ts'
import { Transaction } from '../transaction.ts'
import type { DataInput, HostTensor, Params, SavedState, Sizes } from '../types.ts'
import { DenseTensor } from './dense-tensor.ts'
import { WasmPacked } from './packed-tensor.ts'
import { StateStore } from './state-store.ts'
import type { Inputs, Outputs, Policy, State, Tensor } from './types.ts'
import type { WasmLauncher } from './wasm-launcher.ts'
import type { WasmMemory } from './wasm-memory.ts'

export class PolicyInstance implements Policy {
  readonly name: string
  readonly manifest: Manifest
  readonly #memory: WasmMemory
  readonly #params: Map<string, ParamValue>
  readonly #host: CallHost
  readonly #sizes: Sizes
  readonly #state: StateStore

  constructor(manifest: Manifest, memory: WasmMemory, launcher: WasmLauncher, sizes: Sizes) {
    this.name = manifest.policy
    this.manifest = manifest
    this.#memory = memory
    this.#params = defaultParams(manifest.params)
    this.#host = { manifest, memory, launcher, params: this.#params, plans: new Map<string, Plan>() }
    this.#sizes = sizes
    this.#state = new StateStore(manifest, memory, sizes)
  }

  get memory(): { readonly bytes: number; readonly used: number } {
    return { bytes: this.#memory.bytes, used: this.#memory.used }
  }

  call(entry: string, inputs: Inputs = {}, params: Params = {}, state?: State): Outputs {
    this.#memory.requireAlive()
    const prepared = prepareCall(this.#host, entry, inputs, params, this.#ownState(state))
    const transaction = new Transaction(this.#memory)
    try {
      const outputs = this.#memory.finish(performCall(this.#host, prepared, transaction))
      return Object.fromEntries(outputs.map(([name, fields]) => [name, this.#tensorOf(fields)]))
    } finally {
      transaction.end()
    }
  }

  set(params: Params): void {
    this.#memory.requireAlive()
    for (const [name, value] of parseParams(this.manifest.params, params, this.name)) this.#params.set(name, value)
  }

  tensor<D extends DTypeName>(dtype: D, shape: readonly number[], data?: DataInput<D>): Tensor<D> {
    this.#memory.requireAlive()
    return new DenseTensor(this.#memory, placeTensor(this.#memory, dtype, shape, data))
  }

  state(options: { readonly sizes?: Sizes } = {}): State {
    this.#memory.requireAlive()
    return new StateStore(this.manifest, this.#memory, { ...this.#sizes, ...options.sizes })
  }

  readState(name: string): HostTensor {
    return this.#state.read(name)
  }

  reset(): void {
    this.#state.reset()
  }

  save(): SavedState {
    return this.#state.save()
  }

  restore(saved: SavedState): void {
    this.#state.restore(saved)
  }

  release(): void {
    this.#host.plans.clear()
    this.#memory.close()
  }

  #tensorOf(fields: TensorFields): DenseTensor | WasmPacked {
    return fields.kind === 'dense' ? new DenseTensor(this.#memory, fields) : new WasmPacked(this.#memory, fields)
  }

  #ownState(state: State | undefined): StateStore {
    if (state === undefined) return this.#state
    if (!(state instanceof StateStore) || !state.belongsTo(this.#memory)) throw problem('ESP4603', { policy: this.name })
    return state
  }
}
