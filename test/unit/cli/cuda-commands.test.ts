/** Commands on CUDA: the files of a build, what is said where there is no GPU, and policies that run as elsewhere. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cubinName } from '../../../abi/cubin-name.ts'
import { describeCuda } from '../../support/cuda.ts'
import { ensureBuilt, espalier } from './espalier.ts'

const POLICY = `policy p(sparsity: ratio = 50%) {
  state seen: f32[in] = 0
  entry prune(W: f32[out, in]) {
    seen := seen + sum[out](abs(W))
    return mask: drop sparsity of in by abs(W), W: pack W by (drop sparsity of in by abs(W)) as bitmap(32)
  }
  entry squeeze(X: f32[token, hidden]) {
    return X: compact X by any[hidden](X > 0) as merged
  }
}

test "the larger half stays" for p {
  prune(W = [[1, -4, 3, 2], [0, 0, 0, 5]])
  expect mask = [[0, 1, 1, 0], [1, 0, 0, 1]]
  expect W = [[0, -4, 3, 0], [0, 0, 0, 5]]
  expect seen = [1, 4, 3, 7]
}

test "as many rows as have something" for p {
  squeeze(X = [[1, 0], [-2, 0], [3, 0], [7, 8]])
  expect X = [[1, 0], [3, 0], [7, 8]]
}
`
const cwd = mkdtempSync(join(tmpdir(), 'espalier-cuda-'))
beforeAll(() => {
  ensureBuilt()
  writeFileSync(join(cwd, 'p.prune'), POLICY)
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

const run = (line: string, env = {}) => espalier(line.split(' '), { cwd, env })

test('a build has kernels, manifest, shim and runtime', async () => {
  const { status, stderr } = await run('build p.prune --target cuda --out built')
  expect([status, stderr]).toEqual([0, ''])
  expect(readdirSync(join(cwd, 'built')).sort()).toEqual(
    [
      ...['espalier-cuda-runtime.js', 'espalier-cuda-runtime.d.ts', 'p.cu', 'p.h'],
      ...['js', 'd.ts', 'ts', 'manifest.json'].map((extension) => `p.cuda.${extension}`),
    ].sort(),
  )
})

test('cubins have the names that hosts look for, and are what nvcc makes', async () => {
  const tools = join(cwd, 'tools')
  mkdirSync(tools)
  writeFileSync(
    join(tools, 'nvcc'),
    '#!/bin/sh\nwhile [ "$1" != -o ]; do options="$options $1"; shift; done\nprintf "%s" "$options" >"$2"\n',
    { mode: 0o755 },
  )
  const env = { PATH: `${tools}:${process.env['PATH'] ?? ''}` }
  const { status, stderr } = await run('build p.prune --target cuda --cubin sm_80,sm_90 --out cubins', env)
  expect([status, stderr]).toEqual([0, ''])
  const source = new Uint8Array(readFileSync(join(cwd, 'cubins/p.cu')))
  for (const architecture of ['sm_80', 'sm_90'])
    expect(readFileSync(join(cwd, 'cubins', await cubinName('p.cu', source, architecture)), 'utf8')).toBe(
      ` -cubin -std=c++17 --fmad=false -DESPALIER_KERNELS_ONLY -arch=${architecture}`,
    )
})

test('without nvcc there is no cubin, and nothing is written', async () => {
  const { status, stderr } = await run('build p.prune --target cuda --cubin sm_90 --no-cache --out none', { PATH: '/nothing' })
  expect(stderr).toMatch(/ESP5314.*nvcc is not on PATH/)
  expect([status, existsSync(join(cwd, 'none'))]).toEqual([1, false])
})

test('without a driver a test says what is missing, and fails', async () => {
  const { status, stdout } = await run('test p.prune --target cuda', { ESPALIER_LIBCUDA: 'libnothing.so' })
  expect(stdout).toMatch(/ESP4901: no GPU with CUDA for `p`: libnothing.so does not load/)
  expect(status).toBe(1)
})

describeCuda('on a GPU', () => {
  test('tests pass, and the process ends', async () => {
    const { status, stdout } = await run('test p.prune --target cuda')
    expect(stdout).toContain('ok     p.prune: the larger half stays (cuda)')
    expect(stdout).toContain('ok     p.prune: as many rows as have something (cuda)')
    expect(status).toBe(0)
  })
})
