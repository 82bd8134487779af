/** Starts kernels of a WebAssembly module. Throws ESP4701 when one traps. */
import { problem } from '../../../abi/espalier-error.ts'
import type { Launch, Launcher } from '../launch.ts'
import type { Placement } from '../placement.ts'
import type { Plan } from '../plan.ts'

export type Kernels = Readonly<Record<string, (...args: number[]) => void>>

export class WasmLauncher implements Launcher {
  private readonly kernels: Kernels
  private readonly numbers: number[] = []

  constructor(kernels: Kernels) {
    this.kernels = kernels
  }

  launch({ step, args }: Launch, _plan: Plan, placement: Placement): void {
    this.numbers.length = 0
    for (const [i, arg] of step.args.entries()) {
      const isBuffer = typeof arg !== 'number' && arg.kind === 'buffer'
      this.numbers.push((args[i] ?? 0) + (isBuffer ? (placement.block[arg.buffer] ?? 0) : 0))
    }
    try {
      this.kernels[step.kernel]?.(...this.numbers)
    } catch (error) {
      throw problem('ESP4701', { kernel: step.kernel, reason: error instanceof Error ? error.message : String(error) })
    }
  }
}
