/** The generator against the known answers of its authors' reference implementation, and what is made of its bits. */
import { describe, expect, test } from 'vitest'
import { numberWords, threefry } from '../../../compiler/ir/threefry.ts'
import { evaluateText } from '../../support/evaluate-text.ts'

const ONES = 0xffffffff

describe('threefry-2x32, 20 rounds', () => {
  test.each([
    { counter: [0, 0], key: [0, 0], words: [0x6b200159, 0x99ba4efe] },
    { counter: [ONES, ONES], key: [ONES, ONES], words: [0x1cb996fc, 0xbb002be7] },
    { counter: [0x243f6a88, 0x85a308d3], key: [0x13198a2e, 0x03707344], words: [0xc4923a9c, 0x483df7a0] },
  ] as const)('$words', ({ counter, key, words }) => {
    expect(threefry(numberWords, counter, key)).toEqual(words)
  })
})

const bitsOf = (seed: string, stream: string, word: number, axes = '"row"'): unknown =>
  evaluateText(
    `entry e(%0 x: f32[row, column] input) axes(row, column) {
  %1 = literal() {scalar = "int", value = "${seed}"} : int
  %2 = literal() {scalar = "int", value = "${stream}"} : int
  %3 = random_bits(%1, %2) {axes = [${axes}], word = ${word}} : u32[${axes.replaceAll('"', '')}]
  return out = %3
}`,
    {
      x: [
        [0, 0],
        [0, 0],
      ],
    },
  ).out

describe('random bits', () => {
  test('the first position of seed and stream 0 is the first known answer', () => {
    expect((bitsOf('0', '0', 0) as number[])[0]).toBe(0x6b200159)
    expect((bitsOf('0', '0', 1) as number[])[0]).toBe(0x99ba4efe)
  })
  test('position is row-major in the axes as they are named', () => {
    const [[a, b], [c, d]] = bitsOf('5', '9', 0, '"row", "column"') as [[number, number], [number, number]]
    expect(bitsOf('5', '9', 0, '"column", "row"')).toEqual([
      [a, b],
      [c, d],
    ])
    expect(bitsOf('5', '9', 0)).toEqual([a, b])
  })
  test('seeds are read modulo 2^32', () => {
    expect(bitsOf('-1', '4294967297', 0)).toEqual(bitsOf('4294967295', '1', 0))
  })
})
