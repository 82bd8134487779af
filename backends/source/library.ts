/** Shared declarations by name, and which of them a text needs: those it mentions, and those that they mention. */

export class Library {
  /** In the order of the sheets. A blank line ends a declaration; the comment above belongs to it. */
  private readonly declarations = new Map<string, string>()

  /** A group of `declared` is the name in a declaration; declarations of one name go together. */
  constructor(sheets: readonly string[], declared: RegExp) {
    for (const declaration of sheets.flatMap((sheet) => sheet.trim().split(/\n\n/))) {
      const name = declared
        .exec(declaration)
        ?.slice(1)
        .find((group) => group !== undefined)
      const others = name === undefined ? undefined : this.declarations.get(name)
      if (name !== undefined) this.declarations.set(name, others === undefined ? declaration : `${others}\n\n${declaration}`)
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
