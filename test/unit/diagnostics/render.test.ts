/** The text renderer: what is marked, where, and that no source can break the terminal or the renderer. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Diagnostic } from '../../../compiler/diagnostics/diagnostic.ts'
import { renderJson, renderText } from '../../../compiler/diagnostics/render.ts'

const spanOf = (text: string, word: string, source = 'a.prune') => {
  const start = text.indexOf(word)
  return { source, start, end: start + word.length }
}

const problem = (parts: Partial<Diagnostic>): Diagnostic => ({
  code: 'ESP1000',
  severity: 'error',
  message: 'axis `tokn` is unknown',
  span: null,
  related: [],
  help: null,
  ...parts,
})

const render = (diagnostic: Diagnostic, text: string) => renderText([diagnostic], new Map([['a.prune', text]]))

describe('renderText', () => {
  test('marks both spans of one source in one excerpt', () => {
    const text = 'policy p {\n  entry e(K: f16[kv, tokn]) {\n    x = 1\n    return K: K.token\n  }\n}\n'
    const related = [{ span: spanOf(text, 'tokn'), message: 'declared here' }]
    const shown = render(problem({ span: spanOf(text, 'token'), related, help: 'say `tokn`' }), text)
    expect(shown).toBe(
      [
        'error[ESP1000]: axis `tokn` is unknown',
        '  --> a.prune:4:17',
        '    |',
        '  2 |   entry e(K: f16[kv, tokn]) {',
        '    |                      ---- declared here',
        '  ...',
        '  4 |     return K: K.token',
        '    |                 ^^^^^',
        '  help: say `tokn`',
        '',
        '1 error',
        '',
      ].join('\n'),
    )
  })

  test('carets stand under tabs, wide and combining characters', () => {
    const underlined = (text: string, word: string) => {
      const [line = '', marks = ''] = render(problem({ span: spanOf(text, word) }), text)
        .split('\n')
        .slice(3)
      return [line.slice(6), marks.slice(6)]
    }
    expect(underlined('\tx = zz', 'zz')).toEqual(['    x = zz', '        ^^'])
    expect(underlined('日本 = zz', 'zz')).toEqual(['日本 = zz', '       ^^'])
    expect(underlined('e\u0301 = zz', 'zz')).toEqual(['e\u0301 = zz', '    ^^'])
    expect(underlined('a 日本 b', '日本')).toEqual(['a 日本 b', '  ^^^^'])
  })

  test('a span without characters still gets a caret', () => {
    expect(render(problem({ span: { source: 'a.prune', start: 3, end: 3 } }), 'abc')).toContain('| abc\n    |    ^\n')
  })

  test('a span over several lines marks its first and names its last', () => {
    expect(render(problem({ span: { source: 'a.prune', start: 2, end: 9 } }), 'one\ntwo\nthree')).toContain(
      '    |   ^ (to line 3)',
    )
  })

  test('spans of two sources get an excerpt each', () => {
    const sources = new Map([
      ['a.prune', 'aaa'],
      ['b.prune', 'bbb'],
    ])
    const related = [{ span: { source: 'b.prune', start: 0, end: 3 }, message: 'and here' }]
    const shown = renderText([problem({ span: { source: 'a.prune', start: 0, end: 1 }, related })], sources)
    expect(shown).toContain('--> a.prune:1:1')
    expect(shown).toContain('--> b.prune:1:1')
    expect(shown).toContain('--- and here')
  })

  test('a source that is not at hand is named with its offset', () => {
    expect(renderText([problem({ span: { source: 'gone', start: 7, end: 8 } })], new Map())).toContain('--> gone (offset 7)')
  })

  test('long lines are cut around the mark', () => {
    const text = 'a'.repeat(10_000) + 'BAD' + 'b'.repeat(10_000)
    const shown = render(problem({ span: spanOf(text, 'BAD') }), text)
    expect(Math.max(...shown.split('\n').map((line) => line.length))).toBeLessThan(200)
    expect(shown).toContain('aBADb')
  })

  test('colours are escape sequences around the same text', () => {
    const sources = new Map([['a.prune', 'abc']])
    const list = [problem({ span: { source: 'a.prune', start: 0, end: 2 }, help: 'do' })]
    const plain = renderText(list, sources)
    const coloured = renderText(list, sources, { colour: true })
    expect(coloured).not.toBe(plain)
    expect(coloured.replace(/\x1b\[[0-9;]*m/g, '')).toBe(plain)
  })

  test('the summary counts kinds and what was dropped', () => {
    const shown = renderText([problem({}), problem({}), problem({ severity: 'warning' })], new Map(), { dropped: 4 })
    expect(shown).toMatch(/2 errors, 1 warning shown, 4 more not shown\n$/)
  })

  test('nothing reported renders as nothing', () => {
    expect(renderText([], new Map())).toBe('')
  })

  test('any text and any offsets render without control characters', () => {
    const offset = fc.integer({ min: -5, max: 60 })
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 50 }),
        offset,
        offset,
        fc.string({ unit: 'binary' }),
        (text, start, end, message) => {
          const shown = render(problem({ span: { source: 'a.prune', start, end }, message, help: message }), text)
          expect(shown).not.toMatch(/[^\P{Cc}\n]/u)
        },
      ),
    )
  })
})

describe('renderJson', () => {
  test('gives lines and columns from 1', () => {
    const text = 'ab\ncd'
    const [shown] = renderJson([problem({ span: spanOf(text, 'd') })], new Map([['a.prune', text]]))
    expect(shown?.span).toEqual({ source: 'a.prune', start: 4, end: 5, line: 2, column: 2, endLine: 2, endColumn: 3 })
  })

  test('keeps the span of an unknown source', () => {
    const [shown] = renderJson([problem({ span: { source: 'gone', start: 1, end: 2 } })], new Map())
    expect(shown?.span).toMatchObject({ start: 1, end: 2, line: null, column: null })
  })
})
