/** Exact rationals. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as r from '../../../abi/rational.ts'

const text = (value: r.Rational | null): string | null => value && r.toText(value)
const some = (value: string): r.Rational => r.parseRational(value) as r.Rational

const rationals = fc
  .tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.bigInt({ min: 1n, max: 10n ** 30n }))
  .map(([n, d]) => r.rational(n, d))

describe('reading', () => {
  test.each([
    ['70%', '7/10'],
    ['12.5 %', '1/8'],
    ['7/10', '7/10'],
    ['-6/4', '-3/2'],
    ['1e-4', '1/10000'],
    ['.5', '1/2'],
    ['5.', '5'],
    ['-0', '0'],
    ['1/0', null],
    ['x', null],
    ['', null],
    ['%', null],
    ['.', null],
    ['1e999999999', null],
    [`${'9'.repeat(5000)}`, null],
  ])('%s is %s', (given, expected) => expect(text(r.parseRational(given))).toBe(expected))

  test('numbers are the decimals they print as', () => {
    expect(text(r.fromNumber(0.7))).toBe('7/10')
    expect(text(r.fromNumber(1e-7))).toBe('1/10000000')
    expect(r.fromNumber(Infinity)).toBeNull()
    expect(r.fromNumber(NaN)).toBeNull()
  })
  test('or exactly what they are', () => {
    expect(text(r.exactly(0.7))).toBe('3152519739159347/4503599627370496')
    expect(text(r.exactly(-3))).toBe('-3')
    expect(r.exactly(-Infinity)).toBeNull()
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => r.toNumber(r.exactly(x) as r.Rational) === x),
    )
  })
  test('text comes back', () => fc.assert(fc.property(rationals, (a) => r.equals(some(r.toText(a)), a))))
})

test('1 - 90% of 100 is 10', () => {
  expect(text(r.mul(r.sub(r.ONE, some('90%')), r.rational(100)))).toBe('10')
})

test.each([
  ['-7/2', '-4', '-3', '-3', '-3', '-4'],
  ['5/2', '2', '3', '2', '3', '2'],
  ['7/2', '3', '4', '3', '4', '4'],
  ['-1/3', '-1', '0', '0', '0', '0'],
  ['4', '4', '4', '4', '4', '4'],
])('rounding %s', (value, ...expected) => {
  expect([r.floor, r.ceil, r.trunc, r.roundHalfUp, r.roundHalfEven].map((f) => r.toText(f(some(value))))).toEqual(expected)
})

test('arithmetic obeys its laws', () => {
  fc.assert(
    fc.property(rationals, rationals, (a, b) => {
      expect(r.equals(r.sub(r.add(a, b), b), a)).toBe(true)
      if (b.n !== 0n) expect(r.equals(r.div(r.mul(a, b), b), a)).toBe(true)
      expect(r.compare(a, b)).toBe(-r.compare(b, a) + 0)
      expect(r.compare(r.min(a, b), r.max(a, b))).toBeLessThanOrEqual(0)
      expect(r.compare(r.floor(a), a)).toBeLessThanOrEqual(0)
    }),
  )
})

test('to the nearest double', () => {
  fc.assert(
    fc.property(
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 }),
      (x) => r.toNumber(r.fromNumber(x) as r.Rational) === x,
    ),
  )
  expect(r.toNumber(r.rational(10n ** 40n + 1n, 3n * 10n ** 40n))).toBe(1 / 3)
  expect(r.toNumber(r.rational(1n, 10n ** 400n))).toBe(0)
  expect(r.toNumber(r.rational(10n ** 400n))).toBe(Infinity)
})

test('powers', () => {
  expect(text(r.pow(some('2/3'), r.rational(-3)))).toBe('27/8')
  expect(text(r.pow(r.rational(-1), r.rational(10n ** 20n + 1n)))).toBe('-1')
  expect(() => r.pow(r.ZERO, r.rational(-1))).toThrow(RangeError)
  expect(() => r.pow(r.rational(3), r.rational(10n ** 20n))).toThrow('too large')
})
