/** The IR of a policy after one pass, as text. */
import { wasmCaps } from '../../backends/wasm/caps.ts'
import { DiagnosticSink } from '../../compiler/diagnostics/sink.ts'
import { lowerModule } from '../../compiler/driver.ts'
import { printModule } from '../../compiler/ir/text/print.ts'
import { pipelineFor } from '../../compiler/passes/pipelines.ts'
import type { Analysis } from '../analysis.ts'
import { RequestRefusal } from './request-refusal.ts'

const pipeline = pipelineFor(wasmCaps)

export const passNames: readonly string[] = pipeline.map(({ name }) => name)

/** Passes before it are run again: nothing is kept of them. */
export function irAfterPass(analysis: Analysis, pass: string | null, policy: string | null): string {
  const { diagnostics, result } = analysis.checked
  const error = diagnostics.find(({ severity }) => severity === 'error')
  if (error !== undefined) throw new RequestRefusal(`there is no IR while the file has errors: ${error.message}`)
  const last = pass === null ? -1 : passNames.lastIndexOf(pass)
  if (pass !== null && last < 0)
    throw new RequestRefusal(`there is no pass \`${pass}\`; there are ${[...new Set(passNames)].join(', ')}`)
  const modules = result.modules.filter(({ name }) => policy === null || name === policy)
  const texts = modules.map((module) => {
    const sink = new DiagnosticSink()
    const lowered = lowerModule(module, pipeline.slice(0, last + 1), { sink, verify: 'off' })
    const refusal = sink.list().find(({ severity }) => severity === 'error')
    if (refusal !== undefined) throw new RequestRefusal(refusal.message)
    return printModule(lowered.module)
  })
  return texts.join('\n')
}
