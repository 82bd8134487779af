/** Machine constants as CUDA C. What a literal cannot say is given by its bits. */
import type { MachineDType } from '../../compiler/ir/types.ts'
import { floatText } from '../source/float-text.ts'
import { literal, type Expr } from '../source/text.ts'

export function constant(dtype: MachineDType, value: number): Expr {
  switch (dtype) {
    case 'f32':
      return floatConstant(Math.fround(value))
    case 'f64':
      return doubleConstant(value)
    case 'i32':
      return (value | 0) === -0x80000000 ? literal('int(0x80000000u)') : signed(String(value | 0))
    case 'u32':
      return literal(`${value >>> 0}u`)
    case 'bool':
      return literal(String(value !== 0))
    case 'i64':
      return signed(`${Math.trunc(value)}ll`)
  }
}

/** A minus in front of another would be a decrement. */
const signed = (text: string): Expr => literal(text.startsWith('-') ? `(${text})` : text)

const decimal = (text: string): string => (/[.e]/.test(text) ? text : `${text}.0`)

function floatConstant(value: number): Expr {
  if (Number.isFinite(value)) return signed(`${Object.is(value, -0) ? '-0.0' : decimal(floatText(value))}f`)
  const [bits = 0] = new Uint32Array(Float32Array.of(value).buffer)
  return literal(`__uint_as_float(0x${bits.toString(16)}u)`)
}

function doubleConstant(value: number): Expr {
  if (Number.isFinite(value)) return signed(Object.is(value, -0) ? '-0.0' : decimal(String(value)))
  const [bits = 0n] = new BigUint64Array(Float64Array.of(value).buffer)
  return literal(`__longlong_as_double(0x${bits.toString(16)}ull)`)
}
