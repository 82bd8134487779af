/** Machine constants as WGSL. */
import { CompilerBug } from '../../compiler/diagnostics/bug.ts'
import type { MachineDType } from '../../compiler/ir/types.ts'
import { doubleLiteral } from './prelude/functions.ts'
import { floatText } from '../source/float-text.ts'
import { literal, named, type Expr } from '../source/text.ts'

export function constant(dtype: MachineDType, value: number): Expr {
  switch (dtype) {
    case 'f32':
      return floatConstant(Math.fround(value))
    case 'f64':
      return named(doubleLiteral(value))
    case 'i32':
      return literal((value | 0) === -0x80000000 ? 'i32(-2147483648)' : `${value | 0}i`)
    case 'u32':
      return literal(`${value >>> 0}u`)
    case 'bool':
      return literal(String(value !== 0))
    case 'i64':
      throw new CompilerBug('WGSL has no i64', { pass: 'emit wgsl' })
  }
}

const SMALLEST_NORMAL = 2 ** -126

/** What a literal cannot say, or a compiler may flush to zero, is given by its bits. */
function floatConstant(value: number): Expr {
  const plain = Number.isFinite(value) && !Object.is(value, -0) && (value === 0 || Math.abs(value) >= SMALLEST_NORMAL)
  if (!plain) {
    const [bits = 0] = new Uint32Array(Float32Array.of(value).buffer)
    return named(`f32_of_bits(0x${bits.toString(16)}u)`)
  }
  const text = floatText(value)
  return literal(/[.e]/.test(text) ? `${text}f` : `${text}.0f`)
}
