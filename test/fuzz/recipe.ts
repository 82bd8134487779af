/** Recipes of random programs as a fast-check arbitrary: lists of lists of numbers, which it knows how to shrink. */
import fc from 'fast-check'
import type { Recipe } from './program.ts'

const words = (maxLength: number): fc.Arbitrary<number[]> =>
  fc.noBias(fc.array(fc.nat(0xffff), { maxLength, minLength: 0, size: 'max' }))

const lists = (minLength: number, maxLength: number, length: number): fc.Arbitrary<number[][]> =>
  fc.array(words(length), { minLength, maxLength, size: 'max' })

export const recipes = (statements: number): fc.Arbitrary<Recipe> =>
  fc.record({
    axes: lists(1, 3, 4),
    inputs: lists(1, 3, 10),
    states: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: lists(1, 2, 8) }),
    statements: lists(1, statements, 20),
    runs: lists(1, 3, 8),
    rest: words(20),
  })
