/**
 * Turns the output buffers of a finished run into tensors. A buffer that the call owns becomes the tensor's; one that is also an
 * input, a state or another output is copied. What a capacity left over is given back.
 */
import { dtypeBytes } from '../../abi/dtype.ts'
import type { DTypeName, OutputBinding, PackingSpec, TensorSpec } from '../../abi/manifest.ts'
import { partLength, perEntryParts, rowCount, type PackedLayout } from '../../abi/packed.ts'
import type { RunResult } from './launch.ts'
import { layoutOf, shapeOf } from './layout.ts'
import type { Placing } from './place-inputs.ts'
import { read, type Reading } from './reading.ts'
import type { DenseFields, PackedFields, PartBlock, TensorFields } from './resident.ts'
import { extentOf } from './variant-scalars.ts'

interface Collecting extends Placing {
  readonly run: RunResult
  readonly claimed: Set<number>
  /** Entries of ragged rows that were joined already, by the buffer of their offsets: outputs may share buffers. */
  readonly joined: Map<number, number>
  /** Buffers whose leading indices lie end to end, however far apart they were written. */
  readonly together: Set<number>
}

/** A tensor to be: its blocks are the call's until they are kept. */
export interface CollectedOutput {
  readonly name: string
  readonly blocks: readonly number[]
  readonly fields: TensorFields
}

/** @param claimed buffers that the state takes, so that outputs copy them */
export function* collectOutputs(placing: Placing, run: RunResult, claimed: Set<number>): Reading<readonly CollectedOutput[]> {
  const { plan } = placing
  const collecting: Collecting = { ...placing, run, claimed, joined: new Map(), together: new Set() }
  const collected: CollectedOutput[] = []
  for (const binding of plan.variant.outputs) {
    const spec = plan.entry.outputs.find((output) => output.name === binding.name)
    if (spec === undefined) continue
    const fields =
      binding.packing === null
        ? collectDense(collecting, binding, spec)
        : yield* collectPacked(collecting, binding, spec, binding.packing)
    const blocks = fields.kind === 'dense' ? [fields.block] : Object.values(fields.blocks).map(({ block }) => block)
    collected.push({ name: spec.name, blocks, fields })
  }
  return collected
}

const axesOf = (spec: TensorSpec, leading: readonly number[]): string[] => [
  ...leading.map(() => '*'),
  ...spec.axes.map((axis) => axis.name),
]

function collectDense(collecting: Collecting, binding: OutputBinding, spec: TensorSpec): DenseFields {
  const { plan, run } = collecting
  const shape = [...plan.leading, ...shapeOf(spec.axes, run.extents)]
  const length = shape.reduce((product, extent) => product * extent, 1)
  const { block } = claim(collecting, binding.parts['values'] ?? 0, binding.dtype, length)
  return { kind: 'dense', name: spec.name, dtype: binding.dtype, shape, axes: axesOf(spec, plan.leading), block }
}

function* collectPacked(
  collecting: Collecting,
  binding: OutputBinding,
  spec: TensorSpec,
  packing: PackingSpec,
): Reading<PackedFields> {
  const { plan, run } = collecting
  const shape = [...plan.leading, ...shapeOf(spec.axes, run.extents)]
  const layout = layoutOf(spec.axes, packing, plan.leading, run.extents)
  const rows = rowCount(layout)
  const perRow = binding.kept === null ? null : extentOf(run.slots, binding.kept, `the kept entries of a row of \`${spec.name}\``)
  const kept =
    perRow === null
      ? yield* joinRaggedRows(collecting, binding, layout, plan.repeat === 0 ? 0 : rows / plan.repeat)
      : rows * perRow
  const blocks: Record<string, PartBlock> = {}
  // A buffer may be longer than its part, when extents were counted while the entry ran.
  for (const [part, buffer] of Object.entries(binding.parts)) {
    const dtype = part === 'values' ? binding.dtype : (plan.buffers[buffer]?.dtype ?? 'u32')
    blocks[part] = claim(collecting, buffer, dtype, partLength(part, layout, perRow, kept))
  }
  const axes = axesOf(spec, plan.leading)
  return { kind: 'packed', name: spec.name, dtype: binding.dtype, shape, axes, packing, layout, blocks }
}

/** The block of a buffer, cut to its length, or a copy of it when it has another owner or gaps between leading indices. */
function claim(collecting: Collecting, buffer: number, dtype: DTypeName, length: number): PartBlock {
  const { placement, transaction, memory, claimed, together, plan } = collecting
  const block = placement.block[buffer] ?? 0
  const stride = placement.stride[buffer] ?? 0
  const bytes = length * dtypeBytes(dtype)
  const perIndex = plan.repeat > 1 ? bytes / plan.repeat : bytes
  const isApart = plan.repeat > 1 && stride !== perIndex && !together.has(buffer)
  if (transaction.owns(block) && !claimed.has(buffer) && !isApart) {
    claimed.add(buffer)
    memory.shrink(block, bytes)
    return { dtype, block, length }
  }
  const copy = transaction.allocate(bytes, plan.buffers[buffer]?.what ?? 'an output')
  const from = { from: block, fromByte: placement.byte[buffer] ?? 0, fromStride: stride }
  if (isApart && perIndex > 0)
    memory.copyRuns({ ...from, to: copy, toByte: 0, toStride: perIndex, bytes: perIndex, count: plan.repeat })
  else memory.copy(block, from.fromByte, copy, 0, bytes)
  return { dtype, block: copy, length }
}

/**
 * Each leading index wrote its rows at its own place and counted offsets from there. Moves the entries together and makes the
 * offsets count from the beginning. Returns the number of entries.
 */
function* joinRaggedRows(collecting: Collecting, binding: OutputBinding, layout: PackedLayout, rows: number): Reading<number> {
  const { plan, transaction, joined } = collecting
  const offsetsBuffer = binding.parts['offsets'] ?? 0
  const known = joined.get(offsetsBuffer)
  if (known !== undefined) return known
  const written = yield* read(endToEnd(collecting, offsetsBuffer, 4 * (rows + 1)), 'u32', plan.repeat * (rows + 1))
  const last = (index: number): number => written[index * (rows + 1) + rows] ?? 0
  let total = 0
  if (plan.repeat !== 1) {
    const offsets = new Uint32Array(plan.repeat * rows + 1)
    const starts: number[] = []
    for (let index = 0; index < plan.repeat; index++) {
      for (let row = 0; row <= rows; row++) offsets[index * rows + row] = total + (written[index * (rows + 1) + row] ?? 0)
      starts.push(total)
      total += last(index)
    }
    const counts = starts.map((_, index) => last(index))
    replace(collecting, offsetsBuffer, transaction.put('u32', offsets, plan.buffers[offsetsBuffer]?.what ?? 'row offsets'))
    for (const [part, size] of perEntryParts(layout)) moveTogether(collecting, binding.parts[part], size, starts, counts, total)
  } else total = last(0)
  joined.set(offsetsBuffer, total)
  return total
}

/** The block of a buffer, or a copy in which what leading indices wrote lies end to end. */
function endToEnd({ placement, plan, transaction, memory }: Collecting, buffer: number, bytes: number): number {
  const block = placement.block[buffer] ?? 0
  const fromStride = placement.stride[buffer] ?? 0
  if (plan.repeat <= 1 || fromStride === bytes) return block
  const to = transaction.allocate(bytes * plan.repeat, plan.buffers[buffer]?.what ?? 'row offsets')
  memory.copyRuns({ from: block, fromByte: 0, fromStride, to, toByte: 0, toStride: bytes, bytes, count: plan.repeat })
  return to
}

function moveTogether(
  collecting: Collecting,
  buffer: number | undefined,
  entrySize: number,
  starts: readonly number[],
  counts: readonly number[],
  total: number,
): void {
  const { plan, placement, memory, transaction } = collecting
  const planned = buffer === undefined ? undefined : plan.buffers[buffer]
  if (buffer === undefined || planned === undefined) return
  const size = dtypeBytes(planned.dtype) * entrySize
  const [from, stride] = [placement.block[buffer] ?? 0, placement.stride[buffer] ?? 0]
  const to = transaction.allocate(total * size, planned.what)
  for (const [index, start] of starts.entries()) memory.copy(from, index * stride, to, start * size, (counts[index] ?? 0) * size)
  replace(collecting, buffer, to)
}

function replace({ placement, together }: Collecting, buffer: number, block: number): void {
  placement.block[buffer] = block
  placement.byte[buffer] = 0
  together.add(buffer)
}
