/** Collects symbols and where they are named, in any order; hands them out sorted. */
import type { Span } from '../../diagnostics/span.ts'
import type { Name } from '../ast.ts'
import type { NameIndex, NameSymbol, Occurrence, Role, SymbolId, SymbolKind } from './name-index.ts'

export interface Declaration {
  readonly whole?: Span
  readonly scope?: Span
  readonly doc?: string | null
}

export class Recorder {
  private readonly source: string
  private readonly symbols: NameSymbol[] = []
  private readonly occurrences: Occurrence[] = []
  private readonly builtins = new Map<string, SymbolId>()

  constructor(source: string) {
    this.source = source
  }

  /** A new symbol, declared by this word. */
  declare(kind: SymbolKind, name: Name, { whole, scope, doc }: Declaration = {}, role: Role = 'declaration'): SymbolId {
    const id = this.symbols.length
    this.symbols.push({
      id,
      kind,
      name: name.text,
      declared: name.span,
      whole: whole ?? null,
      scope: scope ?? null,
      doc: doc ?? null,
    })
    this.mention(id, name.span, role)
    return id
  }

  builtin(name: string): SymbolId {
    const known = this.builtins.get(name)
    if (known !== undefined) return known
    const id = this.symbols.length
    this.symbols.push({ id, kind: 'builtin', name, declared: null, whole: null, scope: null, doc: null })
    this.builtins.set(name, id)
    return id
  }

  /** Words of other files are left to their own index. */
  mention(symbol: SymbolId | undefined, span: Span, role: Role = 'read'): void {
    if (symbol !== undefined && span.source === this.source) this.occurrences.push({ span, symbol, role })
  }

  finish(): NameIndex {
    const order = (a: Occurrence, b: Occurrence): number => a.span.start - b.span.start || a.symbol - b.symbol
    return { symbols: this.symbols, occurrences: [...this.occurrences].sort(order) }
  }
}
