/** What a policy shows to its users, checked: parameters, states, entries with their inputs. Plain data. */
import type { Span } from '../../diagnostics/span.ts'
import type { Name } from '../ast.ts'
import type { PolicyParam } from '../../ir/node.ts'
import type { DType, Format, Packing } from '../../ir/types.ts'

/** `float` stands for any of f32, f16 and bf16: decided when the policy is compiled. */
export type InputDType = DType | 'float'

export interface TensorInput {
  readonly kind: 'tensor'
  readonly name: string
  readonly dtype: InputDType
  readonly axes: readonly string[] // as declared
  readonly format: Format | null
  /** Axes that a packed row runs along, as written; null: the last one. */
  readonly over: readonly Name[] | null
  readonly span: Span
}

export interface ScalarInput {
  readonly kind: 'scalar'
  readonly name: string
  readonly type: 'ratio' | 'count' | 'int' | 'real' | 'bool'
  readonly span: Span
}

/** A position along an axis, given with every call and checked before anything runs. */
export interface IndexInput {
  readonly kind: 'index'
  readonly name: string
  readonly axis: Name
  readonly span: Span
}

export type EntryInput = TensorInput | ScalarInput | IndexInput

export interface EntryOutput {
  readonly name: string
  readonly dtype: DType
  readonly axes: readonly string[] // declared ones where the atoms form one
  readonly packing: Packing | null
}

export interface EntrySignature {
  readonly name: string
  readonly doc: string | null
  readonly inputs: readonly EntryInput[]
  /** Of the first variant; empty when the entry has errors. */
  readonly outputs: readonly EntryOutput[]
  readonly states: readonly { readonly name: string; readonly access: 'read' | 'write' | 'update' }[]
  /** Parameters with alternatives that decide which variant runs. */
  readonly choices: readonly string[]
  readonly span: Span
}

export interface StateSignature {
  readonly name: string
  readonly doc: string | null
  readonly dtype: DType
  readonly axes: readonly string[]
  readonly initial: number
  readonly span: Span
}

export interface PolicySignature {
  readonly name: string
  readonly doc: string | null
  readonly params: readonly (PolicyParam & { readonly span: Span })[]
  readonly axes: readonly { readonly name: string; readonly factors: readonly string[]; readonly pinned: string | null }[]
  readonly states: readonly StateSignature[]
  readonly entries: readonly EntrySignature[]
  readonly span: Span
}
