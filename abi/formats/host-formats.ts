/** The storage formats by name, as a host sees them. */
import type { FormatSpec } from '../manifest.ts'
import { bitmap } from './bitmap.ts'
import { block } from './block.ts'
import { compact } from './compact.ts'
import { csr } from './csr.ts'
import type { HostFormat } from './host-format.ts'
import { indices } from './indices.ts'
import { nm } from './nm.ts'

export const hostFormats: Readonly<Record<FormatSpec['kind'], HostFormat>> = { bitmap, nm, indices, csr, block, compact }

/** `bitmap(64)`, `indices`. */
export function formatText(format: FormatSpec): string {
  const values = format as unknown as Readonly<Record<string, number>>
  const numbers = hostFormats[format.kind].fields.map((field) => values[field] ?? NaN)
  return numbers.length === 0 ? format.kind : `${format.kind}(${numbers.join(', ')})`
}

export const sameFormat = (a: FormatSpec, b: FormatSpec): boolean => formatText(a) === formatText(b)
