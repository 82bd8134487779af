/** The shared declarations by name, and which of them a text needs: those it mentions, and those that they mention. */
import { doubleArithmetic } from './double-arithmetic.ts'
import { doubleBits } from './double-bits.ts'
import { doubleFunctions } from './double-functions.ts'
import { functions } from './functions.ts'
import { half } from './half.ts'
import { numbers } from './numbers.ts'

const SHEETS = [numbers, half, functions, doubleBits, doubleArithmetic, doubleFunctions]
const DECLARED = /^(?:fn|alias|const|struct) (\w+)/m

export class Library {
  /** In the order of the sheets. A blank line ends a declaration; the comment above belongs to it. */
  private readonly declarations = new Map<string, string>()

  constructor() {
    for (const declaration of SHEETS.flatMap((sheet) => sheet.trim().split(/\n\n/))) {
      const name = DECLARED.exec(declaration)?.[1]
      if (name !== undefined) this.declarations.set(name, declaration)
    }
  }

  names(): Iterable<string> {
    return this.declarations.keys()
  }

  /** The declarations that `text` needs, each once. */
  neededBy(text: string): string {
    const needed = new Set<string>()
    const visit = (part: string): void => {
      for (const word of part.match(/\w+/g) ?? []) {
        const declaration = this.declarations.get(word)
        if (declaration === undefined || needed.has(word)) continue
        needed.add(word)
        visit(declaration)
      }
    }
    visit(text)
    return [...this.declarations].flatMap(([name, declaration]) => (needed.has(name) ? [declaration] : [])).join('\n\n')
  }
}
