/** The emitted text of a few kernels, as files to read: `golden/*.cu`. */
import { expect, test } from 'vitest'
import { cudaBackend } from '../../../backends/cuda-c/index.ts'
import { KERNELS } from '../../support/grid-kernels.ts'
import { moduleOf } from '../../support/evaluate-text.ts'

test.each(Object.entries(KERNELS))('%s', async (name, text) => {
  const [artifact] = await cudaBackend.emit(moduleOf(text).funcs)
  expect(artifact).toMatchObject({ extension: 'cu', role: 'kernels' })
  await expect(artifact?.content).toMatchFileSnapshot(`golden/${name}.cu`)
})

test('equal kernels give equal text, and kernels of one module do not share names', async () => {
  const funcs = Object.values(KERNELS).flatMap((text) => moduleOf(text).funcs)
  const [first, second] = await Promise.all([cudaBackend.emit(funcs), cudaBackend.emit(funcs)])
  expect(first).toEqual(second)
  const declared = String(first[0]?.content).match(/^#define \w+/gm) ?? []
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
  expect(() => cudaBackend.emit(moduleOf(vector).funcs)).toThrow('a vector is beyond the capabilities of cuda')
  expect(() => cudaBackend.emit(moduleOf(loose).funcs)).toThrow('does not end in points')
})
