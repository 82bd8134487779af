/** The index of names, against what the checker makes of the same names. */
import { describe, expect, test } from 'vitest'
import { library } from '../../../cli/generated/library.ts'
import { DiagnosticSink } from '../../../compiler/diagnostics/sink.ts'
import { checkFile } from '../../../compiler/frontend/check.ts'
import { bindFile } from '../../../compiler/frontend/names/bind-file.ts'
import { occurrencesAt, visibleAt } from '../../../compiler/frontend/names/name-index.ts'
import { parseSource } from '../../../compiler/frontend/parse.ts'
import { resolveFile } from '../../../compiler/frontend/resolve.ts'
import { createLoader } from '../../../compiler/frontend/stdlib.ts'

const load = createLoader(new Map(Object.entries(library).map(([name, text]) => [`std:${name}`, text])))

function namesOf(text: string, name = 'a.prune') {
  const sink = new DiagnosticSink()
  const file = parseSource({ name, text }, sink)
  return { file, sink, index: bindFile(file, resolveFile(file, load, new DiagnosticSink())) }
}

/** The places where the thing named at the first `word` is named, as text around them. */
function places(text: string, word: string, nth = 0): readonly string[] {
  const { index } = namesOf(text)
  const offset = [...text.matchAll(new RegExp(`\\b${word}\\b`, 'g'))][nth]?.index ?? -1
  const [found] = occurrencesAt(index, offset).filter(({ role }) => role !== 'implied')
  return index.occurrences
    .filter(({ symbol }) => symbol === found?.symbol)
    .map(({ span }) => text.slice(span.start, text.indexOf('\n', span.end)))
}

describe.each(Object.keys(library))('std:%s', (name) => {
  const text = library[name] ?? ''
  const source = `std:${name}`

  test('a name means what the checker takes it for', () => {
    const { file, sink, index } = namesOf(text, source)
    let compared = 0
    checkFile(file, {
      load,
      sink,
      observe(span, _value, scope) {
        const word = text.slice(span.start, span.end)
        if (span.source !== source || !/^[A-Za-z_]\w*$/.test(word)) return
        const declared = scope.vars.get(word)?.span ?? (scope.capture(word) === null ? null : scope.policy.params.get(word)?.span)
        if (declared == null) return
        const [found] = occurrencesAt(index, span.start).filter((one) => one.span.start === span.start && one.role !== 'implied')
        // Parameters of a function are told where they are declared, in the scope of the call.
        if (found?.role === 'declaration') return
        expect(index.symbols[found?.symbol ?? -1]?.declared?.start, `${word} at ${span.start}`).toBe(declared.start)
        compared++
      },
    })
    expect(sink.errorCount).toBe(0)
    if (/^\s*entry /m.test(text)) expect(compared).toBeGreaterThan(0)
  })

  test('every word that is no keyword has a meaning', () => {
    const { index } = namesOf(text, source)
    for (const { span, symbol } of index.occurrences) {
      const { name: word, kind } = index.symbols[symbol] ?? { name: '', kind: '' }
      if (kind !== 'file') expect(text.slice(span.start, span.end)).toBe(word)
    }
  })
})

const POLICY = `fn energy[t](x) = sum[t](x * x)
policy p(rule: exact | rough = exact, group: count = 4) {
  axes in = quad * lane(group)
  state seen: f32[in] = 0
  fn score(x) = if rule == rough then energy[lane](x) else x * group
  entry prune(W: f16[out, in]) {
    total = sum[out](W)
    seen := seen + total
    best = keep 2 of lane by score(W)
    both = keep 50% of rows: out by sum[quad, lane](W), cells: quad by sum[out, lane](W)
    return best, rows: both.rows, total: total
  }
}
test "t" for p {
  set rule = rough
  prune(W = [[1, 2, 3, 4]])
  expect best = [[0, 0, 1, 1]]
}
`

describe('references', () => {
  test('of an axis: its declaration as a factor, types, brackets', () => {
    expect(places(POLICY, 'lane')).toHaveLength(5)
  })

  test('of a parameter of a function: its own body alone', () => {
    expect(places(POLICY, 'x')).toEqual(['x) = sum[t](x * x)', 'x * x)', 'x)'])
  })

  test('of a parameter: sizes of axes and functions of the policy', () => {
    expect(places(POLICY, 'group')).toHaveLength(3)
  })

  test('of an alternative: its comparisons, its default, what tests set', () => {
    expect(places(POLICY, 'rough')).toHaveLength(3)
    expect(places(POLICY, 'exact')).toHaveLength(2)
  })

  test('of a state, an entry, an input: tests too', () => {
    expect(places(POLICY, 'seen')).toHaveLength(3)
    expect(places(POLICY, 'prune')).toHaveLength(2)
    expect(places(POLICY, 'W')).toHaveLength(6)
  })

  test('of a kind of unit: the part that is taken of the selection', () => {
    expect(places(POLICY, 'cells')).toHaveLength(1)
    expect(places(POLICY, 'rows')).toEqual([
      'rows: out by sum[quad, lane](W), cells: quad by sum[out, lane](W)',
      'rows, total: total',
    ])
  })

  test('an output that repeats the name of a value is named by tests', () => {
    const { index } = namesOf(POLICY)
    const output = index.symbols.find(({ kind, name }) => kind === 'output' && name === 'best')
    const roles = index.occurrences.filter(({ symbol }) => symbol === output?.id).map(({ role }) => role)
    expect(roles).toEqual(['implied', 'read'])
  })
})

describe('what is visible', () => {
  const visible = (text: string, mark: string) =>
    visibleAt(namesOf(text).index, text.indexOf(mark))
      .filter(({ kind }) => ['variable', 'input', 'state', 'parameter', 'argument'].includes(kind))
      .map(({ name }) => name)

  test('values from their statement on, to the end of the entry', () => {
    expect(visible(POLICY, 'total = sum')).toEqual(['rule', 'group', 'seen', 'W'])
    expect(visible(POLICY, 'both = keep')).toEqual(['rule', 'group', 'seen', 'W', 'total', 'best'])
  })

  test('in a statement that does not parse, what comes before it', () => {
    const broken = POLICY.replace('both = keep 50% of rows', 'both = keep 2 of ) here')
    expect(visible(broken, 'both = keep')).toContain('best')
  })
})
