/**
 * The corpus in test/corpus: outputs computed elsewhere, from the formulas of papers and released code, on tensors of a real
 * model. Every case must hold on the evaluator and on WebAssembly. What the corpus is: test/corpus/README.md.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { wasmBackend } from '../backends/wasm/index.ts'
import { wasmInstance } from '../cli/compiled-instance.ts'
import { compiledRunner } from '../cli/compiled-runner.ts'
import { readCorpus, type CorpusCase } from '../cli/conform/corpus.ts'
import { foldersFor, runCase } from '../cli/conform/run-case.ts'
import { openProgram } from '../cli/program.ts'
import { referenceRunner } from '../cli/reference-runner.ts'
import type { Runner } from '../cli/runner.ts'
import { TensorFiles } from '../cli/tensor-reference.ts'
import { repositoryRoot } from './support/source-tree.ts'

const onWasm = { name: 'wasm', target: () => wasmBackend, instantiate: wasmInstance }

const manifest = join(repositoryRoot, 'test/corpus/manifest.json')
const cases = readCorpus(manifest)
const where = { folders: foldersFor(manifest, []), files: new TensorFiles() }

let cache = ''
beforeAll(() => {
  cache = mkdtempSync(join(tmpdir(), 'espalier-conform-'))
  process.env['ESPALIER_CACHE'] = cache
})
afterAll(() => {
  where.files.close()
  delete process.env['ESPALIER_CACHE']
  rmSync(cache, { recursive: true, force: true })
})

async function runnerFor(target: string, { policy, sizes }: CorpusCase): Promise<Runner> {
  const program = await openProgram(`std:${policy}`)
  return target === 'wasm' ? compiledRunner(program, onWasm, sizes) : referenceRunner(program, sizes)
}

describe.each(['reference', 'wasm'])('%s', (target) => {
  // The evaluator takes seconds on attention, and more where the machine has other work.
  test.each(cases.map((one) => [one.name, one] as const))('%s', { timeout: 120_000 }, async (_, one) => {
    const runner = await runnerFor(target, one)
    expect(one.calls.some((call) => Object.keys(call.expect).length > 0)).toBe(true)
    expect(await runCase(one, runner, where)).toEqual([])
    runner.release()
  })
})

test('a case that expects something else fails, and says where', async () => {
  const one = cases.find((each) => each.name === 'mustafar-exact-l0-s70')!
  const other = { ...one, set: { ...one.set, k_sparsity: 0.5 } }
  const [failure] = await runCase(other, await runnerFor('wasm', other), where)
  expect(failure).toMatchObject({ call: 0, tensor: 'K', size: 2 * 1024 * 64 })
  expect(failure?.count).toBeGreaterThan(0)
})
