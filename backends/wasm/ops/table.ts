/** The emitter of every op of the kernel core; an op without one does not compile. */
import type { CoreOp } from '../../core.ts'
import { arithmetic, unaryMath } from './arithmetic.ts'
import type { Emit } from './context.ts'
import { control } from './control.ts'
import { conversion } from './convert.ts'
import { comparisons, logic } from './logic.ts'
import { memory } from './memory.ts'
import { vectors } from './vector.ts'

export const emitters: Record<CoreOp, Emit> = {
  ...unaryMath,
  ...arithmetic,
  ...comparisons,
  ...logic,
  ...conversion,
  ...memory,
  ...control,
  ...vectors,
}
