/** Identifiers of an emitted text: unique, and none that is taken: by the language, or by what is beside them. */

export class Names {
  private readonly taken: Set<string>

  constructor(taken: Iterable<string>) {
    this.taken = new Set(taken)
  }

  /** An identifier like `wanted`. */
  fresh(wanted: string): string {
    const cleaned = wanted.replace(/[^A-Za-z0-9_]/g, '_').replace(/^[_0-9]+/, '')
    const base = cleaned === '' ? 'v' : cleaned
    let name = base
    for (let i = 2; this.taken.has(name); i++) name = `${base}_${i}`
    this.taken.add(name)
    return name
  }

  /** Names that are given from now on differ from those of this set too; that set stays as it is. */
  inner(): Names {
    return new Names(this.taken)
  }
}
