/** What lints are given of an entry. */
import type { EntryDecl } from '../../ast.ts'
import type { Mentions } from '../mentions.ts'
import type { EntryInput } from '../signature.ts'

/** An entry with its inputs checked, and what it mentions through the functions it calls. */
export interface CheckedEntry {
  readonly entry: EntryDecl
  readonly inputs: readonly EntryInput[]
  readonly mentions: Mentions
}
