/** The storage formats by name, as the command line writes and checks them. */
import type { FormatSpec } from '../../abi/manifest.ts'
import { bitmap } from './bitmap.ts'
import { compact } from './compact.ts'
import { listed } from './listed.ts'
import { nm } from './nm.ts'
import type { StoredFormat } from './stored-format.ts'

export const storedFormats: Readonly<Record<FormatSpec['kind'], StoredFormat>> = {
  bitmap,
  nm,
  indices: listed,
  csr: listed,
  block: listed,
  compact,
}
