/** The emitted text of a few kernels, as files to read: `golden/*.wgsl`. */
import { expect, test } from 'vitest'
import { wgslBackend } from '../../../backends/wgsl/index.ts'
import { moduleOf } from '../../support/evaluate-text.ts'
import { KERNELS } from '../../support/grid-kernels.ts'

test.each(Object.entries(KERNELS))('%s', async (name, text) => {
  const [artifact] = await wgslBackend.emit(moduleOf(text).funcs)
  expect(artifact).toMatchObject({ extension: 'wgsl', role: 'kernels' })
  await expect(artifact?.content).toMatchFileSnapshot(`golden/${name}.wgsl`)
})

test('equal kernels give equal text, and kernels of one module do not share names', async () => {
  const funcs = Object.values(KERNELS).flatMap((text) => moduleOf(text).funcs)
  const [first, second] = await Promise.all([wgslBackend.emit(funcs), wgslBackend.emit(funcs)])
  expect(first).toEqual(second)
  const declared = String(first[0]?.content).match(/^(?:fn|var<\w+(?:, \w+)?>|override|alias|const|struct) \w+/gm) ?? []
  expect(new Set(declared).size).toBe(declared.length)
})

test('what is beyond the capabilities is a defect of the compiler', () => {
  const vector = `kernel k_0(%0 x: readwrite f32[], %1 n: i32) {
  points(%1) {team = false} { (%2 i: i32)
    %3 = load(%0, %2) {lanes = 4} : f32x4
    store(%0, %2, %3)
  }
}`
  const loose = 'kernel k_0(%0 x: i32) {\n}'
  expect(() => wgslBackend.emit(moduleOf(vector).funcs)).toThrow('a vector is beyond the capabilities of wgsl')
  expect(() => wgslBackend.emit(moduleOf(loose).funcs)).toThrow('does not end in points')
})
