/** What formatted policies look like. */
import { describe, expect, test } from 'vitest'
import { formatted, formattingFault } from '../../support/formatting.ts'

/** An entry with these statements, formatted; the statements without their indentation. */
function statements(body: string, width = 60): string {
  const text = `policy p {\n  entry e(x, y: f32[a, b], m, n: bool[a, b], k: count) {\n${body}\n}\n}\n`
  expect(formattingFault(text)).toBeNull()
  const out = formatted(text, width)
  const lines = out.slice(out.indexOf(') {\n') + 4, out.lastIndexOf('\n  }\n')).split('\n')
  return lines.map((line) => line.replace(/^ {4}/, '')).join('\n')
}

const trimmed = (text: string): string => text.replace(/^\n/, '').replace(/\n *$/, '')

describe('spaces', () => {
  test.each([
    ['z=x+y*2', 'z = x + y * 2'],
    ['z = - x ^2', 'z = -x ^ 2'],
    ['z = sum [ a ] ( x [ a->c ] , )', 'z = sum[a](x[a -> c])'],
    ['z = softmax[a|b](x)', 'z = softmax[a | b](x)'],
    ['z = sum[a,b->c](x,y)', 'z = sum[a, b -> c](x, y)'],
    ['z = keep 2 of(a,b)by x', 'z = keep 2 of (a, b) by x'],
    ['z = x . part[a=1,b=k]', 'z = x.part[a = 1, b = k]'],
    ['z = pack x by m as bitmap( 64 )', 'z = pack x by m as bitmap(64)'],
    ['s[a=1]:=x', 's[a = 1] := x'],
    ['return x,q:y', 'return x, q: y'],
  ])('%s', (written, expected) => expect(statements(written)).toBe(expected))
})

describe('parentheses', () => {
  test.each([
    ['z = ((x))', 'z = x'],
    ['z = (x * y) + 1', 'z = x * y + 1'],
    ['z = x - (y - 1)', 'z = x - (y - 1)'],
    ['z = (x - y) - 1', 'z = x - y - 1'],
    ['z = (x < y) and (m)', 'z = x < y and m'],
    ['z = (m and n) or m', 'z = (m and n) or m'],
    ['z = (keep 2 of a by x) and m', 'z = (keep 2 of a by x) and m'],
    ['z = (keep 2 of a by x)', 'z = keep 2 of a by x'],
    ['z = pack x by (drop 2 of a by x) as bitmap(64)', 'z = pack x by (drop 2 of a by x) as bitmap(64)'],
    ['z = keep (cost - 1) of a by x', 'z = keep (cost - 1) of a by x'],
    ['z = keep (k + 1) of a by (x * y)', 'z = keep k + 1 of a by x * y'],
    ['z = (x + y) * 2', 'z = (x + y) * 2'],
    ['z = x * (-y)', 'z = x * (-y)'],
    ['z = (-x) ^ 2', 'z = (-x) ^ 2'],
    ['z = 1 - (if m then x else y)', 'z = 1 - (if m then x else y)'],
    ['z = (x where m) where n', 'z = x where m where n'],
    ['z = not (x < y) or not (m)', 'z = not (x < y) or not m'],
    ['z = pack (x) by (x > 0) as csr', 'z = pack x by (x > 0) as csr'],
    ['z = x where (m where n)', 'z = x where (m where n)'],
    ['z = max[a]((x where m) else 0)', 'z = max[a](x where m else 0)'],
    ['z = (3).part', 'z = (3).part'],
  ])('%s', (written, expected) => expect(statements(written)).toBe(expected))
})

describe('what is too long for a line', () => {
  test.each([
    [
      'operators begin lines',
      'score = sum[a](abs(x) * abs(y)) + sum[b](abs(x) * abs(y)) - mean[a, b](x where m else 0)',
      `
score =
  sum[a](abs(x) * abs(y))
  + sum[b](abs(x) * abs(y))
  - mean[a, b](x where m else 0)`,
    ],
    [
      'the loosest operators are broken first',
      'chosen = x > y and x * y > 0.5 or x + y > sum[a](x * y * x * y) and not (m or n)',
      `
chosen =
  x > y and x * y > 0.5
  or x + y > sum[a](x * y * x * y) and not (m or n)`,
    ],
    [
      'selections are broken at their words',
      'kept = keep max(k - 1, 1) of (a, b) by x * y within m protect n ties all at least 1',
      `
kept = keep max(k - 1, 1) of (a, b)
  by x * y
  within m
  protect n
  ties all
  at least 1`,
    ],
    [
      'several kinds of units',
      'kept = keep cost 50% of ones: a by sum[b](x) costing 128, others: b by sum[a](x) within any[a](m) round nearest',
      `
kept = keep cost 50% of
  ones: a by sum[b](x) costing 128,
  others: b by sum[a](x) within any[a](m)
  round nearest`,
    ],
    [
      'alternatives',
      'z = if k == 1 then sum[a](x) + sum[a](y) else if k == 2 then mean[a](x) else max[a](x)',
      `
z =
  if k == 1 then sum[a](x) + sum[a](y)
  else if k == 2 then mean[a](x)
  else max[a](x)`,
    ],
    [
      'arguments',
      'z = min(sum[a](x where m) * sum[a](y where m), sum[a](x where n) * sum[a](y where n))',
      `
z = min(
  sum[a](x where m) * sum[a](y where m),
  sum[a](x where n) * sum[a](y where n),
)`,
    ],
    [
      'outputs',
      'return kept: keep 2 of a by x, packed: pack x by m as bitmap(64), y',
      `
return
  kept: keep 2 of a by x,
  packed: pack x by m as bitmap(64),
  y`,
    ],
    [
      'one output',
      'return mask: keep 50% of (a, b) by abs(x) * sqrt(y) within m or n',
      `
return mask:
  keep 50% of (a, b) by abs(x) * sqrt(y) within m or n`,
    ],
    [
      'loops',
      'z = iterate 8 times as step with (lo = 0, hi = 1) { mid = (lo + hi) / 2 next lo = if mid > 0 then lo else mid, hi = if mid > 0 then mid else hi }',
      `
z = iterate 8 times as step with (lo = 0, hi = 1) {
  mid = (lo + hi) / 2
  next
    lo = if mid > 0 then lo else mid,
    hi = if mid > 0 then mid else hi
}`,
    ],
    [
      'folds',
      'z = for t in a with (total = 0) { next total = total + x[a = t] }',
      `
z = for t in a with (total = 0) {
  next total = total + x[a = t]
}`,
    ],
  ])('%s', (_name, written, expected) => expect(statements(written)).toBe(trimmed(expected)))

  test('signatures and parameters', () => {
    const text = `policy p(a: ratio = 50%, rule: exact | reference = exact) {
  entry e(K, V: bitmap(64) over (token, channel) f16[kv, token, channel], Q: f16[head, channel]) { return K }
}
`
    expect(formatted(text, 70)).toBe(`policy p(a: ratio = 50%, rule: exact | reference = exact) {
  entry e(
    K, V: bitmap(64) over (token, channel) f16[kv, token, channel],
    Q: f16[head, channel],
  ) { return K }
}
`)
  })

  test('numbers fill lines, rows stay rows', () => {
    const text = `test "t" {
  p(a = [1, 2, 3, 4, -5, 6, 7, 8, 9, 10, 11, 12, inf, nan],
    b = [[1, 2],
         [3, 4]], c = [[1, 2], [3, 4]])
  expect x = [[1,2],
    [3,4]]
}
`
    expect(formatted(text, 40)).toBe(`test "t" {
  p(
    a = [
      1, 2, 3, 4, -5, 6, 7, 8, 9, 10,
      11, 12, inf, nan,
    ],
    b = [
      [1, 2],
      [3, 4],
    ],
    c = [[1, 2], [3, 4]],
  )
  expect x = [
    [1, 2],
    [3, 4],
  ]
}
`)
  })
})

describe('blank lines', () => {
  test('one at most, none at the ends of blocks, one around policies and tests', () => {
    const text = `use std.math
use "./other.prune"
fn f(x) = x
policy p {

  axes a = b * c


  state s: f32[a] = 0
  // about e
  entry e(x: f32[a]) { return x }

}
// about t
test "t" { e(x = [1]) }
test "u" {}
`
    expect(formatted(text)).toBe(`use std.math
use "./other.prune"
fn f(x) = x

policy p {
  axes a = b * c

  state s: f32[a] = 0
  // about e
  entry e(x: f32[a]) { return x }
}

// about t
test "t" {
  e(x = [1])
}

test "u" {}
`)
  })

  test('a block of one statement stays in its line, unless it was written otherwise or is too long', () => {
    const text = `policy p {
  entry a(x: f32[i]) { return x }
  entry b(x: f32[i]) {
    return x }
  entry c(x: f32[i]) { return mask: keep 50% of i by abs(x) }
}
`
    expect(formatted(text, 50)).toBe(`policy p {
  entry a(x: f32[i]) { return x }
  entry b(x: f32[i]) {
    return x
  }
  entry c(x: f32[i]) {
    return mask: keep 50% of i by abs(x)
  }
}
`)
  })
})

describe('comments', () => {
  test('keep their places', () => {
    const text = `// first
/// doc

/// more
policy p( // parameters
  /// doc of a
  a: ratio = 50%, // about a
  // before b
  b: count = 2
  // last
) { // items
  axes t = u * v // axes

  entry e(x: f32[t], // x
          y: f32[t]) // head
  {
    // only a comment
    z = x // after x
      // before plus
      + y
    w = keep // forms
      a of t by x // score
      // before within
      within y > 0
    return z, // z
           w
    // the end
  } // entry
  // last item
}
// last of all`
    expect(formattingFault(text)).toBeNull()
    expect(formatted(text)).toBe(`// first
/// doc

/// more
policy p(
  // parameters
  /// doc of a
  a: ratio = 50%, // about a
  // before b
  b: count = 2,
  // last
) {
  // items
  axes t = u * v // axes

  entry e(
    x: f32[t], // x
    y: f32[t],
  ) {
    // head
    // only a comment
    z =
      x // after x
      // before plus
      + y
    // forms
    w = keep a of t
      by x // score
      // before within
      within y > 0
    return
      z, // z
      w
    // the end
  } // entry
  // last item
}

// last of all
`)
  })

  test('alone in a file, a block, a list', () => {
    expect(formatted('// a\n\n\n// b')).toBe('// a\n\n// b\n')
    expect(formatted('policy p {\n// a\n}')).toBe('policy p {\n  // a\n}\n')
    expect(formatted('policy p(\n// a\n) {}')).toBe('policy p(\n  // a\n) {}\n')
    expect(formatted('')).toBe('')
  })

  test('`prettier-ignore` leaves a statement as it is', () => {
    const text = 'test "t" {\n  // prettier-ignore\n  e(x = [[1,   0],\n         [0,   1]]) // identity\n  expect  y=1\n}\n'
    expect(formatted(text)).toBe(text.replace('expect  y=1', 'expect y = 1'))
  })
})

describe('texts', () => {
  test('lines may end as on Windows, or as on old Macs', () => {
    const text = 'policy p {\n  // one\n\n  axes a = b * c // two\n  entry e(x: f32[a]) {\n    return x\n  }\n}\n'
    expect(formatted(text.replaceAll('\n', '\r\n'))).toBe(text)
    expect(formatted(text.replaceAll('\n', '\r'))).toBe(text)
    expect(formatted(`\uFEFF${text}`)).toBe(text)
  })

  test('comments and titles are Unicode', () => {
    const text = '// größer ≥ 𝛼 🌲\ntest "日本 🌲" {\n  expect x = 1 // ≥\n}\n'
    expect(formatted(text)).toBe(text)
  })

  test('tabs when they are wanted', async () => {
    const { format } = await import('../../../formatter/format.ts')
    const source = { name: 'p.prune', text: 'policy p { axes a = b * c }' }
    expect(format(source, { printWidth: 80, tabWidth: 4, useTabs: true })).toBe('policy p {\n\taxes a = b * c\n}\n')
  })
})
