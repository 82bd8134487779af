/**
 * sin and cos of floats from 2^20 up, where subtracting multiples of π/2 in doubles would lose everything: the fraction of
 * x · 2/π is taken from the bits of 2/π that matter for the exponent of x, in integer arithmetic. Scalar; rare.
 */
import { call, f32, f64, get, i32, i64, op, select, type Expr, type WasmFunction } from '../expr.ts'
import { lanesOf } from '../lanes.ts'
import { FunctionWriter } from '../writer.ts'
import { reduced } from './trig.ts'

/** The binary digits of 2/π in words, after a word of zeros. Enough for the largest exponent of an f32. */
const TWO_OVER_PI = [0, 0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab]
const WORD = 'math:two_over_pi'
const LARGE_SIN = 'math:sin_large'

/** sin(x + quarter · π/2) of a float x with |x| >= 2^20, as a call. */
export const callLarge = (x: Expr, quarter: 0 | 1): Expr => call(LARGE_SIN, 'f32', [x, i32(quarter)])

export const largeFunctions = (): readonly WasmFunction[] => [wordFunction(), largeFunction()]

function wordFunction(): WasmFunction {
  const writer = new FunctionWriter(['i32'])
  const index = writer.param(0)
  const word = TWO_OVER_PI.reduce<Expr>(
    (rest, value, i) => select(op('i32.eq', index, i32(i)), i64(BigInt(value)), rest),
    i64(0n),
  )
  return writer.finish(WORD, word, false)
}

function largeFunction(): WasmFunction {
  const writer = new FunctionWriter(['f32', 'i32'])
  const x = writer.param(0)
  const bits = writer.bind(op('i32.reinterpret', x))
  const exponent = writer.bind(op('i32.and', op('i32.shr_u', bits, i32(23)), i32(255)))
  const turns = writer.bind(fractionOfTurns(writer, bits, exponent))
  // 2^62 is one quarter turn; the nearest whole number of them is taken off.
  const quarters = writer.bind(op('i64.shr_u', op('i64.add', turns, i64(1n << 61n)), i64(62n)))
  const rest = op('f64.convert_s.i64', op('i64.sub', turns, op('i64.shl', quarters, i64(62n))))
  const r = writer.bind(op('f64.mul', rest, f64(Math.PI / 2 ** 63)))
  const negative = writer.bind(op('i32.lt_s', bits, i32(0)))
  const signedRest = select(negative, op('f64.neg', r), r)
  const signedQuarters = select(negative, op('i64.sub', i64(0n), quarters), quarters)
  const total = op('i64.add', signedQuarters, op('i64.extend_u', get(1, 'i32')))
  const value = op('f32.demote', reduced(lanesOf(writer, 'f64'), signedRest, total))
  return writer.finish(LARGE_SIN, select(op('i32.eq', exponent, i32(255)), f32(NaN), value), false)
}

/**
 * |x| · 2/π modulo 4, times 2^62. With x = m · 2^s, digits of 2/π of weight 4 and more after scaling by 2^s contribute
 * whole multiples of 4, so three words from the digit of weight 2 on are enough: the error is below 2^-60 of a quarter.
 */
function fractionOfTurns(writer: FunctionWriter, bits: Expr, exponent: Expr): Expr {
  const mantissa = writer.bind(op('i64.extend_u', op('i32.or', op('i32.and', bits, i32(0x7fffff)), i32(0x800000))))
  const position = writer.bind(op('i32.sub', exponent, i32(150 - 30)))
  const first = writer.bind(op('i32.shr_u', position, i32(5)))
  const shift = writer.bind(op('i64.extend_u', op('i32.and', position, i32(31))))
  const words = [0, 1, 2, 3].map((i) => writer.bind(call(WORD, 'i64', [op('i32.add', first, i32(i))])))
  const digits = (i: number): Expr => {
    const pair = op('i64.or', op('i64.shl', words[i] as Expr, i64(32n)), words[i + 1] as Expr)
    return op('i64.shr_u', op('i64.shl', pair, shift), i64(32n))
  }
  const high = op('i64.shl', op('i64.mul', mantissa, digits(0)), i64(32n))
  const low = op('i64.shr_u', op('i64.mul', mantissa, digits(2)), i64(32n))
  return op('i64.add', op('i64.add', high, op('i64.mul', mantissa, digits(1))), low)
}
