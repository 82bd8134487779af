/** A part of a file, widened to whole statements or declarations. The range is between the marks `<` and `>` on their own. */
import { describe, expect, test } from 'vitest'
import { formatRange } from '../../../formatter/format-range.ts'
import { parseTree, Unreadable } from '../../../formatter/parse-tree.ts'
import { formatted } from '../../support/formatting.ts'
import { filesBelow, readSource } from '../../support/source-tree.ts'

function formatMarked(marked: string): string {
  const start = marked.indexOf('«')
  const end = marked.indexOf('»') - 1
  const text = marked.replace(/[«»]/g, '')
  const replacement = formatRange({ name: 'p.prune', text }, { start, end })
  return replacement === null ? text : text.slice(0, replacement.start) + replacement.text + text.slice(replacement.end)
}

describe('a range', () => {
  test('in one statement', () => {
    expect(
      formatMarked('policy p {\n  entry e(x:f32[a]) {\n    y=x\n    // why\n    z=«x*»y // z\n    return  z\n  }\n}\n'),
    ).toBe('policy p {\n  entry e(x:f32[a]) {\n    y=x\n    // why\n    z = x * y // z\n    return  z\n  }\n}\n')
  })

  test('over two items', () => {
    expect(
      formatMarked('policy  p {\n  axes a=b*c\n  state s:f3«2[a]=0\n  entry e(x:»f32[a]) {\n return x\n }\n  axes d=e*f\n}\n'),
    ).toBe('policy  p {\n  axes a=b*c\n  state s: f32[a] = 0\n  entry e(x: f32[a]) {\n    return x\n  }\n  axes d=e*f\n}\n')
  })

  test('over a head is the whole declaration', () => {
    expect(formatMarked('fn f(x)=x\npolicy  «p» {\n  axes a=b*c\n}\n')).toBe('fn f(x)=x\n\npolicy p {\n  axes a = b * c\n}\n')
  })

  test('over nothing', () => expect(formatMarked('fn f(x)=x\n\n«»\n')).toBe('fn f(x)=x\n\n\n'))

  test('in a file with lines as on Windows', () =>
    expect(formatMarked('policy p {\r\n  entry e(x:«f»32[a]) {\r\n return x\r\n }\r\n}\r\n')).toBe(
      'policy p {\r\n  entry e(x: f32[a]) {\r\n    return x\r\n  }\r\n}\r\n',
    ))

  test('in a file that does not parse', () => {
    expect(() => formatRange({ name: 'p', text: 'policy p {' }, { start: 0, end: 3 })).toThrow(Unreadable)
    expect(() => parseTree({ name: 'p', text: 'policy p { entry e( }' })).toThrow('this `(` has no `)`')
  })
})

test('the whole of a file by its parts is the file', () => {
  for (const path of filesBelow('stdlib', ['.prune']).slice(0, 12)) {
    const messy = readSource(path).replaceAll(' = ', '=').replaceAll(', ', ',')
    let text = messy
    for (let at = 0; at < text.length; at += 400) {
      const part = formatRange({ name: path, text }, { start: at, end: Math.min(text.length, at + 500) })
      if (part !== null) text = text.slice(0, part.start) + part.text + text.slice(part.end)
    }
    expect(text).toBe(formatted(messy))
  }
})
