/** Selection against a naive sort: ties, NaN, zeros of both signs, candidates, protection. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { evaluateText, tensorOf, type Nested } from '../../support/evaluate-text.ts'

const { NaN: nan, POSITIVE_INFINITY: inf } = Number

interface Case {
  readonly score: readonly number[]
  readonly k: number
  readonly within?: readonly number[]
  readonly protect?: readonly number[]
  readonly ties?: 'first' | 'all'
}

/** The definition: rank everything by (score descending, position ascending), NaN last, then take. */
function naive({ score, k, within, protect, ties = 'first' }: Case): number[] {
  const key = (i: number): number => score[i] as number
  const candidates = score.map((_, i) => i).filter((i) => within?.[i] !== 0)
  const safe = candidates.filter((i) => protect !== undefined && protect[i] === 1)
  const ranked = candidates
    .filter((i) => !safe.includes(i))
    .sort((a, b) => {
      if (Number.isNaN(key(a)) || Number.isNaN(key(b)))
        return Number(Number.isNaN(key(a))) - Number(Number.isNaN(key(b))) || a - b
      return key(a) === key(b) ? a - b : key(a) > key(b) ? -1 : 1
    })
  const room = Math.max(0, k - safe.length)
  const kept = ranked.slice(0, room)
  const last = kept.at(-1)
  const ties_ =
    last === undefined || ties === 'first'
      ? []
      : ranked.filter((i) => key(i) === key(last) || (Number.isNaN(key(i)) && Number.isNaN(key(last))))
  const all = new Set([...safe, ...kept, ...ties_])
  return score.map((_, i) => Number(all.has(i)))
}

const optional = (index: number, given: unknown): string => (given === undefined ? '_' : `%${index}`)

function compiled(given: Case): unknown {
  const text = `entry e(%0 score: f32[x] input, %1 k: int param, %2 within: bool[x] input, %3 protect: bool[x] input) axes(x) {
    %4 = keep(%0, %1, ${optional(2, given.within)}, ${optional(3, given.protect)}) {axes = ["x"], ties = "${given.ties ?? 'first'}"}
    return out = %4
  }`
  const x = (value: readonly number[] | undefined): number[] => [...(value ?? given.score.map(() => 0))]
  const tensors = {
    score: tensorOf('f32', ['x'], [...given.score], [given.score.length]),
    within: x(given.within),
    protect: x(given.protect),
  }
  const bools = Object.fromEntries(
    (['within', 'protect'] as const).map((name) => [name, tensorOf('bool', ['x'], tensors[name], [given.score.length])]),
  )
  return evaluateText(text, { score: tensors.score, k: given.k, ...bools })['out']
}

describe('one row', () => {
  test.each<[string, Case, number[]]>([
    ['the best', { score: [3, 1, 2], k: 2 }, [1, 0, 1]],
    ['ties go to the lowest position', { score: [1, 2, 2, 2], k: 2 }, [0, 1, 1, 0]],
    ['ties all keep them all', { score: [1, 2, 2, 2], k: 2, ties: 'all' }, [0, 1, 1, 1]],
    ['ties all with k = 0 keeps nothing', { score: [2, 2], k: 0, ties: 'all' }, [0, 0]],
    ['all equal', { score: [5, 5, 5], k: 1 }, [1, 0, 0]],
    ['k = 0', { score: [1, 2], k: 0 }, [0, 0]],
    ['k negative', { score: [1, 2], k: -3 }, [0, 0]],
    ['k = n', { score: [1, nan], k: 2 }, [1, 1]],
    ['k > n', { score: [1, nan, -inf], k: 9 }, [1, 1, 1]],
    ['NaN ranks below -inf', { score: [nan, -inf, nan], k: 1 }, [0, 1, 0]],
    ['NaN in order of position', { score: [nan, 1, nan, nan], k: 3 }, [1, 1, 1, 0]],
    ['all NaN', { score: [nan, nan, nan], k: 2 }, [1, 1, 0]],
    ['all NaN, ties all', { score: [nan, nan, nan], k: 1, ties: 'all' }, [1, 1, 1]],
    ['NaN do not come along with a number', { score: [nan, 1, 2], k: 1, ties: 'all' }, [0, 0, 1]],
    ['-0 equals 0', { score: [-0, 0, -0], k: 2 }, [1, 1, 0]],
    ['-0 equals 0 on ties', { score: [0, -0, -1], k: 1, ties: 'all' }, [1, 1, 0]],
    ['infinities', { score: [-inf, inf, 0], k: 2 }, [0, 1, 1]],
    ['only candidates', { score: [9, 8, 7, 6], k: 2, within: [0, 1, 0, 1] }, [0, 1, 0, 1]],
    ['never more than the candidates', { score: [9, 8, 7], k: 3, within: [0, 0, 1] }, [0, 0, 1]],
    ['no candidate', { score: [9, 8], k: 2, within: [0, 0] }, [0, 0]],
    ['protected inside the budget', { score: [1, 9, 8, 7], k: 2, protect: [1, 0, 0, 0] }, [1, 1, 0, 0]],
    ['all protected even beyond the budget', { score: [1, 2, 3, 9], k: 2, protect: [1, 1, 1, 0] }, [1, 1, 1, 0]],
    ['protected with k = 0', { score: [1, 2], k: 0, protect: [1, 0] }, [1, 0]],
    ['protected but not a candidate', { score: [1, 2, 3], k: 1, within: [0, 1, 1], protect: [1, 0, 0] }, [0, 0, 1]],
    ['protected ones do not make ties', { score: [5, 5, 5], k: 1, protect: [0, 1, 0], ties: 'all' }, [0, 1, 0]],
    ['an empty axis', { score: [], k: 2 }, []],
    ['one element', { score: [nan], k: 1 }, [1]],
  ])('%s', (_, given, expected) => {
    expect(compiled(given)).toEqual(expected)
    expect(naive(given)).toEqual(expected)
  })

  test('agrees with a sort', () => {
    const element = fc.constantFrom(-inf, -2, -1, -0, 0, 0.5, 1, 2, 3, inf, nan)
    const flags = fc.array(fc.constantFrom(0, 1), { minLength: 12, maxLength: 12 })
    const cases = fc.record({
      score: fc.array(element, { minLength: 1, maxLength: 12 }),
      k: fc.integer({ min: -1, max: 14 }),
      within: fc.option(flags, { nil: undefined }),
      protect: fc.option(flags, { nil: undefined }),
      ties: fc.constantFrom('first' as const, 'all' as const),
    })
    fc.assert(
      fc.property(cases, ({ score, k, within, protect, ties }) => {
        const n = score.length
        const given: Case = {
          score,
          k,
          ties,
          ...(within && { within: within.slice(0, n) }),
          ...(protect && { protect: protect.slice(0, n) }),
        }
        expect(compiled(given)).toEqual(naive(given))
      }),
      { numRuns: 500 },
    )
  })
})

describe('several axes', () => {
  const keep = (attrs: string, given: Record<string, Nested>, operands = '%0, %1, _, _'): unknown =>
    evaluateText(
      `entry e(%0 s: f32[a, b, c] input, %1 k: int param, %2 ks: i32[a] input, %3 w: bool[b] input, %4 p: bool[a, c] input) axes(a, b, c) {
        %5 = keep(${operands}) {${attrs}, ties = "first"}
        return out = %5
      }`,
      {
        ks: [0, 0],
        w: [1, 1],
        p: [
          [0, 0],
          [0, 0],
        ],
        ...given,
      },
    )['out']
  const s = [
    [
      [1, 8],
      [3, 2],
    ],
    [
      [5, 5],
      [5, 5],
    ],
  ]

  test('every combination of the others has a budget of its own', () => {
    expect(keep('axes = ["b"]', { s, k: 1 })).toEqual([
      [
        [0, 1],
        [1, 0],
      ],
      [
        [1, 1],
        [0, 0],
      ],
    ])
    expect(keep('axes = ["c"]', { s, k: 1 })).toEqual([
      [
        [0, 1],
        [1, 0],
      ],
      [
        [1, 0],
        [1, 0],
      ],
    ])
  })
  test('several axes are one, in the order of the score however they are listed', () => {
    const expected = [
      [
        [0, 1],
        [1, 0],
      ],
      [
        [1, 1],
        [0, 0],
      ],
    ]
    expect(keep('axes = ["b", "c"]', { s, k: 2 })).toEqual(expected)
    expect(keep('axes = ["c", "b"]', { s, k: 2 })).toEqual(expected)
    expect(keep('axes = ["a", "b", "c"]', { s, k: 4 })).toEqual([
      [
        [0, 1],
        [0, 0],
      ],
      [
        [1, 1],
        [1, 0],
      ],
    ])
    expect(keep('axes = ["a", "c"]', { s, k: 1 })).toEqual([
      [
        [0, 1],
        [0, 0],
      ],
      [
        [0, 0],
        [1, 0],
      ],
    ])
  })
  test('a budget per row', () => {
    expect(keep('axes = ["b", "c"]', { s, k: 0, ks: [1, 3] }, '%0, %2, _, _')).toEqual([
      [
        [0, 1],
        [0, 0],
      ],
      [
        [1, 1],
        [1, 0],
      ],
    ])
  })
  test('candidates and protection are broadcast', () => {
    expect(keep('axes = ["b", "c"]', { s, k: 1, w: [0, 1] }, '%0, %1, %3, _')).toEqual([
      [
        [0, 0],
        [1, 0],
      ],
      [
        [0, 0],
        [1, 0],
      ],
    ])
    expect(
      keep(
        'axes = ["b", "c"]',
        {
          s,
          k: 3,
          p: [
            [1, 0],
            [0, 1],
          ],
        },
        '%0, %1, _, %4',
      ),
    ).toEqual([
      [
        [1, 1],
        [1, 0],
      ],
      [
        [1, 1],
        [0, 1],
      ],
    ])
  })
})

describe('budgets', () => {
  const budget = (
    mode: string,
    amount: string,
    value: number | string,
    n: number,
    extra: { round?: string; atLeast?: number; multipleOf?: number } = {},
  ): unknown =>
    evaluateText(
      `entry e(%0 amount: ${amount === 'count' ? 'int' : 'ratio'} param, %1 least: int param, %2 step: int param) axes(x) {
        %3 = size() {axis = "x"}
        %4 = budget(%0, %3, ${optional(1, extra.atLeast)}, ${optional(2, extra.multipleOf)}) {amount = "${amount}", mode = "${mode}", round = "${extra.round ?? 'down'}"}
        return out = %4
      }`,
      { amount: value, least: extra.atLeast ?? 0, step: extra.multipleOf ?? 0 },
      { x: n },
    )['out']

  test.each<[string, string, number | string, number, object, number]>([
    ['drop', 'ratio', '70%', 64, {}, 20], // 64 - floor(44.8)
    ['keep', 'ratio', '30%', 64, {}, 19],
    ['drop', 'ratio', '90%', 100, {}, 10],
    ['drop', 'ratio', 0.7, 10, {}, 3],
    ['keep', 'ratio', '50%', 5, {}, 2],
    ['keep', 'ratio', '50%', 5, { round: 'up' }, 3],
    ['keep', 'ratio', '50%', 5, { round: 'nearest' }, 3],
    ['keep', 'ratio', '50%', 5, { round: 'even' }, 2],
    ['keep', 'ratio', '50%', 7, { round: 'even' }, 4],
    ['drop', 'ratio', '50%', 5, { round: 'up' }, 2],
    ['drop', 'count', 3, 5, {}, 2],
    ['drop', 'count', 9, 5, {}, 0],
    ['keep', 'count', 9, 5, {}, 5],
    ['keep', 'count', 0, 5, { atLeast: 1 }, 1],
    ['keep', 'count', 5, 32, { multipleOf: 8 }, 8],
    ['keep', 'count', 0, 32, { atLeast: 3, multipleOf: 8 }, 8],
    ['keep', 'count', 7, 7, { multipleOf: 8 }, 7],
    ['keep', 'count', 4, 7, { multipleOf: 0 }, 4],
    ['keep', 'ratio', '1', 0, {}, 0],
    ['keep', 'ratio', 0, 7, {}, 0],
  ])('%s %s %s of %i %j keeps %i', (mode, amount, value, n, extra, expected) => {
    expect(budget(mode, amount, value, n, extra)).toBe(expected)
  })

  test('what is no budget is said', () => {
    expect(() => budget('keep', 'ratio', '120%', 5)).toThrow('the ratio to keep is 6/5: it must be between 0 % and 100 %')
    expect(() => budget('drop', 'count', -1, 5)).toThrow('the count to drop is -1: it must be 0 or more')
  })

  test('a real amount is the double it is: 0.7 is a little less than 7/10', () => {
    const text = `entry e(%0 r: real param) axes(x) {
      %1 = size() {axis = "x"}
      %2 = budget(%0, %1, _, _) {amount = "ratio", mode = "keep", round = "down"}
      return out = %2
    }`
    expect(evaluateText(text, { r: 0.7 }, { x: 10 })['out']).toBe(6)
    expect(evaluateText(text, { r: 0.75 }, { x: 10 })['out']).toBe(7)
  })
})
