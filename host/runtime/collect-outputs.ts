/**
 * Turns the output buffers of a finished run into tensors. A buffer that the call owns becomes the tensor's; one that is also an
 * input, a state or another output is copied. What a capacity left over is given back.
 */
import { dtypeBytes } from '../../abi/dtype.ts'
import type { DTypeName, OutputBinding, PackingSpec, TensorSpec } from '../../abi/manifest.ts'
import { partLength, perEntryParts, rowCount, type PackedLayout } from '../../abi/packed.ts'
import type { Arena } from './arena.ts'
import { DenseTensor } from './dense-tensor.ts'
import type { RunResult } from './launch.ts'
import { layoutOf, shapeOf } from './layout.ts'
import { ResidentPacked, type PartBlock } from './packed-tensor.ts'
import type { Placement } from './place-inputs.ts'
import type { Plan } from './plan.ts'
import type { Transaction } from './transaction.ts'
import { extentOf } from './variant-scalars.ts'

interface Collecting {
  readonly plan: Plan
  readonly placement: Placement
  readonly run: RunResult
  readonly arena: Arena
  readonly transaction: Transaction
  readonly claimed: Set<number>
  /** Entries of ragged rows that were joined already, by the buffer of their offsets: outputs may share buffers. */
  readonly joined: Map<number, number>
}

/** Tensors to be, by output; `keep` makes them real and cannot fail. */
export interface CollectedOutput {
  readonly name: string
  readonly blocks: readonly PartBlock[]
  readonly make: () => DenseTensor | ResidentPacked
}

/** @param claimed buffers that the state takes, so that outputs copy them */
export function collectOutputs(
  plan: Plan,
  placement: Placement,
  run: RunResult,
  arena: Arena,
  transaction: Transaction,
  claimed: Set<number>,
): readonly CollectedOutput[] {
  const collecting: Collecting = { plan, placement, run, arena, transaction, claimed, joined: new Map() }
  return plan.variant.outputs.flatMap((binding) => {
    const spec = plan.entry.outputs.find((output) => output.name === binding.name)
    if (spec === undefined) return []
    return [
      binding.packing === null
        ? collectDense(collecting, binding, spec)
        : collectPacked(collecting, binding, spec, binding.packing),
    ]
  })
}

const axesOf = (spec: TensorSpec, leading: readonly number[]): string[] => [
  ...leading.map(() => '*'),
  ...spec.axes.map((axis) => axis.name),
]

function collectDense(collecting: Collecting, binding: OutputBinding, spec: TensorSpec): CollectedOutput {
  const { plan, run, arena } = collecting
  const shape = [...plan.leading, ...shapeOf(spec.axes, run.extents)]
  const length = shape.reduce((product, extent) => product * extent, 1)
  const block = claim(collecting, binding.parts['values'] ?? 0, binding.dtype, length)
  const fields = { name: spec.name, dtype: binding.dtype, shape, axes: axesOf(spec, plan.leading), at: block.at }
  return { name: spec.name, blocks: [block], make: () => new DenseTensor(arena, fields) }
}

function collectPacked(collecting: Collecting, binding: OutputBinding, spec: TensorSpec, packing: PackingSpec): CollectedOutput {
  const { plan, run, arena } = collecting
  const shape = [...plan.leading, ...shapeOf(spec.axes, run.extents)]
  const layout = layoutOf(spec.axes, packing, plan.leading, run.extents)
  const rows = rowCount(layout)
  const perRow = binding.kept === null ? null : extentOf(run.slots, binding.kept, `the kept entries of a row of \`${spec.name}\``)
  const kept =
    perRow === null ? joinRaggedRows(collecting, binding, layout, plan.repeat === 0 ? 0 : rows / plan.repeat) : rows * perRow
  const blocks: Record<string, PartBlock> = {}
  // A buffer may be longer than its part, when extents were counted while the entry ran.
  for (const [part, buffer] of Object.entries(binding.parts)) {
    const dtype = part === 'values' ? binding.dtype : (plan.buffers[buffer]?.dtype ?? 'u32')
    blocks[part] = claim(collecting, buffer, dtype, partLength(part, layout, perRow, kept))
  }
  const fields = { name: spec.name, dtype: binding.dtype, shape, axes: axesOf(spec, plan.leading), packing, layout, blocks }
  return { name: spec.name, blocks: Object.values(blocks), make: () => new ResidentPacked(arena, fields) }
}

/** The block of a buffer, cut to its length, or a copy of it when it has another owner. */
function claim(collecting: Collecting, buffer: number, dtype: DTypeName, length: number): PartBlock {
  const { placement, transaction, arena, claimed, plan } = collecting
  const at = placement.address[buffer] ?? 0
  const bytes = length * dtypeBytes(dtype)
  if (transaction.owns(at) && !claimed.has(buffer)) {
    claimed.add(buffer)
    arena.shrink(at, bytes)
    return { dtype, at, length }
  }
  const copy = transaction.allocate(bytes, plan.buffers[buffer]?.what ?? 'an output')
  const shared = plan.repeat > 1 && placement.stride[buffer] === 0
  const times = shared ? plan.repeat : 1
  for (let index = 0; index < times; index++) arena.copy(at, copy + (index * bytes) / times, bytes / times)
  return { dtype, at: copy, length }
}

/**
 * Each leading index wrote its rows at its own place and counted offsets from there. Moves the values together and makes the
 * offsets count from the beginning. Returns the number of entries.
 */
function joinRaggedRows(
  { plan, placement, arena, joined }: Collecting,
  binding: OutputBinding,
  layout: PackedLayout,
  rows: number,
): number {
  const offsetsBuffer = binding.parts['offsets'] ?? 0
  const known = joined.get(offsetsBuffer)
  if (known !== undefined) return known
  const at = placement.address[offsetsBuffer] ?? 0
  const offsets = arena.view('u32', at, Math.max(1, plan.repeat * (rows + 1)))
  if (plan.repeat === 0) offsets[0] = 0
  let total = 0
  for (let index = 0; index < plan.repeat; index++) {
    const from = index * (rows + 1)
    const count = offsets[from + rows] ?? 0
    for (const [part, size] of perEntryParts(layout))
      moveTogether(plan, placement, arena, binding.parts[part] ?? 0, index, total * size, count * size)
    for (let row = 0; row <= rows; row++) offsets[index * rows + row] = total + (offsets[from + row] ?? 0)
    total += count
  }
  joined.set(offsetsBuffer, total)
  return total
}

function moveTogether(
  plan: Plan,
  placement: Placement,
  arena: Arena,
  buffer: number,
  index: number,
  total: number,
  count: number,
): void {
  const planned = plan.buffers[buffer]
  if (planned === undefined || index === 0) return
  const base = placement.address[buffer] ?? 0
  const size = dtypeBytes(planned.dtype)
  arena.copy(base + index * (placement.stride[buffer] ?? 0), base + total * size, count * size)
}
