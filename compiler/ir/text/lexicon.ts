/**
 * The words of `.pir` that printer and parser must agree on: when a name may stand bare, how numbers look. Everything else about the text form is at the top of `print.ts`.
 */
import type { BufferType, MachineDType, ScalarKind, DType } from '../types.ts'

/** A name that needs no quotes. `_` alone means "no operand" and is quoted as a name. */
export const bareName = /[A-Za-z_][A-Za-z0-9_.$-]*/y
/** Exact text of a pin or a default: `7/10`, `4`, `1.5e-3`, `-2`, `true`, `exact`. */
export const bareText = /[A-Za-z0-9_.+/-]+/y

const whole = (pattern: RegExp, text: string): boolean => {
  const match = new RegExp(pattern.source, 'y').exec(text)
  return match !== null && match[0].length === text.length
}

export const quote = (text: string): string => JSON.stringify(text)
export const nameText = (name: string): string => (name !== '_' && whole(bareName, name) ? name : quote(name))
export const exactText = (text: string): string => (whole(bareText, text) ? text : quote(text))

/** JSON has no infinities, NaN or negative zero; states and attributes may. */
export function numberText(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (value === Infinity) return 'inf'
  if (value === -Infinity) return '-inf'
  return Object.is(value, -0) ? '-0' : String(value)
}

export const dtypes: Readonly<Record<DType, true>> = {
  f32: true,
  f16: true,
  bf16: true,
  i32: true,
  u32: true,
  u8: true,
  i8: true,
  bool: true,
}
export const machineDTypes: Readonly<Record<MachineDType, true>> = {
  f32: true,
  f64: true,
  i32: true,
  u32: true,
  i64: true,
  bool: true,
}
export const scalarKinds: Readonly<Record<ScalarKind, true>> = { int: true, ratio: true, real: true, bool: true }

export const bufferAccesses: Readonly<Record<BufferType['access'], true>> = {
  read: true,
  write: true,
  readwrite: true,
  scratch: true,
  lane: true,
}
