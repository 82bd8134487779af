/** Input that is no policy: nothing is thrown, no stack overflows, and the answer comes quickly and says something. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CONTEXTUAL, RESERVED } from '../../../compiler/frontend/keywords.ts'
import { codes, inEntry, parse } from './parsed.ts'

const MIB = 1024 * 1024

/** Generous: the machine that runs the tests may be busy. A hang or a quadratic pass takes far longer. */
const LIMIT_MS = 20_000

function quick(text: string): string[] {
  const start = performance.now()
  const found = codes(text)
  expect(performance.now() - start).toBeLessThan(LIMIT_MS)
  return found
}

/** A reproducible stream of numbers in [0, 1). */
function* uniform(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    yield state / 2 ** 32
  }
}

function randomText(length: number, alphabet: string, seed: number): string {
  const numbers = uniform(seed)
  return Array.from({ length }, () => alphabet.charAt(Math.floor(numbers.next().value * alphabet.length))).join('')
}

const ALL_BYTES = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('')

describe('size', () => {
  test('a megabyte without a newline is one mistake', () => {
    expect(quick('a'.repeat(MIB))).toEqual(['ESP0103'])
    expect(quick('"'.padEnd(MIB, 'a'))).toEqual(['ESP0109'])
    expect(quick('1'.repeat(MIB))).toEqual(['ESP0118'])
    expect(quick('//'.padEnd(MIB, '/'))).toEqual([])
    expect(quick(' '.repeat(MIB))).toEqual([])
  })

  test('longer texts are not read', () => {
    expect(quick('a'.repeat(MIB + 1))).toEqual(['ESP0114'])
    expect(quick('a '.repeat(MIB / 2))).toEqual(['ESP0114'])
    expect(quick('{'.repeat(MIB))).toEqual(['ESP0114'])
  })

  test('as many words as may be, in one statement', () => {
    expect(quick(inEntry(`x = f(${'a, '.repeat(19_900)}a)`))).toEqual([])
    expect(quick(inEntry('x = a\n'.repeat(13_000)))).toEqual([])
    expect(quick(`test "t" { e(K = [${'1, -2, '.repeat(7_900)}3]) }`)).toEqual([])
  })
})

describe('depth', () => {
  test.each([
    ['(', ')'],
    ['[', ']'],
    ['{', '}'],
    ['f[t](', ')'],
    ['f(a, ', ')'],
    ['(keep 1 of t by ', ')'],
    ['if a then (', ') else b'],
  ])('many %s', (open, close) => {
    for (const count of [61, 200, 5000]) {
      expect(quick(inEntry(`x = ${open.repeat(count)}a`)).length).toBeOneOf([1, 2])
      expect(quick(inEntry(`x = ${open.repeat(count)}a${close.repeat(count)}`))).not.toEqual([])
      expect(quick(open.repeat(count))).not.toEqual([])
    }
  })

  test('parentheses without end', () => {
    expect(quick('('.repeat(40_000 - 1))).toEqual(['ESP0103'])
    expect(quick(inEntry('x = ' + '('.repeat(39_000)))).toEqual(['ESP0113'])
    expect(quick('('.repeat(100_000))).toEqual(['ESP0114'])
  })

  test('as deep as may be is accepted', () => {
    for (const [open, close] of [
      ['(', ')'],
      ['f(', ')'],
      ['f[t](', ')'],
      ['(keep 1 of t by ', ')'],
      ['(not ', ')'],
      ['(a and ', ')'],
    ] as const) {
      const count = Math.floor(58 / (open.split('(').length - 1))
      expect(codes(inEntry(`x = ${open.repeat(count)}a${close.repeat(count)}`))).toEqual([])
    }
    expect(codes(inEntry(`x = ${'if f(a) then f(b) else '.repeat(200)} c`))).toEqual([])
    expect(codes(inEntry(`x = ${'not '.repeat(200)}c`))).toEqual([])
    expect(codes(inEntry(`x = ${'- '.repeat(200)}c`))).toEqual([])
    expect(codes(inEntry(`x = ${'a ^ '.repeat(200)}c`))).toEqual([])
    expect(codes(inEntry(`x = ${'a + '.repeat(200)}c`))).toEqual([])
    expect(codes(inEntry(`x = ${'keep 1 of t by s within '.repeat(200)}c`))).toEqual([])
    expect(codes(inEntry(`x = ${'pack K by '.repeat(100)}c${' as indices'.repeat(100)}`))).toEqual([])
    expect(codes(`test "t" { e(K = ${'['.repeat(55)}1${']'.repeat(55)}) }`)).toEqual([])
  })

  test.each([
    'if a then b else ',
    'not ',
    '- ',
    'a ^ ',
    'a + ',
    'a and ',
    'a where ',
    'keep 1 of t by s within ',
    'a.',
    'pack K by ',
  ])('endless: %s', (part) => {
    for (const count of [300, 4_000]) expect(quick(inEntry(`x = ${part.repeat(count)}c`))).toEqual(['ESP0113'])
  })
})

describe('noise', () => {
  test('random bytes', () => {
    for (let seed = 1; seed <= 20; seed++) expect(quick(randomText(5000, ALL_BYTES, seed)).length).toBeGreaterThan(0)
    expect(quick(randomText(50_000, ALL_BYTES, 99)).length).toBeGreaterThan(0)
  })

  test('control characters and NUL', () => {
    expect(quick('\0\0\0')).toEqual(['ESP0110'])
    expect(quick('policy p { \u0001 }')).toEqual(['ESP0110'])
    expect(quick('\uD800')).toEqual(['ESP0110'])
    expect(parse('policy p { \0 }').diagnostics[0]?.message).toBe('U+0000 has no meaning here')
  })

  test('marks only', () => {
    const marks = '()[]{},:=.|+-*/%^<>"'
    for (let seed = 1; seed <= 20; seed++) quick(randomText(3000, marks, seed))
    expect(quick('}'.repeat(30_000))).toHaveLength(100)
  })

  test('mistakes without end are cut', () => {
    expect(quick('§ a '.repeat(15_000))).toHaveLength(100)
    expect(quick('policy '.repeat(20_000))).toHaveLength(100)
    expect(quick('policy p { entry e( '.repeat(5_000))).toHaveLength(100)
  })
})

describe('random texts', () => {
  const anyText = fc.oneof(fc.string({ maxLength: 300 }), fc.string({ unit: 'binary', maxLength: 300 }))
  const words = [...RESERVED, ...CONTEXTUAL, 'a', 'K', 'f32', 'ratio', '1', '70%', '0.5', '"t"', '// c\n', '/// d\n', '\n']
  const marks = ['(', ')', '[', ']', '{', '}', ',', ':', '=', ':=', '==', '->', '.', '|', '+', '-', '*', '/', '^', '<', '>=']
  const salad = fc.array(fc.constantFrom(...words, ...marks), { maxLength: 80 }).map((parts) => parts.join(' '))

  test('any text is parsed or refused, with spans inside it', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, salad), (text) => {
        const { file, diagnostics } = parse(text)
        for (const { span } of [...diagnostics, ...file.comments, ...file.declarations, file]) {
          expect(span !== null && span.start >= 0 && span.start <= span.end && span.end <= text.length).toBe(true)
        }
        if (file.declarations.length === 0 && diagnostics.length === 0) {
          expect(text.replace(/\/\/[^\r\n]*/g, '').replace(/^\uFEFF/, '')).toMatch(/^[ \t\r\n]*$/)
        }
      }),
      { numRuns: 400 },
    )
  })

  test('a good policy with a hole in it: refused or parsed, never silent about a loss', () => {
    const good = inEntry(
      's = abs(K) * 2\n m = keep 50% of t by s within (a or b) ties all\n return K: pack K by m as bitmap(64), m',
    )
    expect(codes(good)).toEqual([])
    fc.assert(
      fc.property(fc.nat(good.length), fc.nat(12), fc.constantFrom('', ...marks, ...words), (at, length, patch) => {
        const { file, diagnostics } = parse(`${good.slice(0, at)}${patch}${good.slice(at + length)}`)
        const [policy] = file.declarations
        const whole = policy?.kind === 'policy' && policy.items.length === 1
        expect(whole || diagnostics.length > 0).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})
