/** `indices`: the positions of a row, listed. */
import type { FormatOf } from '../../../ir/types.ts'
import type { FormatLowering } from './format-lowering.ts'
import { listed } from './listed.ts'

export const indices: FormatLowering<FormatOf<'indices'>> = listed
