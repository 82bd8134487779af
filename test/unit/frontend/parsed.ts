/** What the parser's tests share: parse a text, look at its tree without spans, at the text under a span, at the codes reported. */
import { expect } from 'vitest'
import type { Diagnostic } from '../../../compiler/diagnostics/diagnostic.ts'
import { DiagnosticSink } from '../../../compiler/diagnostics/sink.ts'
import type { Span } from '../../../compiler/diagnostics/span.ts'
import type { Declaration, EntryDecl, Expr, PolicyDecl, SourceFile, Stmt } from '../../../compiler/frontend/ast.ts'
import { parseSource } from '../../../compiler/frontend/parse.ts'

export interface Parsed {
  readonly file: SourceFile
  readonly diagnostics: readonly Diagnostic[]
  readonly text: string
}

export function parse(text: string): Parsed {
  const sink = new DiagnosticSink()
  const file = parseSource({ name: 'test.prune', text }, sink)
  return { file, diagnostics: sink.list(), text }
}

/** Parses a text without mistakes. */
export function parsed(text: string): SourceFile {
  const { file, diagnostics } = parse(text)
  expect(diagnostics).toEqual([])
  return file
}

export const codes = (text: string): string[] => parse(text).diagnostics.map(({ code }) => code)
export const messages = (text: string): string[] => parse(text).diagnostics.map(({ message }) => message)

/** A tree of plain data without its spans. */
export const bare = (tree: unknown): unknown =>
  JSON.parse(JSON.stringify(tree, (key, value: unknown) => (key === 'span' ? undefined : value))) as unknown

export const under = (text: string, span: Span | null): string => (span === null ? '' : text.slice(span.start, span.end))

export const onlyDeclaration = (text: string): Declaration => {
  const { declarations } = parsed(text)
  expect(declarations).toHaveLength(1)
  return declarations[0]!
}

export const policyOf = (items: string): PolicyDecl => onlyDeclaration(`policy p {\n${items}\n}`) as PolicyDecl

/** The statements of an entry. */
export function statements(body: string): readonly Stmt[] {
  const [item] = policyOf(`entry e(K: f16[t]) {\n${body}\n}`).items
  return (item as EntryDecl).body
}

/** The expression `text`, as the value of a `let`. */
export function expr(text: string): Expr {
  const [statement] = statements(`x = ${text}`)
  if (statement?.kind !== 'let') throw new Error('not a let statement')
  return statement.value
}

export const inEntry = (body: string): string => `policy p {\n  entry e(K: f16[t]) {\n${body}\n  }\n}\n`
