/** Makes an instance from a manifest and its WebAssembly. Throws EspalierError: ESP4002, ESP4003 or ESP4004. */
import { problem } from '../../abi/espalier-error.ts'
import { ABI_VERSION, type Manifest } from '../../abi/manifest.ts'
import { Arena } from './arena.ts'
import type { Kernels } from './launch.ts'
import { PolicyInstance } from './policy-instance.ts'
import { readArtifact } from './read-artifact.ts'
import type { ArtifactSource, InstanceOptions, Policy } from './types.ts'

export async function instantiate(manifest: Manifest, source: ArtifactSource, options: InstanceOptions = {}): Promise<Policy> {
  if (manifest.abi !== ABI_VERSION) throw problem('ESP4002', { expected: ABI_VERSION, got: String(manifest.abi) })
  const module = await readArtifact(source)
  const arena = new Arena(manifest.policy, options.maxBytes)
  const exports = await link(manifest, module, arena)
  return new PolicyInstance(manifest, arena, kernelsOf(manifest, exports), options.sizes ?? {})
}

async function link(manifest: Manifest, module: WebAssembly.Module, arena: Arena): Promise<WebAssembly.Exports> {
  try {
    const { exports } = await WebAssembly.instantiate(module, { env: { memory: arena.memory } })
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
