/** The bytes of parameters of a kernel on CUDA, many of them too. */
import { expect, test } from 'vitest'
import { LaunchParameters } from '../../../host/runtime/cuda/launch-parameters.ts'
import { FakeParameters } from '../../support/fake-cuda.ts'

test('each is at a multiple of its size', () => {
  const parameters = new LaunchParameters()
  parameters.integer(-1)
  parameters.pointer(2n ** 63n + 1n)
  parameters.number('f32', 1.5)
  parameters.number('f64', -0.1)
  parameters.number('u32', 2 ** 32 - 1)
  const bytes = parameters.taken()
  expect(bytes.length).toBe(36)
  const { integer, pointer, f32, f64 } = new FakeParameters(bytes)
  expect([integer(), pointer(), f32(), f64(), integer()]).toEqual([-1, 2n ** 63n + 1n, 1.5, -0.1, -1])
})

test('any number of each kind, whichever is the first that needs more room', () => {
  for (const first of [0, 1, 2, 3]) {
    const parameters = new LaunchParameters()
    for (let i = 0; i < first; i++) parameters.integer(i)
    for (let i = 0; i < 200; i++) {
      parameters.pointer(BigInt(i))
      parameters.integer(i)
      parameters.number('f64', i / 2)
      parameters.number('f32', i / 2)
    }
    const { integer, pointer, f32, f64 } = new FakeParameters(parameters.taken())
    for (let i = 0; i < first; i++) expect(integer()).toBe(i)
    for (let i = 0; i < 200; i++) expect([pointer(), integer(), f64(), f32()]).toEqual([BigInt(i), i, i / 2, i / 2])
  }
})
