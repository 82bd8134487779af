/** The state variables of a policy on a device. Implements the public `State`; what it does waits for the calls before it. */
import type { Manifest } from '../../../abi/manifest.ts'
import { StateCells } from '../state-cells.ts'
import type { HostTensor, SavedState, Sizes } from '../types.ts'
import type { DeviceMemory } from './device-memory.ts'
import type { TaskQueue } from './task-queue.ts'
import type { State } from './types.ts'

export class StateStore extends StateCells implements State {
  readonly #memory: DeviceMemory
  readonly #queue: TaskQueue

  constructor(manifest: Manifest, memory: DeviceMemory, queue: TaskQueue, sizes: Sizes) {
    super(manifest, memory, sizes)
    this.#memory = memory
    this.#queue = queue
  }

  reset(): Promise<void> {
    return this.#queue.run(async () => this.clear())
  }

  save(): Promise<SavedState> {
    return this.#queue.run(() => this.#memory.finish(this.copies()))
  }

  async restore(saved: SavedState): Promise<void> {
    const copied = this.#queue.isBusy ? structuredClone(saved) : saved
    return this.#queue.run(async () => this.#memory.upload(() => this.replace(copied)))
  }

  read(name: string): Promise<HostTensor> {
    return this.#queue.run(() => this.#memory.finish(this.copyOf(name)))
  }

  /** Waits for the calls before it. */
  override release(): void {
    void this.#queue.run(async () => super.release())
  }
}
