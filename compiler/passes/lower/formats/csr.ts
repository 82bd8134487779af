/** `csr`: the positions of a row, listed; its offsets are written for every ragged row. */
import type { FormatOf } from '../../../ir/types.ts'
import type { FormatLowering } from './format-lowering.ts'
import { listed } from './listed.ts'

export const csr: FormatLowering<FormatOf<'csr'>> = listed
