/** Numbers of a manifest (`initial`, `fill`), which JSON cannot carry when they are infinite or NaN. */
import type { ManifestNumber } from './manifest.ts'

export const encodeNumber = (value: number): ManifestNumber =>
  Number.isNaN(value) ? 'nan' : value === Infinity ? 'inf' : value === -Infinity ? '-inf' : value

export const decodeNumber = (value: ManifestNumber): number =>
  value === 'nan' ? NaN : value === 'inf' ? Infinity : value === '-inf' ? -Infinity : value
