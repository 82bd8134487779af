/** Which entries may run in parts, and along which axis: read from the manifests that they get. */
import { describe, expect, test } from 'vitest'
import { compilePolicy } from '../../support/differential.ts'

async function cutAlong(entry: string, rest = ''): Promise<string | undefined> {
  const { manifest } = await compilePolicy({
    text: `${rest}\npolicy p(r: ratio = 50%) {\n  state seen: f32[c] = 1\n  ${entry}\n}`,
  })
  return manifest.entries[0]?.variants[0]?.cutAlong
}

describe('an entry runs in parts', () => {
  test.each([
    ['elementwise', 'entry e(X: f32[a, c], Y: f32[c]) { return Z: X * Y }', 'a'],
    ['along another axis', 'entry e(X: f32[a, b, c]) { return s: sum[c](X), m: keep 2 of b by X }', 'a'],
    ['a state that is read', 'entry e(X: f32[a, c]) { return m: drop r of c by X * seen }', 'a'],
    ['a packed result', 'entry e(X: f32[a, c]) { return K: pack X by (keep 3 of c by X) as bitmap(64) }', 'a'],
    [
      'the first of several axes in one',
      'entry e(X: f32[h, c], Y: f32[a, c]) { axes h = a * g\n return s: sum[g, c](X * Y) }',
      'a',
    ],
    ['functions', 'entry e(X: f32[a, c]) { return Z: twice(X) }', 'a'],
  ])('%s', async (_, entry, axis) => {
    const factored = entry.replace(/\{ axes h = a \* g\n/, '{')
    const axes = factored === entry ? '' : 'axes h = a * g\n  '
    expect(await cutAlong(axes + factored, 'fn twice(x) = x * 2')).toBe(axis)
  })

  test.each([
    ['sums over it', 'entry e(X: f32[a, c]) { return Z: X / sum[a](X) }'],
    ['competition over it', 'entry e(X: f32[a, c]) { return m: keep 3 of a by X }'],
    ['its positions', 'entry e(X: f32[a, c]) { return Z: X + index(a) }'],
    ['its extent', 'entry e(X: f32[a, c]) { return Z: X / size(a) }'],
    ['a result without it', 'entry e(X: f32[a, c]) { return Z: X, s: max[a](X) }'],
    ['an input that has it later', 'entry e(X: f32[a, c], Y: f32[c, a]) { return Z: X * Y }'],
    ['a state that is written', 'entry e(X: f32[a, c]) { seen := max[a](X)\n return Z: X }'],
    ['a packed input', 'entry e(X: bitmap(64) f32[a, c]) { return s: sum[c](X) }'],
    ['random numbers', 'entry e(X: f32[a, c], seed: int) { return Z: X * uniform[a, c](seed) }'],
  ])('not with %s', async (_, entry) => {
    expect(await cutAlong(entry)).toBeUndefined()
  })
})
