/**
 * A stream of decisions read from a list of numbers. The list comes from fast-check, so shrinking it shrinks what is built
 * from it: a number of 0, or the end of the list, always stands for the simplest alternative.
 */
export class Choices {
  private readonly words: readonly number[]
  private at = 0

  constructor(words: readonly number[]) {
    this.words = words
  }

  /** A whole number from 0 to n - 1. */
  below(n: number): number {
    const word = this.words[this.at++] ?? 0
    return n <= 1 ? 0 : word % n
  }

  /** The first element is the simplest. */
  pick<T>(list: readonly [T, ...T[]]): T
  pick<T>(list: readonly T[]): T | undefined
  pick<T>(list: readonly T[]): T | undefined {
    return list[this.below(list.length)]
  }

  /** True once in n times; never at the end of the list. */
  oneIn(n: number): boolean {
    return this.below(n) === n - 1
  }

  /** A subset, in order; empty at the end of the list. */
  some<T>(list: readonly T[]): readonly T[] {
    return list.filter(() => this.oneIn(2))
  }

  /** A subset of at least one element of a list that has one. */
  someOrOne<T>(list: readonly T[]): readonly T[] {
    const chosen = this.some(list)
    const one = this.pick(list)
    return chosen.length > 0 || one === undefined ? chosen : [one]
  }
}
