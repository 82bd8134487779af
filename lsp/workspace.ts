/**
 * The documents that are open, the files around them, and one analysis per version. A text in the editor wins over the one
 * on disk; an analysis is made again when its own text, or one it used, has changed.
 */
import { DiagnosticSink } from '../compiler/diagnostics/sink.ts'
import type { SourceFile } from '../compiler/frontend/ast.ts'
import { parseSource } from '../compiler/frontend/parse.ts'
import { PieceCache } from '../compiler/frontend/parse/piece-cache.ts'
import { createLoader, type LoadedSource } from '../compiler/frontend/stdlib.ts'
import { Analysis } from './analysis.ts'
import type { Host, SourceName } from './host.ts'
import { isLibrary } from './source-names.ts'

export interface OpenDocument {
  readonly name: SourceName
  readonly version: number
  readonly text: string
}

interface Kept {
  readonly analysis: Analysis
  /** What it was given of other files; null where there was none. */
  readonly used: Map<SourceName, string | null>
}

export class Workspace {
  private readonly host: Host
  private readonly library: ReadonlyMap<string, string>
  private readonly open = new Map<SourceName, OpenDocument>()
  private readonly files = new Map<SourceName, string | null>()
  private readonly kept = new Map<SourceName, Kept>()
  private readonly caches = new Map<SourceName, PieceCache>()
  private readonly trees = new Map<string, { readonly file: SourceFile; readonly diagnostics: DiagnosticSink }>()
  private folders: readonly SourceName[] = []

  constructor(host: Host) {
    this.host = host
    this.library = new Map(Object.entries(host.library).map(([name, text]) => [`std:${name}`, text]))
  }

  set(document: OpenDocument): void {
    this.open.set(document.name, document)
  }

  close(name: SourceName): void {
    this.open.delete(name)
    this.kept.delete(name)
    this.caches.delete(name)
    this.files.delete(name)
  }

  /** Files on disk may have changed. */
  forgetFiles(): void {
    this.files.clear()
  }

  setFolders(folders: readonly SourceName[]): void {
    this.folders = folders
  }

  isOpen(name: SourceName): boolean {
    return this.open.has(name)
  }

  /** Open documents whose analysis used this one. */
  usersOf(name: SourceName): readonly SourceName[] {
    return [...this.open.keys()].filter((other) => other !== name && this.kept.get(other)?.used.has(name) === true)
  }

  /** Every policy file there is to look for names in: open ones, and those of the folders of the workspace. */
  allFiles(): readonly SourceName[] {
    return [...new Set([...this.open.keys(), ...this.folders.flatMap((folder) => this.host.list(folder))])]
  }

  textOf(name: SourceName): string | null {
    if (isLibrary(name)) return this.library.get(name) ?? null
    const document = this.open.get(name)
    if (document !== undefined) return document.text
    const known = this.files.get(name)
    if (known !== undefined) return known
    const text = this.host.read(name)
    this.files.set(name, text)
    return text
  }

  /** Null when there is no such document. */
  analysis(name: SourceName): Analysis | null {
    const text = this.textOf(name)
    if (text === null) return null
    const version = this.open.get(name)?.version ?? 0
    const kept = this.kept.get(name)
    if (kept?.analysis.source.text === text && kept.analysis.version === version && this.isFresh(kept)) return kept.analysis
    return this.analyse({ name, version, text })
  }

  /** The same document with another text, to see what would become of it. Nothing is kept. */
  trial(name: SourceName, texts: ReadonlyMap<SourceName, string>): Analysis | null {
    const text = texts.get(name) ?? this.textOf(name)
    if (text === null) return null
    const load = createLoader(this.library, (path) => texts.get(path) ?? this.textOf(path))
    const cache = this.cacheOf(name)
    return new Analysis({ name, text }, 0, { load, parse: this.parse, cache })
  }

  /** For tools that compile: the same texts that the analysis sees. */
  readonly load = (path: string, from: string): LoadedSource | null =>
    createLoader(this.library, (name) => this.textOf(name))(path, from)

  private analyse({ name, version, text }: OpenDocument): Analysis {
    const used = new Map<SourceName, string | null>()
    const load = createLoader(this.library, (path) => {
      const found = this.textOf(path)
      used.set(path, found)
      return found
    })
    const analysis = new Analysis({ name, text }, version, { load, parse: this.parse, cache: this.cacheOf(name) })
    this.kept.set(name, { analysis, used })
    return analysis
  }

  private isFresh({ used }: Kept): boolean {
    return [...used].every(([name, text]) => this.textOf(name) === text)
  }

  private cacheOf(name: SourceName): PieceCache {
    const known = this.caches.get(name) ?? new PieceCache()
    this.caches.set(name, known)
    return known
  }

  /** Trees of used files, by their text. */
  private readonly parse = ({ name, text }: LoadedSource, sink: DiagnosticSink): SourceFile => {
    const key = `${name}\0${text}`
    let known = this.trees.get(key)
    if (known === undefined) {
      const diagnostics = new DiagnosticSink()
      known = { file: parseSource({ name, text }, diagnostics), diagnostics }
      if (this.trees.size >= MAX_TREES) this.trees.clear()
      this.trees.set(key, known)
    }
    for (const diagnostic of known.diagnostics.list()) sink.add(diagnostic)
    return known.file
  }
}

const MAX_TREES = 200
