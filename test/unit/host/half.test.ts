/** f16 and bf16 against arithmetic done in doubles. */
import { describe, expect, test } from 'vitest'
import { decodeToFloat32, encodeData } from '../../../abi/dtype.ts'
import { f16BitsToF32Bits, f32BitsToBf16Bits, f32BitsToF16Bits } from '../../../abi/half.ts'

const cell = new Float32Array(1)
const bits = new Uint32Array(cell.buffer)
const toBits = (value: number): number => {
  cell[0] = value
  return bits[0] ?? 0
}
const fromBits = (value: number): number => {
  bits[0] = value
  return cell[0] ?? NaN
}

/** The value of a half, from the definition of the format. */
function halfValue(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >>> 10) & 31
  const mantissa = half & 1023
  if (exponent === 31) return mantissa === 0 ? sign * Infinity : NaN
  return exponent === 0 ? sign * mantissa * 2 ** -24 : sign * (1024 + mantissa) * 2 ** (exponent - 25)
}

describe('f16', () => {
  test('every half widens to its value, and narrows back', () => {
    for (let half = 0; half < 65_536; half++) {
      const wide = f16BitsToF32Bits(half)
      const value = halfValue(half)
      if (!Object.is(fromBits(wide), value)) throw new Error(`${half} widens to ${fromBits(wide)}, not ${value}`)
      const back = f32BitsToF16Bits(wide)
      const expected = Number.isNaN(value) ? half | 0x200 : half
      if (back !== expected) throw new Error(`${half} comes back as ${back}`)
    }
  })

  test('between neighbours the nearer is taken, and the even one in the middle', () => {
    for (let half = 0; half < 0x7c00; half++) {
      const low = halfValue(half)
      const high = half === 0x7bff ? 65_536 : halfValue(half + 1)
      const middle = toBits((low + high) / 2)
      const even = half % 2 === 0 ? half : half + 1
      const got = [middle - 1, middle, middle + 1].map(f32BitsToF16Bits)
      if (got.join() !== [half, even, half + 1].join()) throw new Error(`around ${half}: ${got.join()}`)
      if (f32BitsToF16Bits((middle | 0x80000000) >>> 0) !== (even | 0x8000)) throw new Error(`around -${half}`)
    }
    expect(f32BitsToF16Bits(toBits(1e30))).toBe(0x7c00)
    expect(f32BitsToF16Bits(toBits(-Infinity))).toBe(0xfc00)
    expect(f32BitsToF16Bits(toBits(2 ** -26))).toBe(0)
  })
})

describe('bf16', () => {
  test('rounds to nearest even, keeps infinities and NaN', () => {
    for (let high = 0; high < 0x7f80; high++) {
      const even = high % 2 === 0 ? high : high + 1
      const got = [high * 65_536 + 0x7fff, high * 65_536 + 0x8000, high * 65_536 + 0x8001].map(f32BitsToBf16Bits)
      if (got.join() !== [high, even, high + 1].join()) throw new Error(`around ${high}: ${got.join()}`)
    }
    expect(f32BitsToBf16Bits(0x7f800000)).toBe(0x7f80)
    expect(f32BitsToBf16Bits(0xff800000)).toBe(0xff80)
    expect(f32BitsToBf16Bits(0x7f800001) & 0x7fff).toBeGreaterThan(0x7f80)
    expect(f32BitsToBf16Bits(0xffffffff)).toBe(0xffff)
  })
})

test('numbers are stored and read back', () => {
  expect(encodeData('f16', [1, -2, 65_520, 1e-8])).toEqual(Uint16Array.of(0x3c00, 0xc000, 0x7c00, 0))
  expect(decodeToFloat32('bf16', encodeData('bf16', [1.5, NaN]))).toEqual(Float32Array.of(1.5, NaN))
  expect(encodeData('bool', [0, 2, NaN, -0])).toEqual(Uint8Array.of(0, 1, 1, 0))
  expect(decodeToFloat32('bool', Uint8Array.of(0, 7))).toEqual(Float32Array.of(0, 1))
  expect(decodeToFloat32('i8', Int8Array.of(-3))).toEqual(Float32Array.of(-3))
  expect(encodeData('i8', [200, -1.9, NaN, -Infinity])).toEqual(Int8Array.of(127, -1, 0, -128))
  expect(encodeData('u32', [-1, 2 ** 40, 7])).toEqual(Uint32Array.of(0, 0xffffffff, 7))
})
