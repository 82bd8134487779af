/** Commands on WebGPU: files of a build for two targets, and policies that run as elsewhere. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeGpu } from '../../support/gpu.ts'
import { ensureBuilt, espalier } from './espalier.ts'

const POLICY = `policy p(sparsity: ratio = 50%) {
  state seen: f32[in] = 0
  entry prune(W: f32[out, in]) {
    seen := seen + sum[out](abs(W))
    return mask: drop sparsity of in by abs(W), W: pack W by (drop sparsity of in by abs(W)) as bitmap(32)
  }
}

test "the larger half stays" for p {
  prune(W = [[1, -4, 3, 2], [0, 0, 0, 5]])
  expect mask = [[0, 1, 1, 0], [1, 0, 0, 1]]
  expect W = [[0, -4, 3, 0], [0, 0, 0, 5]]
  expect seen = [1, 4, 3, 7]
}
`
/** How far the first kernel's loops go is only known when it has run. */
const COUNTED = `policy counted() {
  entry squeeze(X: f32[token, hidden]) {
    return X: compact X by any[hidden](X > 0) as merged
  }
}

test "as many rows as have something" for counted {
  squeeze(X = [[1, 0], [-2, 0], [3, 0], [7, 8]])
  expect X = [[1, 0], [3, 0], [7, 8]]
}
`
const cwd = mkdtempSync(join(tmpdir(), 'espalier-wgsl-'))
beforeAll(() => {
  ensureBuilt()
  writeFileSync(join(cwd, 'p.prune'), POLICY)
  writeFileSync(join(cwd, 'counted.prune'), COUNTED)
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

const driver = process.env['VK_ICD_FILENAMES']
const env = driver === undefined ? {} : { VK_ICD_FILENAMES: driver }
const run = (line: string) => espalier(line.split(' '), { cwd, env })

test('a build for two targets has the files of both', async () => {
  const { status, stderr } = await run('build p.prune --target wgsl,wasm --out built')
  expect([status, stderr]).toEqual([0, ''])
  const stems = ['js', 'd.ts', 'ts', 'manifest.json']
  expect(readdirSync(join(cwd, 'built')).sort()).toEqual(
    [
      ...['espalier-runtime.js', 'espalier-runtime.d.ts', 'espalier-webgpu-runtime.js', 'espalier-webgpu-runtime.d.ts'],
      ...['p.wasm', 'p.wgsl'],
      ...['wasm', 'wgsl'].flatMap((target) => stems.map((extension) => `p.${target}.${extension}`)),
    ].sort(),
  )
})

describeGpu('on a device', () => {
  test('tests pass, and the process ends', async () => {
    const { status, stdout } = await run('test p.prune counted.prune --target wgsl')
    expect(stdout).toContain('ok     p.prune: the larger half stays (wgsl)')
    expect(stdout).toContain('ok     counted.prune: as many rows as have something (wgsl)')
    expect(status).toBe(0)
  })
})
