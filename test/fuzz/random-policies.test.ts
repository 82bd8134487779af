/**
 * Random policies, typed by construction, on WebAssembly, on the evaluator, and on the evaluator after every pass. The
 * seed is fixed; ESPALIER_FUZZ_SEED and ESPALIER_FUZZ_PROGRAMS ask for others, and `node test/fuzz/soak.mjs` searches longer.
 */
import { describe, expect, test } from 'vitest'
import { newTally, search, type Tally } from './random-programs.ts'

const seed = Number(process.env['ESPALIER_FUZZ_SEED'] ?? 20)
const programs = Number(process.env['ESPALIER_FUZZ_PROGRAMS'] ?? 2000)

/** Programs that the front end refuses prove nothing: the generator must know the language. */
function expectMostAccepted(tally: Tally): void {
  const refused = [...tally.rejected.values()]
  const examples = refused.map(({ count, message, text }) => `${count} times ${message}\n${text}`).join('\n')
  expect(
    refused.reduce((total, { count }) => total + count, 0),
    examples,
  ).toBeLessThanOrEqual(programs * 0.02)
}

describe.each([
  { name: 'short', statements: 5, share: 0.4 },
  { name: 'long', statements: 14, share: 0.6 },
])('$name random policies', ({ statements, share }) => {
  test('mean the same on every target and after every pass', { timeout: 60_000 + programs * 500 }, async () => {
    const tally = newTally()
    const count = Math.ceil(programs * share)
    const failure = await search({ seed: seed + statements, programs: count, statements }, tally)
    expect(failure).toBeNull()
    expectMostAccepted(tally)
    expect(tally.programs).toBe(count)
    expect(tally.calls).toBeGreaterThan(count)
  })
})
