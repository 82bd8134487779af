/** The module of every policy of the library, and of the policies with the hardest kernels, is one that a validator accepts. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { teamShapes, withTeam } from '../../../abi/shader-teams.ts'
import { EXACT_UNPACK, withFeatures, withTeams } from '../../../abi/shader-variants.ts'
import { wgslBackend } from '../../../backends/wgsl/index.ts'
import { DiagnosticSink } from '../../../compiler/diagnostics/sink.ts'
import { compile } from '../../../compiler/driver.ts'
import { describeGpu, useDevice } from '../../support/gpu.ts'
import { loadLibrary } from '../../support/library-source.ts'
import { readSource, repositoryRoot } from '../../support/source-tree.ts'

const HARDEST = ['attention', 'joint', 'linear', 'loops', 'mass-cost', 'one-budget', 'order', 'reachability', 'surgeon', 'voted']

const files = [
  ...readdirSync(join(repositoryRoot, 'stdlib')).filter((name) => name.endsWith('.prune')).map((name) => `stdlib/${name}`),
  ...HARDEST.map((name) => `test/policies/${name}.prune`),
] // prettier-ignore

/** Modules of the policies of a file; none where it has functions alone. */
async function modulesOf(file: string): Promise<readonly string[]> {
  const sink = new DiagnosticSink()
  const source = { name: file, text: readSource(file) }
  const compiled = await compile({ source, load: loadLibrary, sink, target: wgslBackend, version: 'test', verify: 'each' })
  expect(sink.list().filter(({ severity }) => severity === 'error')).toEqual([])
  return compiled.map(({ artifacts }) => String(artifacts[0]?.content))
}

/** A module as devices are given it, and, where there are subgroups, as teams of lanes of two sizes are. */
function forms(module: string, portable: GPUDevice, best: GPUDevice): readonly (readonly [GPUDevice, string])[] {
  const features = new Set<string>(best.features)
  const hasTeams = features.has('subgroups') && teamShapes(module).size > 0
  const teams = (kind: 'lanes' | 'group', sizes: { threads: number; chunks: number }): readonly [GPUDevice, string] => [
    best,
    withTeam(withTeams(module, kind, features.add(EXACT_UNPACK)), sizes),
  ]
  return [
    [portable, withFeatures(module, new Set(portable.features))],
    [best, withFeatures(module, new Set(best.features))],
    ...(hasTeams ? [teams('lanes', { threads: 1, chunks: 1 }), teams('lanes', { threads: 8, chunks: 2 })] : []),
    ...(hasTeams ? [teams('group', { threads: 64, chunks: 2 })] : []),
  ]
}

describeGpu('modules of policies', () => {
  const portable = useDevice('default limits')
  const best = useDevice('everything')
  test.each(files)('%s', async (file) => {
    for (const module of await modulesOf(file))
      for (const [device, code] of forms(module, portable(), best())) {
        const { messages } = await device.createShaderModule({ code }).getCompilationInfo()
        expect(messages.map(({ lineNum, message }) => `${lineNum}: ${message}`)).toEqual([])
      }
  })
})
