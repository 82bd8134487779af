/** `block(r, c)` on the host: entries are blocks, `values` holds them whole. */
import { listed } from './listed.ts'

export const block = listed<'block'>('r', 'c')
