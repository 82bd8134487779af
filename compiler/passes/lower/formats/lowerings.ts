/** How each storage format is lowered. */
import type { Format } from '../../../ir/types.ts'
import { bitmap } from './bitmap.ts'
import { block } from './block.ts'
import { compact } from './compact.ts'
import { csr } from './csr.ts'
import type { FormatLowering } from './format-lowering.ts'
import { indices } from './indices.ts'
import { nm } from './nm.ts'

export const lowerings: Readonly<Record<Format['kind'], FormatLowering>> = { bitmap, nm, indices, csr, block, compact }
