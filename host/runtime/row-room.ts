/** For how many kept elements of a packed row kernels should have room in fast memory: what keeps more is read all the same, but slowly. */
import { entryLength, rowCount, rowLength } from '../../abi/packed.ts'
import type { PackedSource } from './given-input.ts'
import { ResidentPacked } from './resident.ts'

/**
 * Where rows differ, half of a row or a quarter more than the mean, in eighths of a row, so that calls with nearly as many kept elements
 * share a plan.
 */
export function rowRoom(tensor: PackedSource): number {
  if (tensor.keptPerRow !== null) return tensor.keptPerRow
  const { layout } = tensor
  const length = rowLength(layout)
  const kept = tensor instanceof ResidentPacked ? tensor.kept : (tensor.parts['values']?.length ?? 0)
  const step = Math.max(1, Math.ceil(length / 8))
  // One division of whole numbers, so that hosts in other languages find the same.
  const steps = Math.ceil((5 * kept) / (4 * step * Math.max(1, rowCount(layout) * entryLength(layout))))
  return Math.min(length, Math.max(Math.ceil(length / 2), step * steps))
}
