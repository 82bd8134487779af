/** `block(r, c)`: the positions of blocks, listed; an entry is a block. */
import type { FormatOf } from '../../../ir/types.ts'
import type { FormatLowering } from './format-lowering.ts'
import { listed } from './listed.ts'

export const block: FormatLowering<FormatOf<'block'>> = listed
