/**
 * What the compiler gives for each section of a golden case. A case is compiled once, for wasm, verified and round-tripped after
 * every pass; sections read from that. Versions and hashes are masked.
 */
import { compile, type CompiledPolicy, type SourceText } from '../../compiler/driver.ts'
import { renderText } from '../../compiler/diagnostics/render.ts'
import { DiagnosticSink } from '../../compiler/diagnostics/sink.ts'
import { printModule } from '../../compiler/ir/text/print.ts'
import type { Module } from '../../compiler/ir/node.ts'
import type { DType } from '../../compiler/ir/types.ts'
import { wasmBackend } from '../../backends/wasm/index.ts'
import type { GoldenCase, Section } from './golden-case.ts'
import { librarySource, loadLibrary } from './library-source.ts'
import { structureText } from './structure.ts'
import { testOutcomes } from './test-outcomes.ts'

/** The actual text of each section of the case. */
export async function goldenSections(golden: GoldenCase): Promise<ReadonlyMap<Section, string>> {
  const compilation = await compileCase(golden)
  const texts = new Map<Section, string>()
  for (const section of golden.expected) texts.set(section, (await sectionText(section, compilation, golden)).trimEnd())
  return texts
}

interface Compilation {
  readonly source: SourceText
  readonly sink: DiagnosticSink
  readonly policies: readonly CompiledPolicy[]
  /** After the last run of each pass; `source` is what the front end gave. */
  readonly modules: ReadonlyMap<string, Module>
}

async function compileCase(golden: GoldenCase): Promise<Compilation> {
  const source =
    golden.meta.source === undefined ? { name: 'case.prune', text: golden.source ?? '' } : librarySource(golden.meta.source)
  const sink = new DiagnosticSink()
  const modules = new Map<string, Module>()
  const dtypes = readDTypes(golden.meta.dtypes ?? '')
  const policies = await compile({
    source,
    sink,
    load: loadLibrary,
    dtypes: (_entry, input) => dtypes.get(input) ?? null,
    target: wasmBackend,
    version: '0',
    listing: golden.expected.some((section) => section.name === 'WAT'),
    verify: 'roundtrip',
    onDump: (pass, module) => void modules.set(pass?.name ?? 'source', module),
  })
  const silent = golden.expected.every((section) => section.name !== 'DIAGNOSTICS')
  if (silent && sink.list().length > 0)
    throw new Error(`a case without DIAGNOSTICS reports none, but:\n${reported(source, sink)}`)
  return { source, sink, policies, modules }
}

const reported = (source: SourceText, sink: DiagnosticSink): string =>
  renderText(sink.list(), new Map([[source.name, source.text]]), { dropped: sink.dropped })

async function sectionText(section: Section, compilation: Compilation, golden: GoldenCase): Promise<string> {
  const { source, sink, policies } = compilation
  switch (section.name) {
    case 'DIAGNOSTICS':
      return reported(source, sink) || 'none'
    case 'IR':
      return printModule(narrowed(moduleAfter(section.argument, compilation), golden.meta.entry))
    case 'STRUCTURE':
      return structureText(moduleAfter(section.argument, compilation), section.text)
    case 'WAT':
      return listing(policies)
    case 'MANIFEST':
      return manifestText(policies, section.argument)
    case 'RUN':
      return testOutcomes(source, section.argument)
    case 'META':
    case 'SOURCE':
      throw new Error(`${section.name} is not an expectation`)
  }
}

function moduleAfter(pass: string, { modules }: Compilation): Module {
  const module = modules.get(pass)
  if (module === undefined) throw new Error(`nothing was dumped after ${pass}; there are ${[...modules.keys()].join(', ')}`)
  return module
}

/** One entry with its kernels: `compress`, `compress_0`, `compress_exact_1`. */
function narrowed(module: Module, entry: string | undefined): Module {
  if (entry === undefined) return module
  const funcs = module.funcs.filter(
    (func) => func.name === entry || (func.role === 'kernel' && func.name.startsWith(`${entry}_`)),
  )
  if (funcs.length === 0) throw new Error(`the policy has no entry ${entry}`)
  return { ...module, funcs }
}

function listing(policies: readonly CompiledPolicy[]): string {
  const listings = policies.flatMap((policy) => policy.artifacts.filter((artifact) => artifact.role === 'listing'))
  return listings.map(({ content }) => (typeof content === 'string' ? content : new TextDecoder().decode(content))).join('\n')
}

function manifestText(policies: readonly CompiledPolicy[], path: string): string {
  const [policy, ...others] = policies
  if (policy === undefined || others.length > 0) throw new Error('MANIFEST is for cases of one policy that compiles')
  let part: unknown = { ...policy.manifest, espalier: '*', hash: '*' }
  for (const key of path === '' ? [] : path.split('.')) {
    part = typeof part === 'object' && part !== null ? (part as Record<string, unknown>)[key] : undefined
    if (part === undefined) throw new Error(`the manifest has nothing at ${path}`)
  }
  return JSON.stringify(part, null, 2)
}

const DTYPES: readonly DType[] = ['f32', 'f16', 'bf16', 'i32', 'u32', 'u8', 'i8', 'bool']

/** `K=f16, V=bf16` */
function readDTypes(text: string): ReadonlyMap<string, DType> {
  const pairs = text.split(',').filter((part) => part.trim() !== '')
  return new Map(
    pairs.map((pair) => {
      const [name = '', value = ''] = pair.split('=').map((part) => part.trim())
      const dtype = DTYPES.find((known) => known === value)
      if (name === '' || dtype === undefined) throw new Error(`dtypes are \`NAME=DTYPE, …\`, not ${pair}`)
      return [name, dtype]
    }),
  )
}
