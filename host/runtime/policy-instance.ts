/** One instance of a compiled policy: its memory, parameters, plans and own state. Implements the public `Policy`. */
import {
  dtypeBytes,
  dtypeNames,
  dtypesOf,
  elementCount,
  encodeData,
  newData,
  type DataOf,
  type TensorData,
} from '../../abi/dtype.ts'
import { describe, problem } from '../../abi/espalier-error.ts'
import type { DTypeName, Manifest } from '../../abi/manifest.ts'
import { defaultParams, parseParams, type ParamValue } from '../../abi/params.ts'
import { type Arena } from './arena.ts'
import { callEntry } from './call-entry.ts'
import { DenseTensor } from './dense-tensor.ts'
import { readShape, requireLength } from './given-input.ts'
import { MEMORY_LIMIT } from './heap.ts'
import type { Kernels } from './launch.ts'
import { copyIn } from './place-inputs.ts'
import type { Plan } from './plan.ts'
import { StateStore } from './state-store.ts'
import { Transaction } from './transaction.ts'
import type { DataInput, HostTensor, Inputs, Outputs, Params, Policy, SavedState, Sizes, State, Tensor } from './types.ts'

export class PolicyInstance implements Policy {
  readonly name: string
  readonly manifest: Manifest
  readonly #arena: Arena
  readonly #kernels: Kernels
  readonly #params: Map<string, ParamValue>
  readonly #plans = new Map<string, Plan>()
  readonly #sizes: Sizes
  readonly #state: StateStore

  constructor(manifest: Manifest, arena: Arena, kernels: Kernels, sizes: Sizes) {
    this.name = manifest.policy
    this.manifest = manifest
    this.#arena = arena
    this.#kernels = kernels
    this.#params = defaultParams(manifest.params)
    this.#sizes = sizes
    this.#state = new StateStore(manifest, arena, sizes)
  }

  get memory(): { readonly bytes: number; readonly used: number } {
    return { bytes: this.#arena.bytes, used: this.#arena.used }
  }

  call(entry: string, inputs: Inputs = {}, params: Params = {}, state?: State): Outputs {
    this.#check()
    const host = { manifest: this.manifest, arena: this.#arena, kernels: this.#kernels, params: this.#params, plans: this.#plans }
    return callEntry(host, entry, inputs, params, this.#ownState(state))
  }

  set(params: Params): void {
    this.#check()
    for (const [name, value] of parseParams(this.manifest.params, params, this.name)) this.#params.set(name, value)
  }

  tensor<D extends DTypeName>(dtype: D, shape: readonly number[], data?: DataInput<D>): Tensor<D> {
    this.#check()
    if (!dtypeNames.includes(dtype))
      throw problem('ESP4203', {
        tensor: 'tensor()',
        expected: `of a dtype among ${dtypeNames.join(', ')}`,
        got: describe(dtype),
      })
    const extents = readShape('tensor()', shape)
    const count = elementCount(extents)
    const bytes = count * dtypeBytes(dtype)
    if (bytes >= MEMORY_LIMIT)
      throw problem('ESP4502', { what: 'tensor()', expected: `${MEMORY_LIMIT} bytes`, got: `${bytes} bytes` })
    const transaction = new Transaction(this.#arena)
    try {
      const at = copyIn(dtype, dataOf(dtype, extents, count, data), 'tensor()', this.#arena, transaction)
      transaction.keep(at)
      return new DenseTensor(this.#arena, { name: null, dtype, shape: extents, axes: extents.map(() => '*'), at })
    } finally {
      transaction.end()
    }
  }

  state(options: { readonly sizes?: Sizes } = {}): State {
    this.#check()
    return new StateStore(this.manifest, this.#arena, { ...this.#sizes, ...options.sizes })
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
    this.#plans.clear()
    this.#arena.close()
  }

  #check(): void {
    if (!this.#arena.alive) throw problem('ESP4503', { what: `the instance of policy \`${this.name}\`` })
  }

  #ownState(state: State | undefined): StateStore {
    if (state === undefined) return this.#state
    if (!(state instanceof StateStore) || !state.belongsTo(this.#arena)) throw problem('ESP4603', { policy: this.name })
    return state
  }
}

function dataOf(dtype: DTypeName, shape: readonly number[], count: number, data: unknown): TensorData {
  if (data === undefined) return newData(dtype, count)
  if (Array.isArray(data)) {
    requireLength('tensor()', shape, data.length)
    return encodeData(dtype, data.map(Number))
  }
  if (!(dtypesOf(data) ?? []).includes(dtype))
    throw problem('ESP4203', { tensor: 'tensor()', expected: `the data of ${dtype}`, got: describe(data) })
  const stored = data as DataOf<DTypeName>
  requireLength('tensor()', shape, stored.length)
  return stored.constructor.name === 'Float16Array' ? new Uint16Array(stored.buffer, stored.byteOffset, stored.length) : stored
}
