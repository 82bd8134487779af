/** The targets that policies can be run on, by name; owns the assembler's thread, which is started when it is first needed. */
import { wasmCaps } from '../backends/wasm/caps.ts'
import type { Target } from '../compiler/driver.ts'
import type { Program } from './program.ts'
import { refuse } from './refusal.ts'
import { referenceRunner } from './reference-runner.ts'
import type { Runner } from './runner.ts'
import { wasmRunner } from './wasm-runner.ts'
import { startWasmTarget, wasmUnavailable, type WasmTarget } from './wasm-target.ts'

const known = ['reference', 'wasm'] as const
export type TargetName = (typeof known)[number]

export const allTargets: readonly TargetName[] = known

/** Words of `--target`, also with commas; refused (ESP5301) when one cannot run here. */
export function parseTargets(words: readonly string[]): readonly TargetName[] {
  return words.flatMap((word) => word.split(',')).map(requireTarget)
}

export function requireTarget(name: string): TargetName {
  const available = known.filter((target) => target !== 'wasm' || wasmUnavailable() === null)
  return available.find((target) => target === name) ?? refuse('ESP5301', { target: name, available })
}

/** The most bytes that one tensor may have on a target. */
export const largestTensor: Readonly<Record<TargetName, number>> = { reference: Infinity, wasm: wasmCaps.maxBufferBytes }

export class Targets {
  private wasm: WasmTarget | null = null

  runner(target: TargetName, program: Program, sizes: Readonly<Record<string, number>> = {}): Runner {
    return target === 'reference' ? referenceRunner(program, sizes) : wasmRunner(program, () => this.wasmTarget(), sizes)
  }

  /** The thread begins to load the assembler now. */
  wasmTarget(): Target {
    this.wasm ??= startWasmTarget()
    return this.wasm
  }

  close(): void {
    this.wasm?.close()
  }
}
