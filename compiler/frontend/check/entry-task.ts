/** One entry of one policy, its declarations checked, ready to be lowered. */
import type { DiagnosticSink } from '../../diagnostics/sink.ts'
import type { DType } from '../../ir/types.ts'
import type { EntryDecl } from '../ast.ts'
import type { Mentions } from './mentions.ts'
import type { Observe, PolicyInfo } from './scope.ts'
import type { EntryInput, TensorInput } from './signature.ts'

export interface EntryTask {
  readonly sink: DiagnosticSink
  readonly policy: PolicyInfo
  readonly entry: EntryDecl
  readonly inputs: readonly EntryInput[]
  readonly mentions: Mentions
  readonly dtypeOf: (input: TensorInput) => DType
  /** Hands out names of functions that are unique in the module. */
  readonly name: (wanted: string) => string
  readonly observe: Observe | null
}
