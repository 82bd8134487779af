/** The account of one entry of a policy given as text, for tests. */
import type { ParamValue } from '../../abi/params.ts'
import { accountPolicy, type VariantAccount } from '../../compiler/account/account-policy.ts'
import { frontEnd, lowerModule } from '../../compiler/driver.ts'
import { DiagnosticSink } from '../../compiler/diagnostics/sink.ts'
import type { Module } from '../../compiler/ir/node.ts'
import { ops } from '../../compiler/ir/ops/index.ts'
import type { DType } from '../../compiler/ir/types.ts'
import { pipelineFor } from '../../compiler/passes/pipelines.ts'
import { wasmCaps } from '../../backends/wasm/caps.ts'
import { loadLibrary } from './library-source.ts'

export interface AccountQuestion {
  readonly entry: string
  readonly sizes?: Readonly<Record<string, number>>
  readonly params?: Readonly<Record<string, ParamValue>>
  readonly densities?: Readonly<Record<string, number>>
  readonly float?: DType
}

/** Of the first variant. */
export function accountOfEntry(text: string, question: AccountQuestion): VariantAccount {
  const sink = new DiagnosticSink()
  const source = { name: 'p.prune', text }
  const { modules } = frontEnd({ source, load: loadLibrary, sink, dtypes: () => question.float ?? 'f32' })
  const levels = new Map<string, Module>()
  lowerModule(modules[0]!, pipelineFor(wasmCaps), {
    sink,
    onDump: (_pass, module) => {
      if (module.level !== 'kernel' || !levels.has('kernel')) levels.set(module.level, module)
    },
  })
  const [account] = accountPolicy({
    ops,
    sparse: levels.get('sparse')!,
    lowered: levels.get('kernel')!,
    entry: question.entry,
    assume: () => ({
      sizes: question.sizes === undefined ? null : new Map(Object.entries(question.sizes)),
      params: new Map(Object.entries(question.params ?? {})),
      densities: new Map(Object.entries(question.densities ?? {})),
    }),
  })
  return account!
}
