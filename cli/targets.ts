/** The targets that policies can be run on, by name; owns the assembler's thread, which is started when it is first needed. */
import { cudaCaps } from '../backends/cuda-c/caps.ts'
import { wasmCaps } from '../backends/wasm/caps.ts'
import { wgslCaps } from '../backends/wgsl/caps.ts'
import type { Target } from '../compiler/driver.ts'
import { wasmInstance } from './compiled-instance.ts'
import { compiledRunner } from './compiled-runner.ts'
import { cudaTarget } from './cuda-target.ts'
import type { Program } from './program.ts'
import { refuse } from './refusal.ts'
import { referenceRunner } from './reference-runner.ts'
import type { Runner } from './runner.ts'
import { startWasmTarget, wasmUnavailable, type WasmTarget } from './wasm-target.ts'
import { WebgpuTarget } from './webgpu-target.ts'

const known = ['reference', 'wasm', 'wgsl', 'cuda'] as const
export type TargetName = (typeof known)[number]

/** Those that run wherever this program does. */
export const defaultTargets: readonly TargetName[] = ['reference', 'wasm']

/** Words of `--target`, also with commas; refused (ESP5301) when one cannot run here. */
export function parseTargets(words: readonly string[]): readonly TargetName[] {
  return words.flatMap((word) => word.split(',')).map(requireTarget)
}

export function requireTarget(name: string): TargetName {
  const available = known.filter((target) => target !== 'wasm' || wasmUnavailable() === null)
  return available.find((target) => target === name) ?? refuse('ESP5301', { target: name, available })
}

/** The most bytes that one tensor may have on a target. */
export const largestTensor: Readonly<Record<TargetName, number>> = {
  reference: Infinity,
  wasm: wasmCaps.maxBufferBytes,
  wgsl: wgslCaps.maxBufferBytes,
  cuda: cudaCaps.maxBufferBytes,
}

export class Targets {
  private wasm: WasmTarget | null = null
  private webgpu: WebgpuTarget | null = null

  runner(target: TargetName, program: Program, sizes: Readonly<Record<string, number>> = {}): Runner {
    switch (target) {
      case 'reference':
        return referenceRunner(program, sizes)
      case 'wasm':
        return compiledRunner(program, { name: 'wasm', target: () => this.wasmTarget(), instantiate: wasmInstance }, sizes)
      case 'wgsl':
        return compiledRunner(program, (this.webgpu ??= new WebgpuTarget()), sizes)
      case 'cuda':
        return compiledRunner(program, cudaTarget, sizes)
    }
  }

  /** The thread begins to load the assembler now. */
  wasmTarget(): Target {
    this.wasm ??= startWasmTarget()
    return this.wasm
  }

  close(): void {
    this.wasm?.close()
    this.webgpu?.close()
  }
}
