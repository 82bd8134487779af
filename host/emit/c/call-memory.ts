/**
 * The device memory of a variant as a caller sees it: pointers to the parts of inputs, outputs and states and to counts, which
 * buffers they are, and what is copied after the last step because a buffer has several owners.
 */
import { axisList } from '../../../abi/axes.ts'
import { formatText } from '../../../abi/formats/host-formats.ts'
import type { DTypeName, EntrySpec, Manifest, PackingSpec, TensorSpec, VariantSpec } from '../../../abi/manifest.ts'

export type PointerGroup = 'in' | 'state' | 'out' | 'count'

export interface CallPointer {
  readonly group: PointerGroup
  readonly tensor: string
  /** Of a packed tensor. */
  readonly part: string | null
  readonly dtype: DTypeName
  /** Read, and never written. */
  readonly isInput: boolean
  readonly buffer: number
  readonly note: string
}

/** A copy after the last step, of all elements of a buffer. */
export interface FinalCopy {
  readonly from: number
  readonly to: CallPointer
  /** A state of which one slice is written. */
  readonly at: NonNullable<VariantSpec['states'][number]['at']> | null
  readonly atoms: readonly string[]
}

export interface CallMemory {
  readonly pointers: readonly CallPointer[]
  /** The pointer that is a buffer itself; buffers without one are workspace. */
  readonly owner: ReadonlyMap<number, CallPointer>
  readonly copies: readonly FinalCopy[]
}

type StateBinding = VariantSpec['states'][number]

export function memoryOf(manifest: Manifest, entry: EntrySpec, variant: VariantSpec): CallMemory {
  const inputs = variant.inputs.flatMap((binding) => partPointers(variant, 'in', binding, entry.inputs))
  const outputs = variant.outputs.flatMap((binding) => partPointers(variant, 'out', binding, entry.outputs))
  const states = variant.states.flatMap((binding) => statePointer(manifest, variant, binding))
  const counts = variant.axes.flatMap((axis): CallPointer[] =>
    axis.kind !== 'counted'
      ? []
      : [{ group: 'count', tensor: axis.name, part: null, dtype: 'i32', isInput: false, buffer: axis.buffer, note: 'i32 []' }],
  )
  const owner = new Map<number, CallPointer>()
  const own = (pointer: CallPointer, buffer = pointer.buffer): void => void (owner.has(buffer) || owner.set(buffer, pointer))
  for (const pointer of inputs) own(pointer)
  const stateOf = (name: string): CallPointer | undefined => states.find(({ tensor }) => tensor === name)
  for (const { name, from } of variant.states) if (from !== null) own(stateOf(name) as CallPointer, from)
  // A count first: it is read before the copies.
  for (const pointer of [...counts, ...outputs]) own(pointer)
  // Nobody reads what it was before: it is written where it will be.
  for (const { name, from, to, at } of variant.states)
    if (from === null && to !== null && at === undefined) own(stateOf(name) as CallPointer, to)
  const again = [...counts, ...outputs].filter((pointer) => owner.get(pointer.buffer) !== pointer)
  const copies = again.map((to): FinalCopy => ({ from: to.buffer, to, at: null, atoms: [] }))
  const commits = variant.states.flatMap(({ name, to, at, atoms }): FinalCopy[] => {
    const pointer = stateOf(name)
    if (to === null || pointer === undefined || owner.get(to) === pointer) return []
    return [{ from: to, to: pointer, at: at ?? null, atoms }]
  })
  return { pointers: [...inputs, ...states, ...outputs, ...counts], owner, copies: [...copies, ...commits] }
}

function partPointers(
  variant: VariantSpec,
  group: 'in' | 'out',
  { name, packing, parts }: VariantSpec['inputs'][number],
  specs: readonly TensorSpec[],
): readonly CallPointer[] {
  const spec = specs.find((candidate) => candidate.name === name)
  return Object.entries(parts).map(([part, buffer]): CallPointer => {
    const dtype = variant.buffers[buffer]?.dtype ?? 'f32'
    const note = packing === null ? `${dtype} ${axisList(spec?.axes ?? [])}` : `${dtype}, ${packedNote(packing, spec)}`
    return { group, tensor: name, part: packing === null ? null : part, dtype, isInput: group === 'in', buffer, note }
  })
}

const packedNote = (packing: PackingSpec, spec: TensorSpec | undefined): string =>
  `of ${axisList(spec?.axes ?? [])} as ${formatText(packing.format)} over ${packing.over.join(', ')}`

function statePointer(manifest: Manifest, variant: VariantSpec, { name, from, to }: StateBinding): readonly CallPointer[] {
  const spec = manifest.states.find((state) => state.name === name)
  const buffer = from ?? to
  if (spec === undefined || buffer === null) return []
  const note = `${spec.dtype} [${spec.axes.join(', ')}], ${to === null ? 'read' : 'updated'}; before the first call all ${spec.initial}`
  return [{ group: 'state', tensor: name, part: null, dtype: spec.dtype, isInput: to === null, buffer, note }]
}

/** Whether a copy reads the memory of a state that another copy overwrites: then it goes through the workspace. */
export const isStaged = ({ owner }: CallMemory, copy: FinalCopy): boolean => {
  const source = owner.get(copy.from)
  return source?.group === 'state' && copy.to.group === 'state'
}
