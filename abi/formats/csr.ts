/** `csr` on the host: with `offsets` in every case. */
import { listed } from './listed.ts'

export const csr = listed<'csr'>()
