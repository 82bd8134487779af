/** Plays the examples of ESP4xxx diagnostics: sets the scene that `compiler/diagnostics/catalogue/call.ts` describes, and calls. */
import binaryen from 'binaryen'
import type { Manifest } from '../../abi/manifest.ts'
import { requireManifest } from '../../host/manifest-check.ts'
import { instantiate } from '../../host/runtime/wasm/index.ts'
import type { Params, SavedState, Sizes } from '../../host/runtime/types.ts'
import type { Inputs, Outputs, Policy } from '../../host/runtime/wasm/types.ts'
import type { CompiledPolicy } from '../../compiler/driver.ts'

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

interface ExampleCall {
  readonly entry?: string
  readonly inputs?: Readonly<Record<string, Json>>
  readonly params?: Params
}

interface Scene extends ExampleCall {
  readonly manifest?: Readonly<Record<string, Json>>
  readonly artifact?: readonly number[] | 'kernels that stop'
  readonly sizes?: Sizes
  readonly maxBytes?: number
  readonly earlier?: readonly ExampleCall[]
  readonly restore?: Readonly<
    Record<string, { readonly dtype: 'f32'; readonly shape: number[]; readonly data: readonly number[] }>
  >
  readonly released?: boolean
  readonly read?: string
  readonly state?: 'own' | 'other'
}

export async function playCallExample(compiled: CompiledPolicy, entry: string, scene: Scene): Promise<void> {
  const manifest = requireManifest(changed(compiled.manifest, scene.manifest ?? {}))
  const artifact = artifactOf(compiled, manifest, scene.artifact)
  const { sizes, maxBytes } = scene
  const policy = await instantiate(manifest, artifact, {
    ...(sizes === undefined ? {} : { sizes }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
  })
  const results: Outputs[] = []
  for (const call of scene.earlier ?? []) results.push(play(policy, entry, call, results))
  if (scene.restore !== undefined) policy.restore(scene.restore as unknown as SavedState)
  if (scene.released === true) policy.release()
  if (scene.read !== undefined) return void policy.readState(scene.read)
  const other = scene.state === undefined ? null : scene.state === 'own' ? policy : await instantiate(manifest, artifact)
  play(policy, entry, scene, results, other)
}

function play(
  policy: Policy,
  entry: string,
  call: ExampleCall,
  results: readonly Outputs[],
  owner: Policy | null = null,
): Outputs {
  const inputs = Object.entries(call.inputs ?? {}).map(([name, value]) => [name, inputOf(value, results)])
  return policy.call(call.entry ?? entry, Object.fromEntries(inputs) as Inputs, call.params, owner?.state())
}

/** `@0.K` is output K of the first earlier call; `bits` are the elements of a Uint16Array. */
function inputOf(value: Json, results: readonly Outputs[]): unknown {
  const reference = typeof value === 'string' ? /^@(\d+)\.(\w+)$/.exec(value) : null
  if (reference !== null) return results[Number(reference[1])]?.[reference[2] ?? '']
  if (typeof value !== 'object' || value === null || !('bits' in value)) return value
  return { ...value, data: Uint16Array.from(value['bits'] as readonly number[]) }
}

function changed(manifest: Manifest, changes: Readonly<Record<string, Json>>): unknown {
  const root = JSON.parse(JSON.stringify(manifest)) as Record<string, unknown>
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split('.')
    const last = keys.pop() ?? ''
    const holder = keys.reduce((at, key) => at[key] as Record<string, unknown>, root)
    if (!(last in holder)) throw new Error(`the manifest has no ${path}`)
    holder[last] = value
  }
  return root
}

function artifactOf(compiled: CompiledPolicy, manifest: Manifest, given: Scene['artifact']): Uint8Array<ArrayBuffer> {
  if (given === 'kernels that stop') return stoppingModule(compiled, manifest)
  if (given !== undefined) return Uint8Array.from(given)
  return compiled.artifacts.find((artifact) => artifact.role === 'kernels')?.content as Uint8Array<ArrayBuffer>
}

/** A module with the kernels of the policy, by name and parameters, that all trap. */
function stoppingModule(compiled: CompiledPolicy, manifest: Manifest): Uint8Array<ArrayBuffer> {
  const module = new binaryen.Module()
  module.addGlobal('abi', binaryen.i32, false, module.i32.const(manifest.abi))
  module.addGlobalExport('abi', 'espalier_abi')
  for (const { name } of compiled.kernelModule.funcs.filter((func) => func.role === 'kernel')) {
    module.addFunction(name, binaryen.none, binaryen.none, [], module.unreachable())
    module.addFunctionExport(name, name)
  }
  const bytes = new Uint8Array(module.emitBinary())
  module.dispose()
  return bytes
}
