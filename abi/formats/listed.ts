/** Formats that list the position of every kept entry on the host: `indices`, of entries. */
import type { FormatSpecOf } from '../manifest.ts'
import type { HostFormat } from './host-format.ts'

export const listed = <K extends 'indices' | 'csr' | 'block'>(...fields: readonly string[]): HostFormat<FormatSpecOf<K>> => ({
  fields,
  parts: ['indices'],
  perEntry: ['indices'],
  partLength: (_part, { kept }) => kept,
  eachEntry({ parts, first, end, length }, place) {
    for (let entry = first; entry < end; entry++) place(entry, parts.indices?.[entry] ?? length)
  },
})
