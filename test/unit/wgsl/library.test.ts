/** The module of every policy of the library, and of the policies with the hardest kernels, is one that a validator accepts. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { withFeatures } from '../../../abi/shader-variants.ts'
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

describeGpu('modules of policies', () => {
  const portable = useDevice('default limits')
  const best = useDevice('everything')
  test.each(files)('%s', async (file) => {
    for (const module of await modulesOf(file))
      for (const device of [portable(), best()]) {
        const shader = device.createShaderModule({ code: withFeatures(module, new Set(device.features)) })
        const { messages } = await shader.getCompilationInfo()
        expect(messages.map(({ lineNum, message }) => `${lineNum}: ${message}`)).toEqual([])
      }
  })
})
