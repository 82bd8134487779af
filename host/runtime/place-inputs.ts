/**
 * Puts the inputs of a call where the kernels read them. Tensors of this instance are used in place; everything else is copied
 * into memory that the call gives back. Sets the address and the stride of every input buffer.
 */
import { dtypeBytes, elementCount, encodeData, type TensorData } from '../../abi/dtype.ts'
import { problem } from '../../abi/espalier-error.ts'
import type { DTypeName, TensorBinding } from '../../abi/manifest.ts'
import { partDTypes } from '../../abi/formats/packed-parts.ts'
import { perEntryParts, rowCount, sameLayout, type PackedLayout } from '../../abi/packed.ts'
import type { Arena } from './arena.ts'
import { dtypeIn } from './choose-variant.ts'
import { packedText, type GivenInput, type PackedSource } from './given-input.ts'
import { layoutOf } from './layout.ts'
import { ResidentPacked } from './packed-tensor.ts'
import type { Plan } from './plan.ts'
import type { Transaction } from './transaction.ts'

/** Addresses and strides by buffer. */
export interface Placement {
  readonly address: number[]
  readonly stride: number[]
}

export function placeInputs(
  plan: Plan,
  inputs: readonly GivenInput[],
  arena: Arena,
  transaction: Transaction,
  placement: Placement,
): void {
  for (const binding of plan.variant.inputs) {
    const input = inputs.find((given) => given.spec.name === binding.name)
    // An input that only shows extents has no parts: no kernel reads it, so nothing is copied.
    if (input === undefined || Object.keys(binding.parts).length === 0) continue
    if (input.source.kind === 'packed') placePacked(plan, binding, input, input.source.tensor, arena, transaction, placement)
    else placeDense(plan, binding, input, arena, transaction, placement)
  }
}

function placeDense(
  plan: Plan,
  binding: TensorBinding,
  input: GivenInput,
  arena: Arena,
  transaction: Transaction,
  placement: Placement,
): void {
  const buffer = binding.parts['values'] ?? 0
  const perIndex = plan.buffers[buffer]?.length ?? 0
  const mapped = plan.mapped.has(binding.name)
  requirePart(binding.name, 'number of elements', perIndex * (mapped ? plan.repeat : 1), elementCount(input.shape))
  placement.address[buffer] = denseAddress(input, dtypeIn(plan.variant, input), arena, transaction)
  placement.stride[buffer] = mapped ? (plan.buffers[buffer]?.bytes ?? 0) : 0
}

function denseAddress({ spec, source }: GivenInput, dtype: DTypeName, arena: Arena, transaction: Transaction): number {
  const what = `input \`${spec.name}\``
  if (source.kind === 'resident') {
    const at = source.tensor.addressIn(arena)
    return at ?? copyIn(dtype, source.tensor.data, what, arena, transaction)
  }
  if (source.kind === 'numbers') return copyIn(dtype, encodeData(dtype, source.data), what, arena, transaction)
  if (source.kind === 'stored') return copyIn(dtype, source.data, what, arena, transaction)
  throw problem('ESP4203', { tensor: spec.name, expected: 'dense', got: 'packed' })
}

/** Growing the memory detaches views of it, so data that is such a view is copied by its address. */
export function copyIn(dtype: DTypeName, data: TensorData, what: string, arena: Arena, transaction: Transaction): number {
  const inside = data.buffer === arena.memory.buffer
  const { byteOffset, byteLength } = data
  const at = transaction.allocate(byteLength, what)
  if (inside) arena.copy(byteOffset, at, byteLength)
  else arena.write(dtype, at, data)
  return at
}

interface Part {
  readonly dtype: DTypeName
  readonly at: number
  readonly length: number
}

function placePacked(
  plan: Plan,
  binding: TensorBinding,
  input: GivenInput,
  tensor: PackedSource,
  arena: Arena,
  transaction: Transaction,
  placement: Placement,
): void {
  const mapped = plan.mapped.has(binding.name)
  const repeat = mapped ? plan.repeat : 1
  const packing = binding.packing
  if (packing === null) throw problem('ESP4203', { tensor: binding.name, expected: 'dense', got: 'packed' })
  const layout = layoutOf(input.spec.axes, packing, mapped ? plan.leading : [], plan.extents)
  if (!sameLayout(layout, tensor.layout)) throw otherLayout(plan, binding.name, layout, tensor.layout)
  if (packing.exact && !tensor.packing.exact)
    throw problem('ESP4208', { tensor: binding.name, part: 'rows', expected: 'of one length', got: 'of different lengths' })
  const parts: Record<string, Part> = { ...residentParts(tensor, binding.name, arena, transaction) }
  if (!packing.exact) parts['offsets'] ??= equalOffsets(layout, tensor.keptPerRow ?? 0, arena, transaction)
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
    placement.address[buffer] = part.at
    placement.stride[buffer] = mapped && !ragged ? perIndex * dtypeBytes(part.dtype) : 0
  }
}

function residentParts(
  tensor: PackedSource,
  name: string,
  arena: Arena,
  transaction: Transaction,
): Readonly<Record<string, Part>> {
  if (tensor instanceof ResidentPacked && tensor.livesIn(arena)) return tensor.blocks()
  const entries = Object.entries(tensor.parts).map(([part, data]) => {
    const dtype = partDTypes[part] ?? ('dtype' in tensor ? tensor.dtype : 'f32')
    return [part, { dtype, at: copyIn(dtype, data, `input \`${name}\``, arena, transaction), length: data.length }] as const
  })
  return Object.fromEntries(entries)
}

/** Offsets of rows that all keep the same number, for an entry that reads rows of any length. */
function equalOffsets(layout: PackedLayout, kept: number, arena: Arena, transaction: Transaction): Part {
  const length = rowCount(layout) + 1
  const at = transaction.allocate(length * 4, 'row offsets')
  const offsets = arena.view('u32', at, length)
  for (let row = 0; row < length; row++) offsets[row] = row * kept
  return { dtype: 'u32', at, length }
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
