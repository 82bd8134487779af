/** The rules by which an output counts as the expected one. */
import { describe, expect, test } from 'vitest'
import { encodeData } from '../../../abi/dtype.ts'
import type { DTypeName } from '../../../abi/manifest.ts'
import { compareTensors, groupSize, indexText } from '../../../cli/conform/compare.ts'
import type { FileTensor } from '../../../cli/files/tensor.ts'

const make = (dtype: DTypeName, shape: readonly number[], values: readonly number[]): FileTensor => ({
  dtype,
  shape,
  data: encodeData(dtype, values),
})
const exact = { margin: null, rtol: 1e-4 }
const close = { margin: 1e-7, rtol: 1e-4 }

/** A mask of `rows` rows of `width` that keeps the first half of each, with the listed elements flipped. */
function mask(rows: number, width: number, flipped: readonly number[] = []): FileTensor {
  const values: number[] = Array.from({ length: rows * width }, (_, i) => (i % width < width / 2 ? 1 : 0))
  for (const at of flipped) values[at] = 1 - values[at]!
  return make('bool', [rows, width], values)
}

describe('masks', () => {
  test('equal', () => {
    expect(compareTensors(mask(4, 8), mask(4, 8), exact)).toBeNull()
  })

  test('exact scores allow no difference; the first one is named', () => {
    expect(compareTensors(mask(4, 8), mask(4, 8, [9, 12]), exact)).toMatchObject({
      first: 9,
      count: 2,
      what: 'dropped instead of kept',
    })
    expect(compareTensors(mask(4, 8), mask(4, 8, [9, 12]), { ...exact, margin: 1e-5 })).not.toBeNull()
  })

  test('a swap within rounding passes when its row keeps as many', () => {
    expect(compareTensors(mask(4, 8), mask(4, 8, [9, 12]), close)).toBeNull()
    expect(compareTensors(mask(4, 8), mask(4, 8, [9, 20]), close)?.what).toContain('a group of 8 elements keeps 3 instead of 4')
    expect(compareTensors(mask(4, 8), mask(4, 8, [9]), close)).not.toBeNull()
  })

  test('more than two of few, or a thousandth of many, is too much', () => {
    expect(compareTensors(mask(4, 8), mask(4, 8, [0, 7, 9, 12]), close)).toMatchObject({ count: 4 })
    const many = [0, 1, 2, 3].flatMap((row) => [row * 1000, row * 1000 + 999])
    expect(compareTensors(mask(8, 1000), mask(8, 1000, many), close)).toBeNull()
    expect(compareTensors(mask(7, 1000), mask(7, 1000, many), close)).toMatchObject({ count: 8 })
  })

  test('groups are the shortest blocks that all keep as many', () => {
    const twoOfFour = Float64Array.from([1, 1, 0, 0, 0, 1, 0, 1, 1, 0, 0, 1, 0, 0, 1, 1])
    expect(groupSize(twoOfFour, [2, 8])).toBe(4)
    expect(groupSize(Float64Array.from([1, 1, 1, 0, 0, 0, 0, 1]), [2, 4])).toBe(8)
    expect(groupSize(Float64Array.from([1, 1, 0, 0, 1, 1, 0, 0]), [2, 4])).toBe(4)
    expect(groupSize(new Float64Array(0), [0, 4])).toBe(1)
  })
})

describe('numbers', () => {
  test('floats by relative Frobenius error', () => {
    const expected = make('f32', [2], [3, 4])
    expect(compareTensors(expected, make('f32', [2], [3, 4.0004]), exact)).toBeNull()
    const mismatch = compareTensors(expected, make('f32', [2], [3, 4.001]), exact)
    expect(mismatch).toMatchObject({ first: 1, count: 1 })
    expect(mismatch?.what).toContain('relative error 2.00e-4')
    expect(compareTensors(expected, make('f32', [2], [3, 4.001]), { margin: null, rtol: 1e-3 })).toBeNull()
  })

  test('nothing but zero is near zero', () => {
    expect(compareTensors(make('f32', [1], [0]), make('f32', [1], [-0]), exact)).toBeNull()
    expect(compareTensors(make('f32', [1], [0]), make('f32', [1], [1e-30]), exact)).not.toBeNull()
  })

  test('NaN and infinities must be where they are expected', () => {
    const odd = make('f32', [3], [NaN, Infinity, 1])
    expect(compareTensors(odd, odd, exact)).toBeNull()
    expect(compareTensors(odd, make('f32', [3], [NaN, 5, 1]), exact)).toMatchObject({ first: 1 })
    expect(compareTensors(make('f32', [1], [1]), make('f32', [1], [NaN]), exact)).toMatchObject({ first: 0 })
  })

  test('different storage of equal values is equal', () => {
    expect(compareTensors(make('f16', [2], [1, -2]), make('f32', [2], [1, -2]), exact)).toBeNull()
  })

  test('integers exactly', () => {
    expect(compareTensors(make('i32', [3], [1, 2, 3]), make('i32', [3], [1, 2, 4]), { margin: null, rtol: 1 })).toMatchObject({
      first: 2,
      count: 1,
    })
  })

  test('shapes must agree; one number may be written with or without axes', () => {
    expect(compareTensors(make('f32', [2, 1], [1, 2]), make('f32', [1, 2], [1, 2]), exact)?.what).toBe(
      'shape [1, 2] instead of [2, 1]',
    )
    expect(compareTensors(make('f32', [1], [1]), make('f32', [], [1]), exact)).toBeNull()
    expect(compareTensors(make('f32', [1, 1], [1]), make('f32', [1], [1]), exact)).not.toBeNull()
  })
})

test('an index is shown by axis', () => {
  expect(indexText(17, [2, 3, 4])).toBe('[1, 1, 1]')
  expect(indexText(0, [])).toBe('[]')
})
