/** `compact` on the host: a row holds the positions from 0 on. */
import type { FormatSpecOf } from '../manifest.ts'
import type { HostFormat } from './host-format.ts'

export const compact: HostFormat<FormatSpecOf<'compact'>> = {
  fields: [],
  parts: [],
  perEntry: [],
  partLength: () => 0,
  eachEntry({ first, end }, place) {
    for (let entry = first; entry < end; entry++) place(entry, entry - first)
  },
}
