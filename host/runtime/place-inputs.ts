/**
 * Puts the inputs of a call where the kernels read them. Tensors of this instance are used in place; everything else is copied
 * into memory that the call gives back.
 */
import { dtypeBytes, elementCount, encodeData } from '../../abi/dtype.ts'
import { problem } from '../../abi/espalier-error.ts'
import type { DTypeName, TensorBinding } from '../../abi/manifest.ts'
import { partDTypes } from '../../abi/formats/packed-parts.ts'
import { perEntryParts, rowCount, sameLayout, type PackedLayout } from '../../abi/packed.ts'
import { dtypeIn } from './choose-variant.ts'
import { packedText, type GivenInput, type PackedSource } from './given-input.ts'
import { layoutOf } from './layout.ts'
import type { Memory } from './memory.ts'
import type { Placement } from './placement.ts'
import { alignedStride, type Plan } from './plan.ts'
import { equalOffsets } from './packed-view.ts'
import { ResidentPacked, type PartBlock } from './resident.ts'
import type { Transaction } from './transaction.ts'

/** What a call places its inputs with. */
export interface Placing {
  readonly plan: Plan
  readonly memory: Memory
  readonly transaction: Transaction
  readonly placement: Placement
}

export function placeInputs(placing: Placing, inputs: readonly GivenInput[]): void {
  for (const binding of placing.plan.variant.inputs) {
    const input = inputs.find((given) => given.spec.name === binding.name)
    // An input that only shows extents has no parts: no kernel reads it, so nothing is copied.
    if (input === undefined || Object.keys(binding.parts).length === 0) continue
    if (input.source.kind === 'packed') placePacked(placing, binding, input, input.source.tensor)
    else placeDense(placing, binding, input)
  }
}

function placeDense(placing: Placing, binding: TensorBinding, input: GivenInput): void {
  const { plan } = placing
  const buffer = binding.parts['values'] ?? 0
  const perIndex = plan.buffers[buffer]?.length ?? 0
  const mapped = plan.mapped.has(binding.name)
  const isPart = plan.cut?.perPosition.has(buffer) ?? false
  const elements = isPart ? elementCount(input.shape) : perIndex * (mapped ? plan.repeat : 1)
  requirePart(binding.name, 'number of elements', elements, elementCount(input.shape))
  place(placing, buffer, denseBlock(input, dtypeIn(plan.variant, input), placing), mapped ? perIndex : null)
}

function denseBlock({ spec, source }: GivenInput, dtype: DTypeName, { memory, transaction }: Placing): number {
  const what = `input \`${spec.name}\``
  switch (source.kind) {
    case 'resident':
      return source.tensor.blockIn(memory) ?? transaction.put(dtype, source.tensor.stored(), what)
    case 'numbers':
      return transaction.put(dtype, encodeData(dtype, source.data), what)
    case 'stored':
      return transaction.put(dtype, source.data, what)
    case 'packed':
      throw problem('ESP4203', { tensor: spec.name, expected: 'dense', got: 'packed' })
  }
}

/** @param perIndex elements from one leading index to the next; null when all read the same */
function place({ plan, memory, transaction, placement }: Placing, buffer: number, block: number, perIndex: number | null): void {
  const planned = plan.buffers[buffer]
  placement.block[buffer] = block
  if (planned === undefined || perIndex === null) return
  const bytes = perIndex * dtypeBytes(planned.dtype)
  const stride = alignedStride(bytes, plan.repeat, memory)
  placement.stride[buffer] = stride
  if (stride === bytes) return
  // What lies end to end is laid out anew, so that each index starts where a kernel can start. Offsets overlap by one.
  const toStride = alignedStride(planned.bytes, plan.repeat, memory)
  const apart = transaction.allocate(toStride * plan.repeat, planned.what)
  memory.copyRuns({
    ...{ from: block, fromByte: 0, fromStride: bytes },
    ...{ to: apart, toByte: 0, toStride, bytes: planned.bytes, count: plan.repeat },
  })
  placement.block[buffer] = apart
  placement.stride[buffer] = toStride
}

function placePacked(placing: Placing, binding: TensorBinding, input: GivenInput, tensor: PackedSource): void {
  const { plan, placement } = placing
  const mapped = plan.mapped.has(binding.name)
  const repeat = mapped ? plan.repeat : 1
  const packing = binding.packing
  if (packing === null) throw problem('ESP4203', { tensor: binding.name, expected: 'dense', got: 'packed' })
  const layout = layoutOf(input.spec.axes, packing, mapped ? plan.leading : [], plan.extents)
  if (!sameLayout(layout, tensor.layout)) throw otherLayout(plan, binding.name, layout, tensor.layout)
  if (packing.exact && !tensor.packing.exact)
    throw problem('ESP4208', { tensor: binding.name, part: 'rows', expected: 'of one length', got: 'of different lengths' })
  const parts: Record<string, PartBlock> = { ...residentParts(tensor, binding.name, placing) }
  if (!packing.exact) parts['offsets'] ??= offsetsOf(tensor, layout, placing)
  const perEntry = perEntryParts(layout)
  for (const [name, buffer] of Object.entries(binding.parts)) {
    const part = parts[name]
    const planned = plan.buffers[buffer]
    if (part === undefined || planned === undefined)
      throw problem('ESP4208', { tensor: binding.name, part: `part \`${name}\``, expected: 'given', got: 'missing' })
    const ragged = !packing.exact && perEntry.has(name)
    const perIndex = name === 'offsets' ? planned.length - 1 : planned.length
    if (!ragged) requirePart(binding.name, `${name} (elements)`, perIndex * repeat + (name === 'offsets' ? 1 : 0), part.length)
    else if (part.length > perIndex * repeat) requirePart(binding.name, `${name} (elements)`, perIndex * repeat, part.length)
    place(placing, buffer, part.block, mapped && !ragged ? perIndex : null)
    if (ragged) placement.bytes[buffer] = part.length * dtypeBytes(part.dtype)
  }
}

function residentParts(
  tensor: PackedSource,
  name: string,
  { memory, transaction }: Placing,
): Readonly<Record<string, PartBlock>> {
  const resident = tensor instanceof ResidentPacked ? tensor.blocksIn(memory) : null
  if (resident !== null) return resident
  const stored = tensor instanceof ResidentPacked ? tensor.storedParts() : tensor.parts
  const entries = Object.entries(stored).map(([part, data]) => {
    const dtype = partDTypes[part] ?? tensor.dtype
    return [part, { dtype, block: transaction.put(dtype, data, `input \`${name}\``), length: data.length }] as const
  })
  return Object.fromEntries(entries)
}

/** Offsets of rows that all keep the same number, for an entry that reads rows of any length. */
function offsetsOf(tensor: PackedSource, layout: PackedLayout, { memory, transaction }: Placing): PartBlock {
  if (tensor instanceof ResidentPacked && tensor.blocksIn(memory) !== null) return tensor.equalOffsets()
  const offsets = equalOffsets(rowCount(layout), tensor.keptPerRow ?? 0)
  return { dtype: 'u32', block: transaction.put('u32', offsets, 'row offsets'), length: offsets.length }
}

function requirePart(tensor: string, part: string, expected: number, got: number): void {
  if (expected !== got) throw problem('ESP4208', { tensor, part, expected: String(expected), got: String(got) })
}

function otherLayout(plan: Plan, name: string, expected: PackedLayout, got: PackedLayout): Error {
  const text = (layout: PackedLayout): string =>
    layout.dims.map((extent, i) => (layout.over[i] ? `*${extent}` : `${extent}`)).join(', ')
  const packing = plan.variant.inputs.find((binding) => binding.name === name)?.packing
  return problem('ESP4208', {
    tensor: name,
    part: `layout (packed axes marked *)`,
    expected: `[${text(expected)}]${packing ? ` ${packedText(packing)}` : ''}`,
    got: `[${text(got)}]`,
  })
}
