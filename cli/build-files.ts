/** Compiles a source and makes the files of a build: kernels, manifest, shim with types. The part that the cache saves. */
import type { Manifest } from '../abi/manifest.ts'
import type { Diagnostic } from '../compiler/diagnostics/diagnostic.ts'
import type { Sources } from '../compiler/diagnostics/render.ts'
import type { CompiledPolicy, Target } from '../compiler/driver.ts'
import type { Source } from '../compiler/frontend/source.ts'
import { emitCHost } from '../host/emit/c/emit-c-host.ts'
import { emitRuntime, emitShim, isShimTarget } from '../host/emit.ts'
import { compileCubins } from './cubins.ts'
import { parseDTypes } from './float-dtypes.ts'
import { formatTypeScript, warmFormatter } from './format-typescript.ts'
import { programOf, unitOf } from './program.ts'
import { refuse } from './refusal.ts'
import type { Stopwatch } from './stopwatch.ts'

export interface BuildOptions {
  readonly policy: string | null
  readonly dtypes: readonly string[]
  readonly listing: boolean
  /** GPUs that kernels for CUDA are also compiled for: `sm_90`. */
  readonly cubins: readonly string[]
}

export interface BuildResult {
  readonly files: ReadonlyMap<string, Uint8Array>
  /** Warnings; errors are thrown as Rejected. */
  readonly diagnostics: readonly Diagnostic[]
  readonly sources: Sources
}

export async function buildFiles(source: Source, target: Target, watch: Stopwatch, options: BuildOptions): Promise<BuildResult> {
  const unit = watch.timeSync('front end', () => unitOf(source))
  const { signatures } = unit.checked
  if (signatures.length === 0) refuse('ESP5308', { path: source.name })
  const chosen = options.policy === null ? signatures.map(({ name }) => name) : [options.policy]
  const programs = chosen.map((name) => programOf(unit, name))
  const dtypes = parseDTypes(
    options.dtypes,
    programs.map(({ signature }) => signature),
  )
  const files = new Map<string, Uint8Array>()
  const put: Put = (name, content) =>
    void files.set(name, typeof content === 'string' ? new TextEncoder().encode(content) : content)
  for (const program of programs) {
    warmFormatter()
    // The shim is made from the manifest while the target assembles the kernels.
    let shim: Promise<void> | null = null
    const onManifest = (manifest: Manifest): void => void (shim = addShim(manifest, target.name, put, watch))
    const compiled = await watch.time('compile', () => program.compile(dtypes, target, { listing: options.listing, onManifest }))
    await shim
    addArtifacts(compiled, target.name === 'cuda' ? withHost(compiled, put) : ['', ''], put)
    if (target.name === 'cuda' && options.cubins.length > 0)
      await watch.time('nvcc', () => addCubins(compiled.manifest, options.cubins, files))
  }
  if (isShimTarget(target.name)) {
    const runtime = emitRuntime(target.name)
    put(`${runtime.name}.js`, runtime.js)
    put(`${runtime.name}.d.ts`, runtime.dts)
  }
  return { files, diagnostics: unit.warnings, sources: unit.sources }
}

type Put = (name: string, content: Uint8Array | string) => void

/** With text before the kernels and behind them. */
function addArtifacts(
  { name, manifest, artifacts }: CompiledPolicy,
  [before, behind]: readonly [string, string],
  put: Put,
): void {
  for (const { role, extension, content } of artifacts)
    if (role !== 'kernels') put(`${name}.${extension}`, content)
    else put(manifest.artifact, typeof content === 'string' ? `${before}${content}${behind}` : content)
}

/** The functions in C of a policy, whose header is put beside it. */
function withHost({ manifest }: CompiledPolicy, put: Put): readonly [string, string] {
  const { header, headerFile, before, source } = emitCHost(manifest)
  put(headerFile, header)
  return [`${before}\n`, `\n${source}`]
}

async function addCubins(
  { artifact }: Manifest,
  architectures: readonly string[],
  files: Map<string, Uint8Array>,
): Promise<void> {
  const source = new Uint8Array(files.get(artifact) ?? [])
  for (const [name, cubin] of await compileCubins(artifact, source, architectures)) files.set(name, cubin)
}

async function addShim(manifest: Manifest, target: string, put: Put, watch: Stopwatch): Promise<void> {
  const stem = `${manifest.policy}.${target}`
  if (isShimTarget(target)) {
    const shim = watch.timeSync('shim', () => emitShim(manifest, { target }))
    put(`${stem}.ts`, await watch.time('format', () => formatTypeScript(shim.ts)))
    put(`${stem}.js`, shim.js)
    put(`${stem}.d.ts`, shim.dts)
  }
  put(`${stem}.manifest.json`, `${JSON.stringify(manifest, null, 2)}\n`)
}
