/**
 * The compiler as one function: policy text in, manifest and artefacts out. No IO: the caller reads files, gives the
 * backend as a value, and writes what comes back. Problems with the text are in the sink; only defects of the compiler
 * are thrown (CompilerBug).
 */
import type { Manifest } from '../abi/manifest.ts'
import type { DiagnosticSink } from './diagnostics/sink.ts'
import { checkFile, type CheckedFile } from './frontend/check.ts'
import type { SourceFile } from './frontend/ast.ts'
import { parseSource } from './frontend/parse.ts'
import { ops } from './ir/ops/index.ts'
import type { Func, Module } from './ir/node.ts'
import type { DType } from './ir/types.ts'
import { independentAxis } from './driver/independent-axis.ts'
import { buildManifest } from './driver/manifest.ts'
import { checkTargetLimits, type TargetLimits } from './driver/target-limits.ts'
import { runPipeline, type PassRemark, type PipelineOptions, type Step, type VerifyLevel } from './passes/manager.ts'
import { inline } from './passes/inline.ts'
import type { Pass } from './passes/pass.ts'
import { pipelineFor, type PipelineTable } from './passes/pipelines.ts'

export interface SourceText {
  readonly name: string
  readonly text: string
}

export interface FrontEndRequest {
  readonly source: SourceText
  /** Finds the text of a `use`: `std.math`, or a path relative to the file `from`. */
  readonly load: (path: string, from: string) => SourceText | null
  readonly sink: DiagnosticSink
  /** The source's syntax tree, when the caller has it already. */
  readonly parsed?: SourceFile
  /** What a `float` input is stored as; f32 when null. */
  readonly dtypes?: (entry: string, input: string) => DType | null
}

export interface TargetArtifact {
  readonly extension: string
  readonly role: 'kernels' | 'listing'
  readonly content: Uint8Array | string
}

/** What the driver needs of a backend; `backends/backend.ts` has the whole record. */
export interface Target {
  readonly name: string
  /** Of the file the manifest names, without its dot. */
  readonly extension: string
  readonly caps: PipelineTable & TargetLimits['caps']
  emit(kernels: readonly Func[], options?: { readonly listing?: boolean }): Promise<readonly TargetArtifact[]>
}

export interface CompileRequest extends FrontEndRequest {
  readonly target: Target
  readonly version: string
  /** Only this policy of the file; all when absent. */
  readonly policy?: string
  readonly listing?: boolean
  readonly verify?: VerifyLevel
  readonly clock?: () => number
  readonly gas?: number
  readonly onDump?: PipelineOptions['onDump']
  /** Called with each manifest while the target emits: a host's shim needs nothing else. */
  readonly onManifest?: (manifest: Manifest) => void
}

export interface CompiledPolicy {
  readonly name: string
  readonly manifest: Manifest
  readonly artifacts: readonly TargetArtifact[]
  /** As the front end gave it: what the reference evaluator runs. */
  readonly policyModule: Module
  readonly kernelModule: Module
  readonly steps: readonly Step[]
  readonly remarks: readonly PassRemark[]
}

export function frontEnd(request: FrontEndRequest): CheckedFile {
  const file = request.parsed ?? parseSource(request.source, request.sink)
  const { load, sink, dtypes } = request
  return checkFile(file, { load, sink, ...(dtypes === undefined ? {} : { dtypes }) })
}

/** Empty when the text has errors: the sink says which. */
export async function compile(request: CompileRequest): Promise<readonly CompiledPolicy[]> {
  const checked = frontEnd(request)
  if (request.sink.errorCount > 0) return []
  const chosen = checked.modules.filter((module) => request.policy === undefined || module.name === request.policy)
  for (const module of chosen) checkTargetLimits(module, request.target, request.sink)
  if (request.sink.errorCount > 0) return []
  const hash = await hashText([request.source.text, ...checked.used.map((file) => file.text)])
  const compiled: CompiledPolicy[] = []
  for (const module of chosen) {
    const one = await compileModule(module, hash, request)
    if (one === null) return []
    compiled.push(one)
  }
  return compiled
}

async function compileModule(module: Module, hash: string, request: CompileRequest): Promise<CompiledPolicy | null> {
  const { target } = request
  const result = lowerModule(module, pipelineFor(target.caps), request)
  if (result.stoppedBy !== null) return null
  const kernels = result.module.funcs.filter((func) => func.role === 'kernel')
  const emission = target.emit(kernels, { listing: request.listing ?? false })
  const artifact = `${module.name}.${target.extension}`
  const facts = { version: request.version, hash, target: target.name, artifact }
  const manifest = buildManifest(result.module, { ...facts, cutAlong: cutsOf(module, request.sink) })
  request.onManifest?.(manifest)
  const artifacts = await emission
  return {
    name: module.name,
    manifest,
    artifacts,
    policyModule: module,
    kernelModule: result.module,
    steps: result.steps,
    remarks: result.remarks,
  }
}

/** The axis along which each variant of each entry may be run in parts. */
function cutsOf(module: Module, sink: DiagnosticSink): (func: Func) => string | null {
  const { funcs } = lowerModule(module, [inline], { sink, verify: 'off' }).module
  const key = ({ name, variant }: Func): string => JSON.stringify([name, variant])
  const axes = new Map(funcs.filter(({ role }) => role === 'entry').map((func) => [key(func), independentAxis(func)]))
  return (func) => axes.get(key(func)) ?? null
}

/** Runs passes over a module with the caller's options. */
export function lowerModule(
  module: Module,
  passes: readonly Pass[],
  request: Pick<CompileRequest, 'sink' | 'verify' | 'clock' | 'gas' | 'onDump'>,
) {
  const { sink, verify, clock, gas, onDump } = request
  return runPipeline(module, passes, {
    ops,
    sink,
    ...(verify === undefined ? {} : { verify }),
    ...(clock === undefined ? {} : { clock }),
    ...(gas === undefined ? {} : { gas }),
    ...(onDump === undefined ? {} : { onDump }),
  })
}

/** SHA-256 of the policy's text and of the files it uses, in the order of their use. */
async function hashText(texts: readonly string[]): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(texts.join('\0')))
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
