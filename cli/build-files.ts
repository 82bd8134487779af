/** Compiles a source and makes the files of a build: kernels, manifest, shim with types. The part that the cache saves. */
import type { Diagnostic } from '../compiler/diagnostics/diagnostic.ts'
import type { Sources } from '../compiler/diagnostics/render.ts'
import type { CompiledPolicy, Target } from '../compiler/driver.ts'
import type { Source } from '../compiler/frontend/source.ts'
import { emitRuntime, emitShim } from '../host/emit.ts'
import { parseDTypes } from './float-dtypes.ts'
import { formatTypeScript, warmFormatter } from './format-typescript.ts'
import { programOf, unitOf } from './program.ts'
import { refuse } from './refusal.ts'
import type { Stopwatch } from './stopwatch.ts'

export interface BuildOptions {
  readonly policy: string | null
  readonly dtypes: readonly string[]
  readonly listing: boolean
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
  const put = (name: string, content: Uint8Array | string): void =>
    void files.set(name, typeof content === 'string' ? new TextEncoder().encode(content) : content)
  for (const program of programs) {
    const compiling = program.compile(dtypes, target, options.listing)
    warmFormatter() // while the assembler is still being loaded
    const compiled = await watch.time('compile', () => compiling)
    await addPolicy(compiled, target.name, put, watch)
  }
  const runtime = emitRuntime()
  put('espalier-runtime.js', runtime.js)
  put('espalier-runtime.d.ts', runtime.dts)
  return { files, diagnostics: unit.warnings, sources: unit.sources }
}

async function addPolicy(
  compiled: CompiledPolicy,
  target: string,
  put: (name: string, content: Uint8Array | string) => void,
  watch: Stopwatch,
): Promise<void> {
  const { name, manifest, artifacts } = compiled
  for (const { role, extension, content } of artifacts)
    put(role === 'kernels' ? manifest.artifact : `${name}.${extension}`, content)
  const shim = watch.timeSync('shim', () => emitShim(manifest, { target: 'wasm' }))
  const stem = `${name}.${target}`
  put(`${stem}.ts`, await watch.time('format', () => formatTypeScript(shim.ts)))
  put(`${stem}.js`, shim.js)
  put(`${stem}.d.ts`, shim.dts)
  put(`${stem}.manifest.json`, `${JSON.stringify(manifest, null, 2)}\n`)
}
