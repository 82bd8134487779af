/** Functions of a file and of the files it uses. A used file gives its own functions, not those it uses itself. */
import type { DiagnosticSink } from '../diagnostics/sink.ts'
import type { SourceFile, UseDecl } from './ast.ts'
import { addFunction, checkFunction } from './check/declarations.ts'
import { duplicate } from './check/naming.ts'
import type { FnInfo, FnTable } from './check/scope.ts'
import { parseSource } from './parse.ts'
import type { Load, LoadedSource } from './stdlib.ts'

export interface Resolved {
  readonly fns: FnTable
  /** The files that were used, directly or not, in the order they were met. */
  readonly used: readonly LoadedSource[]
  /** The source that each `use` of the file itself found. */
  readonly uses: ReadonlyMap<UseDecl, LoadedSource>
}

interface Unit {
  /** Own functions, by name. */
  readonly own: ReadonlyMap<string, FnInfo>
  readonly visible: FnTable
}

export type Parse = (source: LoadedSource, sink: DiagnosticSink) => SourceFile

const MAX_FILES = 100

/** `parse` may remember the trees of files that do not change. */
export function resolveFile(file: SourceFile, load: Load, sink: DiagnosticSink, parse: Parse = parseSource): Resolved {
  const uses = new Map<UseDecl, LoadedSource>()
  const used = new Map<string, LoadedSource>()
  const units = new Map<string, Unit>()
  const unitOf = (source: SourceFile): Unit => {
    const own = new Map<string, FnInfo>()
    const visible = new Map<string, FnInfo>()
    // Registered before its uses are followed, so that files may use each other.
    const unit: Unit = { own, visible }
    units.set(source.source, unit)
    for (const item of source.declarations) if (item.kind === 'fn') addFunction(sink, own, item, 'file', visible)
    for (const [name, info] of own) visible.set(name, info)
    for (const item of source.declarations) if (item.kind === 'use') bring(source, item, visible)
    for (const info of own.values()) checkFunction(sink, info)
    return unit
  }
  const bring = (source: SourceFile, use: UseDecl, visible: Map<string, FnInfo>): void => {
    const unit = usedUnit(source, use)
    for (const [name, info] of unit?.own ?? []) {
      const first = visible.get(name)
      if (first === undefined) visible.set(name, info)
      else if (first !== info) duplicate(sink, 'function', { text: name, span: use.span }, first.decl.name.span)
    }
  }
  const usedUnit = (source: SourceFile, use: UseDecl): Unit | null => {
    const path = pathOf(use)
    const loaded = path === null || used.size >= MAX_FILES ? null : load(path, source.source)
    if (loaded === null) {
      sink.report('ESP1013', use.span, { path: use.file?.text ?? use.path.map((name) => name.text).join('.') })
      return null
    }
    if (source === file) uses.set(use, loaded)
    const known = units.get(loaded.name)
    if (known !== undefined) return known
    used.set(loaded.name, loaded)
    return unitOf(parse(loaded, sink))
  }
  const { visible } = unitOf(file)
  return { fns: visible, used: [...used.values()], uses }
}

/** `std.a.b` is `std:a.b`; other dotted names have no meaning. */
function pathOf(use: UseDecl): string | null {
  if (use.file !== null) return use.file.text
  const [root, ...rest] = use.path.map((name) => name.text)
  return root === 'std' && rest.length > 0 ? `std:${rest.join('.')}` : null
}
