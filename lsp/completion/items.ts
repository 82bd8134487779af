/** Pieces that completions are made of. */
import { CompletionItemKind, InsertTextFormat, MarkupKind, type CompletionItem } from 'vscode-languageserver'

/** Groups in the order in which they are offered. */
export type Rank = 'local' | 'policy' | 'file' | 'form' | 'builtin' | 'word' | 'library'
const RANKS: readonly Rank[] = ['local', 'policy', 'file', 'form', 'builtin', 'word', 'library']

export interface Offer {
  readonly label: string
  readonly kind: CompletionItemKind
  readonly rank: Rank
  readonly detail?: string
  readonly doc?: string | null
  /** With `$1`, `${2:word}` where the cursor goes. */
  readonly snippet?: string
}

export function item({ label, kind, rank, detail, doc, snippet }: Offer): CompletionItem {
  return {
    label,
    kind,
    sortText: `${RANKS.indexOf(rank)}${label}`,
    ...(detail === undefined ? {} : { detail }),
    ...(doc == null || doc === '' ? {} : { documentation: { kind: MarkupKind.Markdown, value: doc } }),
    ...(snippet === undefined ? {} : { insertText: snippet, insertTextFormat: InsertTextFormat.Snippet }),
  }
}

export const word = (label: string, doc: string | null = null, snippet?: string): CompletionItem =>
  item({ label, kind: CompletionItemKind.Keyword, rank: 'word', doc, ...(snippet === undefined ? {} : { snippet }) })

export const words = (labels: readonly string[]): CompletionItem[] => labels.map((label) => word(label))

/** As text of a snippet. */
export const escaped = (text: string): string => text.replace(/[\\$}]/g, '\\$&')
