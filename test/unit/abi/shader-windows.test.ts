/** Loads of an input in windows: the kernel that asked, and no other. */
import { expect, test } from 'vitest'
import { withWindows } from '../../../abi/shader-windows.ts'

const kernel = (name: string): string => `@group(0) @binding(1) var<storage, read> ${name}_x: array<u32>;
@group(0) @binding(2) var<storage, read> ${name}_y: array<f32>;

fn ${name}(at: u32) -> f32 {
  return ${name}_y[${name}_x[at + ${name}_x[0u]] & 3u] + f32(words[at]);
}
`
const text = `var<private> words: array<u32, 4>;\n${kernel('first')}${kernel('second')}`

test('every load of the input picks its window, one inside of another too', () => {
  const wide = withWindows(text, 'second', [{ binding: 1, words: 64, further: [3, 4] }])
  expect(wide).toContain(kernel('first'))
  expect(wide).toContain('second_y[wide_second_x(at + wide_second_x(0u)) & 3u] + f32(words[at])')
  expect(wide).toContain(`@group(0) @binding(3) var<storage, read> second_x_window_1: array<u32>;
@group(0) @binding(4) var<storage, read> second_x_window_2: array<u32>;

fn wide_second_x(at: u32) -> u32 {
  if (at >= 128u) { return second_x_window_2[at - 128u]; }
  if (at >= 64u) { return second_x_window_1[at - 64u]; }
  return second_x[at];
}`)
})

test('two inputs of a kernel', () => {
  const both = [
    { binding: 1, words: 8, further: [3] },
    { binding: 2, words: 8, further: [4] },
  ]
  expect(withWindows(text, 'first', both)).toContain('wide_first_y(wide_first_x(at + wide_first_x(0u)) & 3u) + f32(words[at])')
})

test('without wide inputs the text stays', () => {
  expect(withWindows(text, 'first', [])).toBe(text)
})
