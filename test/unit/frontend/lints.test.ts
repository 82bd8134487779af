/** Lints: what they warn about, at which places, and what they leave alone. */
import { describe, expect, test } from 'vitest'
import { check } from '../../support/check-policy.ts'

const warnings = (text: string) => check(text).diagnostics.map(({ code, span }) => [code, text.slice(span!.start, span!.end)])

describe('a cascade that revives', () => {
  const cascade = (update: string, more = '') => `policy p(amount: ratio = 50%) {
  state alive: bool[token] = true
  entry layer(K: f32[token, channel]) {
    size = norm[channel](K)
    total = sum[token](size where alive)
    ${more}
    alive := ${update}
    return total
  }
}`
  const keep = 'keep amount of token by size'
  test.each([
    ['a selection among all', keep],
    ['or', `alive or (${keep} within alive) or size > 3`],
    ['protection is no confinement', `${keep} protect alive`],
  ])('%s', (_, update) => expect(warnings(cascade(update))).toEqual([['ESP2401', expect.any(String)]]))
  test('through a variable, at the selection, with the state', () => {
    const text = cascade('best', `best = ${keep}`)
    expect(warnings(text)).toEqual([['ESP2401', keep]])
    const [{ related } = { related: [] }] = check(text).diagnostics
    expect(related.map(({ span }) => text.slice(span.start, span.end))).toEqual(['alive'])
  })
  test.each([
    ['within', `${keep} within alive`],
    ['within a part', `${keep} within (alive and size > 1)`],
    ['and', `alive and (${keep})`],
    ['a score that is absent', 'keep amount of token by size where alive'],
    ['both sides of an or', `(${keep} within alive) or (alive and size > 3)`],
    ['what names its opposite', `(${keep} within alive) or (${keep} within not alive)`],
    ['a comparison', 'size > amount'],
  ])('not: %s', (_, update) => expect(warnings(cascade(update))).toEqual([]))
  test('not: a mask that nothing was computed with', () => {
    expect(warnings(cascade(keep).replace('sum[token](size where alive)', 'sum[token](size)'))).toEqual([])
  })
})

describe('an input that is only masked', () => {
  const returning = (outputs: string, inputs = 'W: f32[out, in]') =>
    `policy p { entry e(${inputs}) { m = keep 50% of in by abs(W)  return ${outputs} } }`
  test('is a warning where the number kept is known', () => {
    expect(warnings(returning('W: W where m'))).toEqual([['ESP2402', 'W where m']])
    expect(warnings('policy p { entry e(K: f32[token, c]) { return K: K where last 8 of token } }')).toEqual([
      ['ESP2402', 'K where last 8 of token'],
    ])
  })
  test.each([
    ['with the mask', 'm, W: W where m'],
    ['a value that was computed', 'W: W * 2 where m'],
    ['a number that depends on data', 'W: W where m and W > 0'],
    ['inside the computation', 'y: sum[in](W where m)'],
  ])('is none: %s', (_, outputs) => expect(warnings(returning(outputs))).toEqual([]))
})

describe('a budget that is protected by default', () => {
  const policy = (capacity: string, window: string, more = '') => `policy p(capacity: ${capacity}, window: count = 32) {
  entry e(K: f32[token, channel]) { return m: keep capacity of token by norm[channel](K) protect last ${window} of token${more} }
}`
  test('is a warning with the defaults', () => {
    const text = policy('count = 32', 'window')
    expect(warnings(text)).toEqual([['ESP2403', 'last window of token']])
    const [{ related } = { related: [] }] = check(text).diagnostics
    expect(related.map(({ message }) => message)).toEqual([
      'the budget is 32',
      '`capacity` is 32 by default',
      '`window` is 32 by default',
    ])
    expect(warnings(policy('count = 8', '8').replace(', window: count = 32', ''))).toEqual([['ESP2403', 'last 8 of token']])
  })
  test.each([
    ['a larger budget', policy('count = 33', 'window')],
    ['a share', policy('ratio = 10%', 'window')],
    ['a budget without a default', policy('count', 'window')],
    ['a lower bound', policy('count = 8', 'window', ' at least 64')],
  ])('is none: %s', (_, text) => expect(warnings(text)).toEqual([]))
})

describe('a policy that cannot prune', () => {
  test('has a ratio and no selection, or only selections that keep everything', () => {
    expect(warnings('policy p(r: ratio = 50%) { entry e(W: f32[out, in]) { return y: W * r } }')).toEqual([['ESP2404', 'p']])
    const twice = 'policy p { entry e(W: f32[out, in]) { return a: keep 100% of in by W, b: drop 0 of out by W } }'
    expect(warnings(twice).filter(([code]) => code === 'ESP2404')).toEqual([['ESP2404', 'p']])
  })
  test.each([
    ['it only measures', 'policy p { entry e(W: f32[out, in]) { return y: sum[in](W) } }'],
    ['it compares', 'policy p(r: ratio = 50%) { entry e(W: f32[out, in]) { return m: W > r * max[in](W) } }'],
    ['it reads what was pruned', 'policy p(r: ratio = 50%) { entry e(W: bitmap(64) f32[out, in]) { return y: sum[in](W) * r } }'],
    [
      'a function selects',
      'fn best(x, r) = keep r of in by x  policy p(r: ratio = 50%) { entry e(W: f32[out, in]) { return m: best(W, r) } }',
    ],
  ])('not: %s', (_, text) => expect(warnings(text).filter(([code]) => code === 'ESP2404')).toEqual([]))
})

describe('declarations', () => {
  test('an axis that nothing names', () => {
    const text = 'policy p { axes a = b * c(2), in = quad * lane(4)  entry e(W: f32[out, in]) { return m: keep 2 of lane by W } }'
    expect(warnings(text)).toEqual([['ESP1401', 'a']])
  })
  test('a state that nothing updates; one that only collects is for the host', () => {
    const text = `policy p { state peak, seen: i32[in] = 1
      entry e(W: f32[out, in]) { seen := seen + 1  return m: keep 2 of in by W * peak } }`
    expect(warnings(text)).toEqual([['ESP1402', 'peak']])
  })
})
