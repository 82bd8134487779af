/** `indices` on the host. */
import { listed } from './listed.ts'

export const indices = listed<'indices'>()
