/** `espalier bench` on tiny tensors: what it takes, what it gives, how it refuses. Never how long anything took. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureBuilt, espalier, temporaryFolder } from './espalier.ts'
import { writeExampleFiles } from './example-files.ts'

const folder = temporaryFolder()
const cwd = folder.path
const run = (line: string) => espalier(`bench ${line}`.split(' '), { cwd, env: { ESPALIER_CACHE: join(cwd, '.cache') } })

const POLICY = `policy p(r: ratio = 50%) {
  axes in = quad * lane(4)
  state power: f32[in] = 0
  entry observe(X: float[token, in]) { power := power + sum[token](X * X) }
  entry prune(W: float[out, in]) { return W: pack W by (keep r of in by abs(W) * sqrt(power)) as bitmap(64) }
  entry multiply(W: bitmap(64) float[out, in], x: float[in]) { return y: sum[in](W * x) }
  entry count(W: float[out, in], limit: real) { return n: count[in](W > limit) }
  entry pairs(W: float[out, in]) { return mask: keep 2 of lane by abs(W) }
  entry one(layer: index of out, W: float[out, in]) { return row: W[out = layer] }
}
policy square {
  entry product(A: f32[row, column], B: f32[column, other]) { return C: sum[column](A * B) }
}
policy reader {
  entry sums(K: bitmap(32) f16[row, column]) { return sums: sum[column](K) }
}
`

interface Report {
  readonly inputs: readonly { name: string; dtype: string; shape: number[]; bytes: number | null; source: string }[]
  readonly extents: Readonly<Record<string, number>>
  readonly bytes: number | null
  readonly bytesUpTo: readonly string[]
  readonly targets: readonly {
    target: string
    device: string
    ms: Readonly<Record<string, number | null>>
    gbPerS: number | null
    copy: { bytes: number; ms: Readonly<Record<string, number | null>>; gbPerS: number }
    ofCopy: number | null
  }[]
}

async function report(line: string): Promise<Report> {
  const { status, stdout, stderr } = await run(`${line} --json --runs 2 --seconds 1`)
  expect(stderr).toBe('')
  expect(status).toBe(0)
  return JSON.parse(stdout) as Report
}

beforeAll(() => {
  ensureBuilt()
  writeExampleFiles(cwd)
  writeFileSync(join(cwd, 'p.prune'), POLICY)
})
afterAll(() => folder.remove())

describe('what is measured', () => {
  test('an entry on generated tensors: inputs, bytes that have to move, times in order, a copy', async () => {
    const { inputs, extents, bytes, bytesUpTo, targets } = await report(
      'p.prune --policy p --entry prune --sizes out=6,in=64 --dtype f16',
    )
    expect(inputs).toEqual([{ name: 'W', dtype: 'f16', shape: [6, 64], axes: ['out', 'in'], bytes: 768, source: 'generated' }])
    expect(extents).toMatchObject({ out: 6, in: 64 })
    // The weights and the state, half of the weights, and a word of 64 bits a row.
    expect(bytes).toBe(768 + 256 + 384 + 6 * 8)
    expect(bytesUpTo).toEqual([])
    const [only, ...others] = targets
    expect(others).toEqual([])
    expect(only).toMatchObject({ target: 'wasm', ms: { runs: 2, device: null }, copy: { bytes: 4096, ms: { runs: 2 } } })
    const { device, ms, gbPerS, copy, ofCopy } = only!
    expect(device).not.toBe('')
    for (const { min, low, median, high, max, calls, first } of [ms, copy.ms] as Record<string, number>[]) {
      expect([min, low, median, high, max]).toEqual([min, low, median, high, max].sort((a, b) => a! - b!))
      expect(Math.min(min!, first!)).toBeGreaterThan(0)
      expect(calls).toBeGreaterThanOrEqual(1)
    }
    expect(gbPerS).toBeCloseTo(bytes! / ms['median']! / 1e6, 9)
    expect(copy.gbPerS).toBeCloseTo((2 * copy.bytes) / copy.ms['median']! / 1e6, 9)
    expect(ofCopy).toBeCloseTo(gbPerS! / copy.gbPerS, 9)
  })

  test('axes that nothing shows grow until the inputs are large, and what is said stays', async () => {
    const { inputs, extents } = await report('p.prune --policy square --target reference --sizes column=8')
    expect(extents).toMatchObject({ column: 8 })
    expect(extents['row']).toBeGreaterThan(64)
    expect(inputs.reduce((sum, { bytes }) => sum + bytes!, 0)).toBeGreaterThanOrEqual(2 ** 16)
    expect(await report('p.prune --policy square --target reference --sizes column=8')).toMatchObject({ inputs, extents })
  })

  test('several targets get the same tensors', async () => {
    const { targets } = await report('p.prune --policy p --entry prune --sizes out=4,in=8 --target wasm,reference,wasm')
    expect(targets.map(({ target }) => target)).toEqual(['wasm', 'reference'])
  })

  test('packed inputs are what another entry packs, with its parameters', async () => {
    const line = 'p.prune --policy p --entry multiply --sizes out=4,in=16 --dtype f16 --target wasm,reference'
    const half = await report(line)
    expect(half.inputs.map(({ name, dtype, shape, bytes, source }) => [name, dtype, shape, bytes, source])).toEqual([
      ['W', 'f16', [4, 16], null, 'from prune'],
      ['x', 'f16', [16], 32, 'generated'],
    ])
    const few = await report(`${line} --set r=25%`)
    expect(few.bytes).toBe(half.bytes! - 4 * 4 * 2)
  })

  test('tensors from files, beside generated ones', async () => {
    const { inputs } = await report('std:magnitude --entry prune --in W=w.npy')
    expect(inputs).toMatchObject([{ name: 'W', source: 'given' }])
  })

  test('a position along an axis is the first unless it is set', async () => {
    await report('p.prune --policy p --entry one --sizes out=4,in=8')
    await report('p.prune --policy p --entry one --sizes out=4,in=8 --set layer=3')
    const outside = await run('p.prune --policy p --entry one --sizes out=4,in=8 --set layer=4')
    expect(outside).toMatchObject({ status: 1, stdout: '' })
  })

  test('as text: inputs, bytes, one line for each target', async () => {
    const { status, stdout, stderr } = await run('p.prune --policy p --entry prune --sizes out=4,in=8 --runs 1 --time')
    expect(status).toBe(0)
    expect(stdout).toMatch(
      /^p\.prune\n\nin {2}W {2}f32\[out 4, in 8\] {2}128 B {2}generated\n\n\d+ B have to move\.\n\ntarget {2}/,
    )
    expect(stdout).toMatch(/^wasm +[\d.]+ +[\d.]+ to [\d.]+ +1( of \d+ calls)? +[\d.]+ +[\d.]+ +[\d.]+ %\n\nwasm {2}\S/m)
    expect(stderr).toMatch(/generate +[\d.]+ ms\nwasm +[\d.]+ ms\naccount +[\d.]+ ms\ncopy +[\d.]+ ms\n/)
  })
})

describe('refusals', () => {
  const cases: readonly (readonly [string, number, string])[] = [
    ['p.prune --policy p', 1, 'ESP5302'],
    ['p.prune --policy p --entry prun', 1, 'ESP5303'],
    ['p.prune --policy p --entry prune --target abacus', 3, 'ESP5301'],
    ['p.prune --policy p --entry prune --runs 0', 2, 'ESP5006'],
    ['p.prune --policy p --entry prune --runs many', 2, 'ESP5006'],
    ['p.prune --policy p --entry prune --seconds', 2, 'ESP5003'],
    ['p.prune --policy p --entry prune --seconds soon', 2, 'ESP5006'],
    ['p.prune --policy p --entry pairs --sizes out=4,in=10', 1, 'ESP4302'],
    ['p.prune --policy p --entry prune --sizes out=4,in=8 --set q=3', 1, 'ESP4104'],
    ['p.prune --policy p --entry count --sizes out=4,in=8', 1, 'ESP4105'],
    ['p.prune --policy reader', 1, 'ESP5304'],
    ['p.prune --policy p --entry prune --in V=w.npy', 1, 'ESP5305'],
  ]
  test.each(cases)('%s', async (line, status, code) => {
    const outcome = await run(line)
    expect(outcome.stderr).toContain(`[${code}]`)
    expect(outcome).toMatchObject({ status, stdout: '' })
  })
})
