/** A policy on the way to kernels, for accounts: no kernel is assembled. */
import { wasmCaps } from '../../backends/wasm/caps.ts'
import type { CompiledPolicy, Target } from '../../compiler/driver.ts'
import type { Module } from '../../compiler/ir/node.ts'
import type { FloatDTypes } from '../float-dtypes.ts'
import type { Program } from '../program.ts'

const planOnly: Target = { name: 'wasm', extension: 'wasm', caps: wasmCaps, emit: async () => [] }

export interface PlanLevels {
  readonly compiled: CompiledPolicy
  /** As regions. */
  readonly sparse: Module
  /** As kernels, before memory is shared and loops are widened. */
  readonly lowered: Module
}

/** Null for a policy without entries. */
export async function planLevels(program: Program, dtypes: FloatDTypes): Promise<PlanLevels | null> {
  const levels = new Map<string, Module>()
  const compiled = await program.compile(dtypes, planOnly, {
    onDump: (_pass, module) => {
      if (module.level !== 'kernel' || !levels.has('kernel')) levels.set(module.level, module)
    },
  })
  const [sparse, lowered] = [levels.get('sparse'), levels.get('kernel')]
  return sparse === undefined || lowered === undefined ? null : { compiled, sparse, lowered }
}
