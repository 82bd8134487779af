/** The shared functions of CUDA modules. */
import { Library } from '../../source/library.ts'
import { best } from './best.ts'
import { chunks } from './chunks.ts'
import { combining } from './combining.ts'
import { fetched } from './fetched.ts'
import { joining } from './joining.ts'
import { kept } from './kept.ts'
import { numbers } from './numbers.ts'
import { products } from './products.ts'
import { searchedRows } from './searched-rows.ts'
import { selection } from './selection.ts'
import { slices } from './slices.ts'
import { spread } from './spread.ts'
import { team } from './team.ts'
import { thresholdBlocks } from './threshold-blocks.ts'
import { threshold } from './threshold.ts'
import { weighing } from './weighing.ts'

/** What a sheet uses is on one before it. */
const SHEETS = [
  ...[numbers, chunks, team, combining, joining, kept, fetched, spread, products, weighing],
  ...[searchedRows, thresholdBlocks, threshold, selection, slices, best],
]
const DECLARED =
  /^(?:struct (?:alignas\(\d+\) )?(\w+)|constexpr bool (\w+)|(?:__device__ __forceinline__|constexpr) [^(\n]*?(\w+)\()/m

export const cudaLibrary = (): Library => new Library(SHEETS, DECLARED)
