/**
 * The corpus in test/corpus on WebGPU, on a device with default limits and no features, compared as on the other targets. What
 * takes minutes on a driver in software, because its work is a multiple of the bytes that it reads, only runs where the whole
 * corpus is asked for: `npm run conform:wgsl`.
 */
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { wgslBackend } from '../backends/wgsl/index.ts'
import { webgpuInstance } from '../cli/compiled-instance.ts'
import { compiledRunner } from '../cli/compiled-runner.ts'
import { readCorpus } from '../cli/conform/corpus.ts'
import { foldersFor, runCase } from '../cli/conform/run-case.ts'
import { openProgram } from '../cli/program.ts'
import { TensorFiles } from '../cli/tensor-reference.ts'
import { describeGpu, useDevice } from './support/gpu.ts'
import { repositoryRoot } from './support/source-tree.ts'

const manifest = join(repositoryRoot, 'test/corpus/manifest.json')
/** Attention of every query to every token, and matrices that are multiplied. */
const laborious: readonly string[] = ['h2o', 'snapkv', 'spatten', 'amp']
const isWhole = process.env['ESPALIER_CORPUS'] === 'whole'
const cases = readCorpus(manifest).filter(({ policy }) => isWhole || !laborious.includes(policy))
const where = { folders: foldersFor(manifest, []), files: new TensorFiles() }
afterAll(() => where.files.close())

describeGpu('wgsl', () => {
  const device = useDevice('default limits')
  const onWgsl = { name: 'wgsl', target: () => wgslBackend, instantiate: webgpuInstance(async () => device()) }

  test.each(cases.map((one) => [one.name, one] as const))('%s', { timeout: isWhole ? 1_800_000 : 120_000 }, async (_, one) => {
    const runner = compiledRunner(await openProgram(`std:${one.policy}`), onWgsl, one.sizes)
    try {
      expect(await runCase(one, runner, where)).toEqual([])
    } finally {
      runner.release()
    }
  })
})
