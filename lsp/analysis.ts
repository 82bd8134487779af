/**
 * Everything known about one version of a document, each stage computed when it is first asked for: the tree, the names,
 * the types. Requests are functions of this; nothing in it changes afterwards.
 */
import type { Diagnostic } from '../compiler/diagnostics/diagnostic.ts'
import { DiagnosticSink } from '../compiler/diagnostics/sink.ts'
import type { Span } from '../compiler/diagnostics/span.ts'
import type { Declaration, SourceFile } from '../compiler/frontend/ast.ts'
import { checkFile, type CheckedFile } from '../compiler/frontend/check.ts'
import type { Scope } from '../compiler/frontend/check/scope.ts'
import { bindFile } from '../compiler/frontend/names/bind-file.ts'
import type { NameIndex } from '../compiler/frontend/names/name-index.ts'
import { readSource, type ReadSource } from '../compiler/frontend/parse.ts'
import type { PieceCache } from '../compiler/frontend/parse/piece-cache.ts'
import { resolveFile, type Parse, type Resolved } from '../compiler/frontend/resolve.ts'
import type { Source } from '../compiler/frontend/source.ts'
import type { Load } from '../compiler/frontend/stdlib.ts'
import type { Elab } from '../compiler/frontend/types/value.ts'
import { TextLines } from './text-lines.ts'

/** UTF-16 units. What is longer is not read: an answer must come between two keystrokes. */
export const MAX_LENGTH = 256 * 1024

export interface Surroundings {
  /** Remembers which texts it gave: when one of them changes, the analysis is stale. */
  readonly load: Load
  readonly parse: Parse
  readonly cache: PieceCache
}

/** What an expression or a name turned out to be, in the scope whose builder its ids belong to. */
export interface Observation {
  readonly value: Elab
  readonly scope: Scope
}

export interface CheckedDocument {
  readonly result: CheckedFile
  /** Of the document and of the files it uses. */
  readonly diagnostics: readonly Diagnostic[]
  readonly observed: (span: Span) => Observation | null
}

export class Analysis {
  readonly source: Source
  readonly version: number
  readonly lines: TextLines
  private readonly surroundings: Surroundings
  private readonly parsed = lazy(() => this.read())
  private readonly resolution = lazy(() => this.resolve())
  private readonly index = lazy(() => bindFile(this.tree.file, this.resolved))
  private readonly checking = lazy(() => this.check())
  private readonly policies = new Map<Declaration, CheckedDocument['observed']>()
  private isChecked = false

  constructor(source: Source, version: number, surroundings: Surroundings) {
    this.source = source
    this.version = version
    this.lines = new TextLines(source.text)
    this.surroundings = surroundings
  }

  get tree(): ReadSource {
    return this.parsed().tree
  }

  get resolved(): Resolved {
    return this.resolution()
  }

  get names(): NameIndex {
    return this.index()
  }

  get checked(): CheckedDocument {
    return this.checking()
  }

  /** Whether a part of the text did not parse: names in it are not known. */
  get isBroken(): boolean {
    return this.parsed().sink.errorCount > 0
  }

  private read(): { tree: ReadSource; sink: DiagnosticSink } {
    const sink = new DiagnosticSink()
    const { source, surroundings } = this
    if (source.text.length <= MAX_LENGTH) return { tree: readSource(source, sink, surroundings.cache), sink }
    const tree = readSource({ name: source.name, text: '' }, sink)
    sink.report('ESP0114', { source: source.name, start: 0, end: 0 }, { limit: MAX_LENGTH, unit: 'characters' })
    return { tree, sink }
  }

  private resolve(): Resolved {
    const { load, parse } = this.surroundings
    return resolveFile(this.tree.file, load, new DiagnosticSink(), parse)
  }

  /** What the expression or name at these words is. Checks no more than the policy around it, unless all is checked already. */
  observed(span: Span): Observation | null {
    const policy = this.isChecked ? undefined : this.policyAround(span)
    if (policy === undefined) return this.checked.observed(span)
    let known = this.policies.get(policy)
    if (known === undefined) {
      const { file } = this.tree
      const alone = file.declarations.filter((one) => one === policy || (one.kind !== 'policy' && one.kind !== 'test'))
      known = this.observations({ ...file, declarations: alone }, new DiagnosticSink()).observed
      this.policies.set(policy, known)
    }
    return known(span)
  }

  private policyAround({ start, end }: Span): Declaration | undefined {
    const policies = this.tree.file.declarations.filter(({ kind }) => kind === 'policy')
    return policies.find(({ span }) => span.start <= start && end <= span.end)
  }

  private check(): CheckedDocument {
    this.isChecked = true
    const sink = new DiagnosticSink()
    for (const diagnostic of this.parsed().sink.list()) sink.add(diagnostic)
    const { result, observed } = this.observations(this.tree.file, sink)
    return { result, diagnostics: sink.list(), observed }
  }

  private observations(file: SourceFile, sink: DiagnosticSink): Pick<CheckedDocument, 'result' | 'observed'> {
    const observations = new Map<string, Observation>()
    const { load, parse } = this.surroundings
    const own = this.source.name
    const observe = ({ source, start, end }: Span, value: Elab, scope: Scope): void => {
      if (source !== own || (value.kind === 'error' && observations.has(key(start, end)))) return
      observations.set(key(start, end), { value, scope })
    }
    const result = checkFile(file, { load, parse, sink, observe })
    return { result, observed: ({ start, end }) => observations.get(key(start, end)) ?? null }
  }
}

const key = (start: number, end: number): string => `${start}:${end}`

function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null
  return () => (made ??= { value: make() }).value
}
