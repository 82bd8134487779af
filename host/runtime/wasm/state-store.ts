/** The state variables of a policy in WebAssembly memory. Implements the public `State`. */
import { StateCells } from '../state-cells.ts'
import type { HostTensor, SavedState } from '../types.ts'
import type { State } from './types.ts'
import type { Manifest } from '../../../abi/manifest.ts'
import type { Sizes } from '../types.ts'
import type { WasmMemory } from './wasm-memory.ts'

export class StateStore extends StateCells implements State {
  readonly #memory: WasmMemory

  constructor(manifest: Manifest, memory: WasmMemory, sizes: Sizes) {
    super(manifest, memory, sizes)
    this.#memory = memory
  }

  reset(): void {
    this.clear()
  }

  save(): SavedState {
    return this.#memory.finish(this.copies())
  }

  restore(saved: SavedState): void {
    this.replace(saved)
  }

  read(name: string): HostTensor {
    return this.#memory.finish(this.copyOf(name))
  }
}
