/**
 * The RUN section: one line for each `test` block of a source, run on one target: `ok` or `FAILED` and the title, and what was
 * different. The caller points ESPALIER_CACHE at a folder of its own.
 */
import { wasmBackend } from '../../backends/wasm/index.ts'
import { wasmInstance } from '../../cli/compiled-instance.ts'
import { compiledRunner } from '../../cli/compiled-runner.ts'
import { programOf, unitOf } from '../../cli/program.ts'
import { referenceRunner } from '../../cli/reference-runner.ts'
import { runTest } from '../../cli/run-test.ts'
import type { SourceText } from '../../compiler/driver.ts'

const onWasm = { name: 'wasm', target: () => wasmBackend, instantiate: wasmInstance }

export async function testOutcomes(source: SourceText, target: string): Promise<string> {
  if (target !== 'reference' && target !== 'wasm') throw new Error(`RUN knows the targets reference and wasm, not ${target}`)
  const unit = unitOf(source)
  if (unit.checked.tests.length === 0) throw new Error('RUN needs `test` blocks in the source')
  const lines: string[] = []
  for (const block of unit.checked.tests) {
    const program = programOf(unit, block.policy)
    const runner = target === 'wasm' ? compiledRunner(program, onWasm, block.sizes) : referenceRunner(program, block.sizes)
    const failure = await runTest(block, runner, unit)
    runner.release()
    lines.push(failure === null ? `ok ${block.title}` : `FAILED ${block.title}: ${failure.place}: ${failure.what}`)
  }
  return lines.join('\n')
}
