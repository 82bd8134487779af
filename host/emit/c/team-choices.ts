/**
 * Which variant of a kernel a launch takes, as a table: `chooseVariant` of `abi/cuda-teams.ts` asked once for all widths, so that a
 * host in another language needs no rules of its own. Of the points it is only asked whether there are fewer than multiprocessors.
 */
import { chooseVariant, teamVariants, type CudaBuffer } from '../../../abi/cuda-teams.ts'

export interface TeamChoice {
  /** The longest width that takes it; null: any. */
  readonly most: number | null
  /** In the order of `teamVariants`. */
  readonly variant: number
}

export interface TeamChoices {
  readonly many: readonly TeamChoice[]
  /** With fewer points than multiprocessors. */
  readonly few: readonly TeamChoice[]
}

const LONGEST = 2 ** 31

export const teamChoices = (buffers: readonly CudaBuffer[]): TeamChoices => ({
  many: choices(buffers, { points: 2, multiprocessors: 1 }),
  few: choices(buffers, { points: 1, multiprocessors: 2 }),
})

function choices(
  buffers: readonly CudaBuffer[],
  launch: { readonly points: number; readonly multiprocessors: number },
): readonly TeamChoice[] {
  const names = teamVariants(buffers).map(({ threads, chunks }) => `${threads} ${chunks}`)
  const at = (width: number | null): number => {
    const { threads, chunks } = chooseVariant(buffers, { ...launch, width })
    return names.indexOf(`${threads} ${chunks}`)
  }
  const found: TeamChoice[] = []
  const unknown = at(null)
  for (let width = 0; width < LONGEST;) {
    const variant = at(width)
    const end = lastOf(width, (other) => at(other) === variant)
    // What is left to the last choice is what no width is known of, and the longest ones if they take the same.
    if (end < LONGEST || variant !== unknown) found.push({ most: end, variant })
    width = end + 1
  }
  return [...found, { most: null, variant: unknown }]
}

/** The last number from `first` on before which all that are looked at hold: steps double, and the end is found by halving. */
function lastOf(first: number, holds: (width: number) => boolean): number {
  let [good, step] = [first, 1]
  while (good < LONGEST && holds(good + step)) [good, step] = [good + step, step * 2]
  let bad = good + step
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2)
    if (holds(middle)) good = middle
    else bad = middle
  }
  return Math.min(good, LONGEST)
}
