/** Makes an instance from a manifest and its WebAssembly. Throws EspalierError: ESP4002, ESP4003 or ESP4004. */
import { problem } from '../../../abi/espalier-error.ts'
import { ABI_VERSION, type Manifest } from '../../../abi/manifest.ts'
import { PolicyInstance } from './policy-instance.ts'
import { readModule } from './read-module.ts'
import type { ArtifactSource, InstanceOptions, Policy } from './types.ts'
import { WasmLauncher, type Kernels } from './wasm-launcher.ts'
import { WasmMemory } from './wasm-memory.ts'

export async function instantiate(manifest: Manifest, source: ArtifactSource, options: InstanceOptions = {}): Promise<Policy> {
  if (manifest.abi !== ABI_VERSION) throw problem('ESP4002', { expected: ABI_VERSION, got: String(manifest.abi) })
  const module = await readModule(source)
  const memory = new WasmMemory(manifest.policy, options.maxBytes)
  const exports = await link(manifest, module, memory)
  return new PolicyInstance(manifest, memory, new WasmLauncher(kernelsOf(manifest, exports)), options.sizes ?? {})
}

async function link(manifest: Manifest, module: WebAssembly.Module, { memory }: WasmMemory): Promise<WebAssembly.Exports> {
  try {
    const { exports } = await WebAssembly.instantiate(module, { env: { memory } })
    const version: unknown = exports['espalier_abi']
    const got: unknown = version instanceof WebAssembly.Global ? version.value : 'none'
    if (got === ABI_VERSION) return exports
    throw problem('ESP4002', { expected: ABI_VERSION, got: String(got) })
  } catch (error) {
    if (error instanceof WebAssembly.LinkError || error instanceof WebAssembly.RuntimeError || error instanceof TypeError)
      throw problem('ESP4003', { what: `the module of \`${manifest.policy}\``, reason: error.message })
    throw error
  }
}

function kernelsOf(manifest: Manifest, exports: WebAssembly.Exports): Kernels {
  const names = manifest.entries.flatMap((entry) =>
    entry.variants.flatMap((variant) => variant.steps.flatMap((step) => (step.op === 'launch' ? [step.kernel] : []))),
  )
  return Object.fromEntries(
    [...new Set(names)].map((kernel) => {
      const run = exports[kernel]
      if (typeof run !== 'function') throw problem('ESP4004', { kernel, policy: manifest.policy })
      return [kernel, run as (...args: number[]) => void] as const
    }),
  )
}
