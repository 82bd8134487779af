/** The outline of a document: policies with their parameters, axes, states, entries and functions; tests. */
import { SymbolKind, type DocumentSymbol } from 'vscode-languageserver'
import type { Span } from '../../compiler/diagnostics/span.ts'
import type { Declaration, Name, PolicyDecl, PolicyItem } from '../../compiler/frontend/ast.ts'
import type { Analysis } from '../analysis.ts'

export function documentSymbols(analysis: Analysis): DocumentSymbol[] {
  const make: Make = (kind, name, span, children = [], detail = '') => ({
    name: name.text === '' ? '…' : name.text,
    detail,
    kind,
    range: analysis.lines.range(span),
    selectionRange: analysis.lines.range(within(name.span, span)),
    children: [...children],
  })
  return analysis.tree.file.declarations.flatMap((declaration) => declarationSymbols(make, declaration))
}

type Make = (kind: SymbolKind, name: Name, span: Span, children?: readonly DocumentSymbol[], detail?: string) => DocumentSymbol

const within = (inner: Span, outer: Span): Span => (inner.start >= outer.start && inner.end <= outer.end ? inner : outer)

function declarationSymbols(make: Make, declaration: Declaration): readonly DocumentSymbol[] {
  switch (declaration.kind) {
    case 'use': {
      const name = declaration.file ?? declaration.path.at(-1)
      return name === undefined ? [] : [make(SymbolKind.Module, name, declaration.span, [], 'use')]
    }
    case 'fn':
      return [make(SymbolKind.Function, declaration.name, declaration.span)]
    case 'test':
      return [make(SymbolKind.Event, declaration.title, declaration.span, [], 'test')]
    case 'policy':
      return [make(SymbolKind.Class, declaration.name, declaration.span, policyChildren(make, declaration))]
  }
}

function policyChildren(make: Make, { params, items }: PolicyDecl): readonly DocumentSymbol[] {
  return [
    ...params.map(({ name, span, type }) =>
      make(
        SymbolKind.Property,
        name,
        span,
        [],
        type.kind === 'scalar' ? type.scalar : type.choices.map(({ text }) => text).join(' | '),
      ),
    ),
    ...items.flatMap((item) => itemSymbols(make, item)),
  ]
}

function itemSymbols(make: Make, item: PolicyItem): readonly DocumentSymbol[] {
  switch (item.kind) {
    case 'axes':
      return item.definitions.map(({ name, span }) => make(SymbolKind.TypeParameter, name, span, [], 'axis'))
    case 'state': {
      const axes = item.type.axes.map(({ text }) => text).join(', ')
      return item.names.map((name) => make(SymbolKind.Field, name, item.span, [], `${item.type.dtype.text}[${axes}]`))
    }
    case 'fn':
      return [make(SymbolKind.Function, item.name, item.span)]
    case 'entry':
      return [make(SymbolKind.Method, item.name, item.span, [], `(${item.inputs.map(({ name }) => name.text).join(', ')})`)]
  }
}
