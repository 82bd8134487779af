/** A file with mistakes of several kinds: each is reported, and nothing that only follows from another. */
import { expect, test } from 'vitest'
import { DiagnosticSink } from '../../../compiler/diagnostics/sink.ts'
import { frontEnd } from '../../../compiler/driver.ts'

function codes(text: string): readonly string[] {
  const sink = new DiagnosticSink()
  frontEnd({ source: { name: 'test.prune', text }, load: () => null, sink })
  return sink
    .list()
    .map(({ code }) => code)
    .sort()
}

test('statements beside one that does not parse are checked', () => {
  const text = `policy p(r: ratio = 50%) {
  entry e(X: f32[row, col]) {
    s = abs(X) +
    t = keep r of colum by s
    u = keep 120% of col by X
    v = nosuch + 1
    return t, u, v
  }
}`
  expect(codes(text)).toEqual(['ESP0101', 'ESP1001', 'ESP1101', 'ESP2003'])
})

test('what a part that does not parse may declare is not reported as unknown', () => {
  const text = `policy p(r: ratio = 50%) {
  axes in = quad * * lane(4)
  fn sq(x) = x *
  state power: f32[in] = 0
  entry e(X: f32[row, in]) {
    m = keep 2 of lane by sq(X)
    return m: m
  }
}
test "x" for p {
  e(X = [[1]])
}`
  expect(codes(text)).toEqual(['ESP0101', 'ESP0101'])
})

test('ten separate mistakes give ten diagnostics', () => {
  const text = `policy p(k: count = 2) {
  entry a(X: f32[row, col]) { return m: keep k of clo by X }
  entry b(X: f32[row, col]) { return m: keep 120% of col by X }
  entry c(X: f32[row, col]) { return m: keep 0.5 of col by X }
  entry d(X: f32[row, col]) { return m: keep k of row by sum[row](X) }
  entry f(X: f32[row, col]) { return m: Y + 1 }
  entry g(X: f33[row, col]) { return m: X + k }
  entry h(X: f32[row, col]) { return m: X and (X > 0) }
  entry i(X: f32[row, col]) { m = X +  return m: m }
  entry j(X: f32[row, row]) { return m: X + k }
  entry l(X: f32[row, col]) { y = sqrt(X, X)  return y }
}`
  expect(codes(text)).toHaveLength(10)
})
