/** A policy that was read and checked: what every command that runs or compiles one starts from. */
import type { Manifest } from '../abi/manifest.ts'
import { DiagnosticSink } from '../compiler/diagnostics/sink.ts'
import type { Sources } from '../compiler/diagnostics/render.ts'
import type { Diagnostic } from '../compiler/diagnostics/diagnostic.ts'
import { compile, frontEnd, lowerModule, type CompiledPolicy, type CompileRequest, type Target } from '../compiler/driver.ts'
import type { SourceFile } from '../compiler/frontend/ast.ts'
import type { CheckedFile } from '../compiler/frontend/check.ts'
import type { PolicySignature } from '../compiler/frontend/check/signature.ts'
import type { CheckedTest } from '../compiler/frontend/check/test-blocks.ts'
import type { Source } from '../compiler/frontend/source.ts'
import { parseSource } from '../compiler/frontend/parse.ts'
import type { Load } from '../compiler/frontend/stdlib.ts'
import { nearMiss } from '../abi/near-miss.ts'
import type { EvalError } from '../compiler/ir/eval/eval-error.ts'
import type { Module } from '../compiler/ir/node.ts'
import { inferSparsity } from '../compiler/passes/infer-sparsity.ts'
import { policyPipeline } from '../compiler/passes/pipelines.ts'
import { cacheFolder, cacheKey, readCache, writeCache } from './cache.ts'
import { allF32, dtypeOf, dtypesKey, isFloat, type FloatDTypes } from './float-dtypes.ts'
import { loadUsed, readPolicySource } from './policy-source.ts'
import { refuse } from './refusal.ts'
import { Rejected } from './rejected.ts'
import type { RunTensors } from './runner.ts'
import { buildId, version } from './version.ts'

const layoutPasses = policyPipeline.slice(0, policyPipeline.indexOf(inferSparsity) + 1)

/** One file: its policies and tests. */
export interface Unit {
  readonly source: Source
  /** Texts of the file and of those it uses, by name. */
  readonly sources: Sources
  readonly parsed: SourceFile
  readonly checked: CheckedFile
  readonly warnings: readonly Diagnostic[]
  /** Where the texts of used files came from. */
  readonly load: Load
}

/** Reads and checks. Throws Rejected when the text has errors. */
export async function readUnit(path: string): Promise<Unit> {
  return unitOf(await readPolicySource(path))
}

export function unitOf(source: Source, load: Load = loadUsed): Unit {
  const sink = new DiagnosticSink()
  const parsed = parseSource(source, sink)
  const checked = frontEnd({ source, parsed, load, sink })
  const sources = new Map([source, ...checked.used].map(({ name, text }) => [name, text]))
  if (sink.hasErrors) throw new Rejected(sink.list(), sources, sink.dropped)
  return { source, sources, parsed, checked, warnings: sink.list(), load }
}

/** The policy of that name, or the only one. */
export function programOf(unit: Unit, policy: string | null = null): Program {
  const { signatures } = unit.checked
  const names = signatures.map((signature) => signature.name)
  const path = unit.source.name
  if (names.length === 0) refuse('ESP5308', { path })
  if (policy === null && names.length > 1) refuse('ESP5311', { path, policies: names })
  const signature = policy === null ? signatures[0] : signatures.find((candidate) => candidate.name === policy)
  if (signature === undefined) refuse('ESP5312', { path, policy: policy ?? '', suggestion: nearMiss(policy ?? '', names) })
  return new Program(unit, signature)
}

export const openProgram = async (path: string, policy: string | null = null): Promise<Program> =>
  programOf(await readUnit(path), policy)

/** A compiled policy as the host loads it. */
export interface Loadable {
  readonly manifest: Manifest
  readonly artifact: Uint8Array
}

export class Program {
  readonly unit: Unit
  readonly signature: PolicySignature
  readonly tests: readonly CheckedTest[]
  private readonly modules = new Map<string, Module>()
  private readonly layouts = new Map<string, Module>()

  constructor(unit: Unit, signature: PolicySignature) {
    this.unit = unit
    this.signature = signature
    this.tests = unit.checked.tests.filter((test) => test.policy === signature.name)
  }

  get name(): string {
    return this.signature.name
  }

  /** The dtypes that tensors given to one entry ask for. Inputs of other entries follow, when all tensors agree. */
  floatDTypes(entry: string, tensors: RunTensors, known: FloatDTypes = allF32): FloatDTypes {
    const named = new Map(known.named)
    const inputs = this.signature.entries.find((candidate) => candidate.name === entry)?.inputs ?? []
    for (const input of inputs) {
      const dtype = tensors[input.name]?.dtype
      if (input.kind === 'tensor' && input.dtype === 'float' && isFloat(dtype)) named.set(`${entry}.${input.name}`, dtype)
    }
    const seen = new Set(named.values())
    const [only] = seen
    return { named, rest: seen.size === 1 && only !== undefined ? only : 'f32' }
  }

  /** The policy-level module for these dtypes. */
  module(dtypes: FloatDTypes): Module {
    const key = dtypesKey(dtypes)
    const known = this.modules.get(key)
    if (known !== undefined) return known
    const sink = new DiagnosticSink()
    const { source, parsed, load } = this.unit
    const checked = frontEnd({ source, parsed, load, sink, dtypes: (entry, input) => dtypeOf(dtypes, entry, input) })
    if (sink.hasErrors) throw new Rejected(sink.list(), this.unit.sources, sink.dropped)
    const module = checked.modules.find((candidate) => candidate.name === this.name)
    if (module === undefined) throw new Error(`policy ${this.name} is gone`)
    this.modules.set(key, module)
    return module
  }

  /**
   * How compiled targets lay out packed outputs: whether rows are known to have one length is found out by passes. Only the
   * types of this module are used, never its operations, so the reference stays independent of the passes.
   */
  layoutModule(dtypes: FloatDTypes): Module {
    const key = dtypesKey(dtypes)
    const known = this.layouts.get(key)
    if (known !== undefined) return known
    const { module } = lowerModule(this.module(dtypes), layoutPasses, { sink: new DiagnosticSink() })
    this.layouts.set(key, module)
    return module
  }

  /** Throws Rejected when the target cannot do what the policy asks. */
  async compile(
    dtypes: FloatDTypes,
    target: Target,
    options: Pick<CompileRequest, 'listing' | 'onManifest' | 'onDump'> = {},
  ): Promise<CompiledPolicy> {
    const sink = new DiagnosticSink()
    const [compiled] = await compile({
      source: this.unit.source,
      parsed: this.unit.parsed,
      load: this.unit.load,
      sink,
      target,
      version,
      policy: this.name,
      ...options,
      dtypes: (entry, input) => dtypeOf(dtypes, entry, input),
      clock: () => performance.now(),
    })
    if (compiled === undefined) throw new Rejected(sink.list(), this.unit.sources, sink.dropped)
    return compiled
  }

  /** The same from the cache, when it is there; only what a host needs. `target` is made when it is needed. */
  async load(dtypes: FloatDTypes, target: () => Target, targetName: string): Promise<Loadable> {
    const key = cacheKey(['load', version, buildId, targetName, this.name, dtypesKey(dtypes), [...this.unit.sources]])
    const cached = readCache(cacheFolder(), key)
    const text = cached?.get('manifest.json')
    const artifact = cached?.get('kernels')
    if (text !== undefined && artifact !== undefined)
      return { manifest: JSON.parse(new TextDecoder().decode(text)) as Manifest, artifact }
    const compiled = await this.compile(dtypes, target())
    const content = compiled.artifacts.find((candidate) => candidate.role === 'kernels')?.content ?? new Uint8Array(0)
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
    const manifest = new TextEncoder().encode(JSON.stringify(compiled.manifest))
    writeCache(cacheFolder(), key, new Map([['manifest.json', manifest], ['kernels', bytes]])) // prettier-ignore
    return { manifest: compiled.manifest, artifact: bytes }
  }

  /** An evaluation without an answer, as a diagnostic at the place in the text. */
  rejection(error: EvalError): Rejected {
    const message = `the evaluation has no answer: ${error.message}`
    const help = 'Check the parameters and extents of this call.'
    return new Rejected([{ code: 'ESP4401', severity: 'error', message, span: error.span, related: [], help }], this.unit.sources)
  }
}
