/**
 * Parses the pieces of an outline: guards, then the grammar, and for a body that does not parse its statements one by one,
 * so that each mistake is reported. What parsed is returned; what did not is left out, reported.
 */
import type { DiagnosticSink } from '../../diagnostics/sink.ts'
import type { RelatedSpan } from '../../diagnostics/diagnostic.ts'
import type { Span } from '../../diagnostics/span.ts'
import type { Declaration, EntryDecl, PolicyItem, Stmt } from '../ast.ts'
import type { Piece, PolicySection, Range, Section } from '../outline.ts'
import { nearMiss } from '../../../abi/near-miss.ts'
import { DECLARATION_KEYWORDS, ITEM_KEYWORDS } from '../keywords.ts'
import type { Source } from '../source.ts'
import type { PolicyHead } from './declarations.ts'
import { explainFailure } from './explain-failure.ts'
import { Guards, MAX_BRACKETS } from './guards.ts'
import { Passage } from './passage.ts'
import type { PieceCache } from './piece-cache.ts'
import { matchPolicy, policyActions, type MatchFailure, type StartRule } from './policy-grammar.ts'
import { Reader } from './reader.ts'
import type { Token } from './scan.ts'
import { statementPieces } from './statement-pieces.ts'

const ITEM_RULES = { axes: 'Axes', state: 'State', entry: 'Entry', fn: 'Fn' } as const
const DECLARATION_RULES = { use: 'Use', fn: 'Fn', test: 'Test' } as const

/** How to take apart a body that does not parse. */
const BODIES: Partial<Record<StartRule, { head: StartRule | null; body: StartRule; kind: 'statements' | 'steps' }>> = {
  Entry: { head: 'EntryHead', body: 'Statement', kind: 'statements' },
  Fn: { head: null, body: 'Statement', kind: 'statements' },
  Test: { head: 'TestHead', body: 'TestStep', kind: 'steps' },
}

/** After this many the rest of the file is left alone: nobody reads on, and a hostile file must not cost time. */
const MAX_ERRORS = 100

/** A body taken apart: what parsed of it. */
interface Parts {
  readonly head: unknown
  readonly parsed: readonly unknown[]
  /** Names that statements which did not parse would have defined. */
  readonly unread: readonly string[]
}

/** What a parser works on. `cache` makes parsing a file again cost what has changed in it. */
export interface TokenText {
  readonly source: Source
  readonly tokens: readonly Token[]
  readonly docs: ReadonlyMap<number, string>
  readonly cache: PieceCache | null
}

type Outcome = { readonly node: unknown } | { readonly failure: MatchFailure } | null

export class PieceParser {
  private readonly source: string
  private readonly sourceText: string
  private readonly cache: PieceCache | null
  private readonly tokens: readonly Token[]
  private readonly docs: ReadonlyMap<number, string>
  private readonly sink: DiagnosticSink
  private readonly guards: Guards
  private readonly errorsBefore: number

  constructor({ source, tokens, docs, cache }: TokenText, sink: DiagnosticSink) {
    this.source = source.name
    this.sourceText = source.text
    this.cache = cache
    this.tokens = tokens
    this.docs = docs
    this.sink = sink
    this.guards = new Guards(source.name, tokens, sink)
    this.errorsBefore = sink.errorCount
  }

  /** The declaration, or null when it is broken beyond use. */
  section(section: Section): Declaration | null {
    if (this.givenUp()) return null
    switch (section.kind) {
      case 'policy':
        return this.policy(section)
      case 'stray':
        this.stray(section, 'file')
        return null
      case 'items':
        this.misplaced(this.tokens[section.from], 'policy', null)
        this.items(section.items)
        return null
      default:
        return this.piece<Declaration>(section, DECLARATION_RULES[section.kind])
    }
  }

  private policy(section: PolicySection): Declaration | null {
    const head = this.piece<PolicyHead>(section.head, 'PolicyHead')
    if (section.escaped !== null) {
      const closing = this.tokens[section.escaped - 1]
      const related = closing === undefined ? null : { span: this.span(closing), message: 'the policy was closed here' }
      this.misplaced(this.tokens[section.escaped], 'policy', related)
    }
    const before = this.sink.errorCount
    const { items, unread } = this.items(section.items)
    const incomplete = this.sink.errorCount > before ? { unread } : {}
    const open = this.tokens[section.head.to - 1]
    if (section.closing === null && open?.text === '{') this.guards.unclosed(open, this.tokens[section.to])
    return head === null ? null : { kind: 'policy', ...head, items, ...incomplete, span: this.rangeSpan(section) }
  }

  private items(pieces: readonly Piece[]): { readonly items: readonly PolicyItem[]; readonly unread: readonly string[] } {
    const items: PolicyItem[] = []
    const unread: string[] = []
    for (const piece of pieces) {
      const parsed = this.item(piece)
      if (parsed !== null) items.push(parsed)
      else for (let at = piece.from; at < piece.to; at++) if (this.tokens[at]?.kind === 'word') unread.push(this.text(at))
    }
    return { items, unread }
  }

  private item(piece: Piece): PolicyItem | null {
    if (piece.kind === 'stray') this.stray(piece, 'policy')
    else if (piece.kind === 'misplaced') this.misplaced(this.tokens[piece.from], 'file', null)
    else return this.piece<PolicyItem>(piece, ITEM_RULES[piece.kind])
    return null
  }

  private piece<T>(range: Range, rule: StartRule): T | null {
    if (this.givenUp()) return null
    const key = this.cache === null ? null : this.keyOf(range, rule)
    if (this.cache === null || key === null) return this.parsePiece<T>(range, rule)
    const start = this.tokens[range.from]?.start ?? 0
    const known = this.cache.find(key, start)
    if (known !== undefined) return known as T
    const reported = this.sink.errorCount + this.sink.warningCount
    const node = this.parsePiece<T>(range, rule)
    if (node !== null && this.sink.errorCount + this.sink.warningCount === reported) this.cache.add(key, start, node)
    return node
  }

  /** Everything that decides what a piece is read as; null where that is not its text, because a keyword was put right. */
  private keyOf(range: Range, rule: StartRule): string | null {
    const [first, last] = [this.tokens[range.from], this.tokens[range.to - 1]]
    if (first === undefined || last === undefined) return null
    for (let at = range.from; at < range.to; at++) {
      const token = this.tokens[at]
      if (token?.kind === 'bad' || (token?.kind === 'word' && token.text.length !== token.end - token.start)) return null
      if (token?.kind === 'word' && !this.sourceText.startsWith(token.text, token.start)) return null
    }
    return [this.source, rule, this.docs.get(first.start) ?? '', this.sourceText.slice(first.start, last.end)].join('\0')
  }

  private parsePiece<T>(range: Range, rule: StartRule): T | null {
    const openEnded = (rule === 'PolicyHead' || rule === 'EntryHead' || rule === 'TestHead') && this.text(range.to - 1) === '{'
    const verdict = this.guards.check({ from: range.from, to: openEnded ? range.to - 1 : range.to })
    if (verdict === 'unreadable' || verdict === 'unbalanced')
      return this.recovered(this.bodyPieces(range, rule, verdict === 'unbalanced'), range, rule)
    if (verdict !== 'fine') return null
    const outcome = this.match(range, rule)
    if (outcome === null) return null
    if ('node' in outcome) return outcome.node as T
    const parts = this.bodyPieces(range, rule)
    if (parts === null) this.fail(range, rule, outcome.failure)
    return this.recovered(parts, range, rule)
  }

  /** Tries the parts of a body on their own; null when that found nothing to report. */
  private bodyPieces(range: Range, rule: StartRule, unbalanced = false): Parts | null {
    const how = BODIES[rule]
    const pieces = how === undefined ? null : statementPieces(this.tokens, range, how.kind, unbalanced)
    if (how === undefined || pieces === null) return null
    const before = this.sink.errorCount
    const head = how.head === null ? null : this.piece<unknown>(pieces.head, how.head)
    const parsed: unknown[] = []
    const unread: string[] = []
    for (const part of pieces.body) {
      const node = this.piece<unknown>(part, how.body)
      if (node !== null) parsed.push(node)
      else if (['=', ':='].includes(this.text(part.from + 1))) unread.push(this.text(part.from))
    }
    return this.sink.errorCount > before || unbalanced ? { head, parsed, unread } : null
  }

  /** An entry of the statements that parsed, so that what is wrong with those is found too. */
  private recovered<T>(parts: Parts | null, range: Range, rule: StartRule): T | null {
    if (rule !== 'Entry' || parts === null || parts.head === null) return null
    const head = parts.head as Pick<EntryDecl, 'doc' | 'name' | 'inputs'>
    const entry: EntryDecl = {
      kind: 'entry',
      ...head,
      body: parts.parsed as readonly Stmt[],
      unread: parts.unread,
      span: this.rangeSpan(range),
    }
    return entry as T
  }

  private match(range: Range, rule: StartRule): Outcome {
    const passage = new Passage(this.source, this.tokens, range)
    const reader = new Reader(passage, this.docs, this.sink, policyActions)
    try {
      const result = matchPolicy(passage.text, rule, (root) => ({ node: reader.read<unknown>(root) }))
      return 'node' in result ? result : { failure: { ...result, offset: passage.tokenAt(result.offset) } }
    } catch (error) {
      // The guards leave room for an ordinary stack; a host with a smaller one must not crash either.
      if (!(error instanceof RangeError)) throw error
      this.sink.report('ESP0113', this.rangeSpan(range), { what: 'brackets', limit: MAX_BRACKETS })
      return null
    }
  }

  private fail(range: Range, rule: StartRule, { offset, expected }: MatchFailure): void {
    explainFailure(this.source, this.tokens, { rule, range, at: offset, expected }, this.sink)
  }

  /** `place`: where it belongs. */
  private misplaced(token: Token | undefined, place: 'policy' | 'file', related: RelatedSpan | null): void {
    if (token === undefined) return
    const options = { related: related === null ? [] : [related] }
    this.sink.report('ESP0105', this.span(token), { keyword: token.text, place }, options)
  }

  private stray(piece: Range, inside: 'file' | 'policy'): void {
    const first = this.tokens[piece.from]
    if (first === undefined || first.kind === 'bad') return
    const span = this.span(first)
    const found = first.text.length > 30 ? `${first.text.slice(0, 30)}…` : first.text
    if (first.kind === 'mark' && /^[)\]}]$/.test(first.text)) this.sink.report('ESP0108', span, { bracket: first.text })
    else if (inside === 'file') this.sink.report('ESP0103', span, { found, meant: nearMiss(first.text, DECLARATION_KEYWORDS) })
    else this.sink.report('ESP0104', span, { found, meant: nearMiss(first.text, ITEM_KEYWORDS) })
  }

  private givenUp(): boolean {
    return this.sink.errorCount - this.errorsBefore >= MAX_ERRORS
  }

  private text(at: number): string {
    return this.tokens[at]?.text ?? ''
  }

  private span(token: Token): Span {
    return { source: this.source, start: token.start, end: token.end }
  }

  private rangeSpan({ from, to }: Range): Span {
    return { source: this.source, start: this.tokens[from]?.start ?? 0, end: this.tokens[to - 1]?.end ?? 0 }
  }
}
