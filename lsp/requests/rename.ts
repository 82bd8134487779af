/**
 * Renaming that keeps the meaning: edits are tried on a copy first, and refused when the copy has a mistake that the text
 * has not, or when a name would mean another thing than before. A word that is the name of an output too keeps that name.
 */
import type { Span } from '../../compiler/diagnostics/span.ts'
import { isReserved } from '../../compiler/frontend/keywords.ts'
import type { NameSymbol } from '../../compiler/frontend/names/name-index.ts'
import type { Analysis } from '../analysis.ts'
import { isLibrary } from '../source-names.ts'
import { references, type FoundIn } from './references.ts'
import { symbolAt, type NamedPlace } from './symbol-at.ts'
import { tokenAt } from './token-at.ts'

export interface TextChange {
  readonly span: Span
  readonly text: string
}

/** Why something cannot be renamed, for the user. */
export class RenameRefusal extends Error {}

/** The word that would be renamed. */
export function prepareRename(analysis: Analysis, offset: number): NamedPlace {
  const place = symbolAt(analysis, offset)
  const word = tokenAt(analysis, offset)
  if (place === null) {
    if (word?.kind === 'word' && isReserved(word.text)) throw new RenameRefusal(`\`${word.text}\` is a keyword`)
    throw new RenameRefusal('there is no name here that could be changed')
  }
  const { kind, name, declared } = place.symbol
  if (kind === 'builtin') throw new RenameRefusal(`\`${name}\` is built into the language`)
  if (kind === 'file') throw new RenameRefusal('files are renamed where they are kept')
  if (declared !== null && isLibrary(declared.source))
    throw new RenameRefusal(`\`${name}\` belongs to the library (\`${declared.source.replace(':', '.')}\`)`)
  if (analysis.isBroken) throw new RenameRefusal('a part of this file cannot be read: names in it would be missed')
  return place
}

/** All edits, by document. `trial` analyses documents with other texts. */
export function rename(
  analysis: Analysis,
  offset: number,
  newName: string,
  others: () => Iterable<Analysis>,
  trial: (name: string, texts: ReadonlyMap<string, string>) => Analysis | null,
): ReadonlyMap<Analysis, readonly TextChange[]> {
  const { symbol } = prepareRename(analysis, offset)
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(newName))
    throw new RenameRefusal(`\`${newName}\` is not a name: letters, digits and \`_\``)
  if (isReserved(newName)) throw new RenameRefusal(`\`${newName}\` is a keyword`)
  const found = references(analysis, symbol, others)
  const broken = found.find((one) => one.analysis.isBroken)
  if (broken !== undefined) throw new RenameRefusal(`a part of ${broken.analysis.source.name} cannot be read`)
  const library = found.find((one) => isLibrary(one.analysis.source.name))
  if (library !== undefined) throw new RenameRefusal('the library uses this name')
  const changes = new Map(found.map((one) => [one.analysis, changesOf(one, symbol, newName)]))
  const texts = new Map([...changes].map(([{ source }, list]) => [source.name, applied(source.text, list)]))
  for (const before of changes.keys()) keepsMeaning(before, trial(before.source.name, texts), newName)
  return changes
}

function changesOf({ analysis, occurrences }: FoundIn, { name }: NameSymbol, newName: string): readonly TextChange[] {
  const own = occurrences[0]?.symbol
  const others = new Set(analysis.names.occurrences.filter(({ symbol }) => symbol !== own).map(({ span }) => span.start))
  return occurrences.map(({ span, role }): TextChange => {
    if (!others.has(span.start)) return { span, text: newName }
    // `return heads`: the other of the two names stays.
    return { span, text: role === 'implied' ? `${newName}: ${name}` : `${name}: ${newName}` }
  })
}

export function applied(text: string, changes: readonly TextChange[]): string {
  let result = text
  for (const { span, text: words } of [...changes].sort((a, b) => b.span.start - a.span.start))
    result = result.slice(0, span.start) + words + result.slice(span.end)
  return result
}

function keepsMeaning(before: Analysis, after: Analysis | null, newName: string): void {
  const taken = (): RenameRefusal => new RenameRefusal(`\`${newName}\` already means something else here`)
  if (after === null) throw taken()
  const codes = ({ checked }: Analysis): readonly string[] => checked.diagnostics.map(({ code }) => code).sort()
  const [old, now] = [codes(before), codes(after)]
  const added = now.find((code, i) => old[i] !== code)
  if (now.length > old.length || added !== undefined) throw taken()
  if (shape(before) !== shape(after)) throw taken()
}

/** Which words name the same thing, whatever they are: equal before and after. */
function shape({ names }: Analysis): string {
  const numbers = new Map<number, number>()
  return names.occurrences
    .filter(({ role }) => role !== 'implied')
    .filter(({ symbol }) => names.symbols[symbol]?.kind !== 'output')
    .map(({ symbol }) => {
      const number = numbers.get(symbol) ?? numbers.size
      numbers.set(symbol, number)
      return number
    })
    .join()
}
