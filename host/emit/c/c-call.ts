/** A variant of an entry as C sees it: its functions, the fields of its arguments, what its numbers need. */
import type { EntrySpec, Manifest, ParamSpec, VariantSpec } from '../../../abi/manifest.ts'
import { memoryOf, type CallMemory, type CallPointer } from './call-memory.ts'
import { sizesOf, type CallSizes } from './call-sizes.ts'
import { stagesOf, type Stage } from './call-stages.ts'
import { CScope, functionName } from './c-names.ts'
import { evaluationOrder, type Evaluation } from './scalar-order.ts'

export interface CCall {
  readonly name: string
  readonly manifest: Manifest
  readonly entry: EntrySpec
  readonly variant: VariantSpec
  readonly memory: CallMemory
  readonly sizes: CallSizes
  readonly stages: readonly Stage[]
  readonly order: readonly Evaluation[]
  readonly params: readonly ParamSpec[]
  /** Packed inputs whose number of kept entries a row the caller says. */
  readonly kept: readonly string[]
  /** Packed inputs with rows of any lengths, of which it helps to know how long they are, all or on average. */
  readonly hinted: readonly string[]
  readonly fields: CallFields
}

/** The names of fields, by what they are: `in.K.words`, `size.token`, `param.window`. */
export interface CallFields {
  pointer(pointer: CallPointer): string
  /** Of a declared axis, or of one that a stage counted. */
  size(axis: string): string
  param(name: string): string
  kept(input: string): string
  stored(input: string): string
}

/** Every variant of every entry, with names of functions that differ. */
export function callsOf(manifest: Manifest): readonly CCall[] {
  const names = new CScope()
  return manifest.entries.flatMap((entry) =>
    entry.variants.map((variant, i) => {
      const wanted = functionName(manifest.policy, entry, variant)
      const taken = entry.variants.slice(0, i).some((other) => functionName(manifest.policy, entry, other) === wanted)
      return callOf(manifest, entry, variant, names.name(taken ? `${wanted}_${i}` : wanted))
    }),
  )
}

function callOf(manifest: Manifest, entry: EntrySpec, variant: VariantSpec, name: string): CCall {
  const order = evaluationOrder(variant)
  const live = order.flatMap((step) => (step.kind === 'scalar' ? (variant.scalars[step.scalar] ?? []) : []))
  const sizes = sizesOf(manifest, entry, variant)
  const isUsed = ({ name: param }: ParamSpec): boolean =>
    live.some((expr) => 'name' in expr && expr.op === 'param' && expr.name === param) ||
    sizes.pinned.some(({ pinned }) => pinned === param)
  const inputsOf = (op: string): readonly string[] => [
    ...new Set(live.flatMap((expr) => ('input' in expr && expr.op === op ? [expr.input] : []))),
  ]
  return {
    ...{ name, manifest, entry, variant, order, sizes },
    memory: memoryOf(manifest, entry, variant),
    stages: stagesOf(variant),
    params: [...manifest.params.filter(isUsed), ...entry.args],
    kept: inputsOf('kept'),
    hinted: inputsOf('row_room'),
    fields: fieldNames(),
  }
}

function fieldNames(): CallFields {
  const scopes = new Map<string, CScope>()
  const field = (group: string, name: string): string => {
    const scope = scopes.get(group) ?? new CScope()
    scopes.set(group, scope)
    return `${group}.${scope.name(name)}`
  }
  return {
    pointer: ({ group, tensor, part }) => (part === null ? field(group, tensor) : field(field(group, tensor), part)),
    size: (axis) => field('size', axis),
    param: (name) => field('param', name),
    kept: (input) => field('kept', input),
    stored: (input) => field('stored', input),
  }
}

/** Counted axes whose extents a caller has to say for a later stage. */
export const lateAxes = ({ stages }: CCall): readonly string[] => stages.flatMap(({ needs }) => needs)
