/**
 * Buffers larger than a kernel can be given, on a device that says so of few bytes: entries that compute each position of their first
 * axis by itself run on parts of it, and give what they give in one piece. Inputs of others are bound in windows; results are refused.
 */
import { describe, expect, test } from 'vitest'
import type { Policy } from '../../host/runtime/webgpu/index.ts'
import { compilePolicy, instantiatePolicy } from '../support/differential.ts'
import { describeGpu, useDevice } from '../support/gpu.ts'
import { librarySource } from '../support/library-source.ts'
import { narrow } from '../support/narrow-device.ts'
import { wgslMachine } from '../support/wgsl-machine.ts'

const LIMIT = 4096
type DType = 'f32' | 'f16'

const TEXT = `policy parts() {
  entry scaled(X: float[row, column], Y: f32[column]) {
    return Z: X * Y, large: X > 1, sums: sum[column](X), best: argmax[column](abs(X))
  }
  entry both(X: f32[row, column], Y: f32[other, column]) { return Z: sum[column](X * Y) }
  entry over(X: f32[row, column]) { return s: X / sum[row](X) }
  entry places(X: f32[row, column]) { return s: X + index(row) }
  entry columns(X: float[row, column], Y: f32[row]) {
    middle = sum[row](X) / size(row)
    return middle, spread: sum[row]((X - middle) * (X - middle) * Y), best: argmax[row](X)
  }
  entry counted(X: f32[row, column]) { return s: X / size(row) }
}`

const input = (shape: readonly number[], dtype: DType = 'f32', step = 37) => ({
  dtype,
  shape,
  data: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => (((i * step) % 1021) - 510) / 64),
})

describeGpu('buffers larger than a binding', () => {
  const device = useDevice('default limits')
  const machine = wgslMachine(() => narrow(device(), { maxStorageBufferBindingSize: LIMIT }))

  async function both(text: string, dtype: DType = 'f32') {
    const dtypes = (_entry: string, name: string): DType | null => (name === 'Y' ? null : dtype)
    const options = { text, dtypes }
    const [forDevice, forMemory] = [await compilePolicy(options, machine.backend), await compilePolicy(options)]
    return { wgsl: (await machine.open(forDevice, {})) as Policy, wasm: await instantiatePolicy(forMemory) }
  }

  async function compare({ wgsl, wasm }: Awaited<ReturnType<typeof both>>, entry: string, inputs: object, params = {}) {
    const results = await wgsl.call(entry, inputs as never, params)
    const expected = wasm.call(entry, inputs as never, params)
    expect(Object.keys(results)).toEqual(Object.keys(expected))
    for (const [name, result] of Object.entries(results)) {
      const wanted = expected[name]!
      expect([result.kind, result.dtype, result.shape], name).toEqual([wanted.kind, wanted.dtype, wanted.shape])
      if (result.kind === 'packed' && wanted.kind === 'packed') expect(await result.parts(), name).toEqual(wanted.parts)
      const [got, right] = [await result.toFloat32(), wanted.toFloat32()]
      const apart = got.map((value, i) => (Object.is(value, right[i]) ? 0 : Math.abs(value - right[i]!)))
      expect(Math.max(0, ...apart), name).toBeLessThan(1e-3)
      result.release()
      wanted.release()
    }
  }

  test.each([
    [[97, 64], 'f32'],
    [[4, 900], 'f32'],
    [[1021, 3], 'f32'],
    [[128, 33], 'f16'],
    [[1000, 17], 'f16'],
    [[3, 2], 'f32'],
  ] as const)('%j of %s, by rows', { timeout: 60_000 }, async (shape, dtype) => {
    const policies = await both(TEXT, dtype)
    await compare(policies, 'scaled', { X: input(shape, dtype), Y: input([shape[1]]) })
    expect(policies.wgsl.memory.used).toBe(0)
    for (const policy of Object.values(policies)) policy.release()
  })

  test('inputs that all parts read', { timeout: 60_000 }, async () => {
    await compare(await both(TEXT), 'both', { X: input([300, 20]), Y: input([7, 20], 'f32', 11) })
  })

  test.each([
    [[50, 70], 'f32'],
    [[13, 260], 'f32'],
    [[131, 33], 'f16'],
    [[301, 9], 'f16'],
  ] as const)('%j of %s, by columns: inputs are bound in windows', { timeout: 60_000 }, async (shape, dtype) => {
    const policies = await both(TEXT, dtype)
    await compare(policies, 'columns', { X: input(shape, dtype), Y: input([shape[0]]) })
    for (const policy of Object.values(policies)) policy.release()
  })

  test('more windows than a device has bindings are refused', { timeout: 60_000 }, async () => {
    const { wgsl } = await both(TEXT)
    const long = { X: input([2000, 20]), Y: input([2000]) }
    await expect(wgsl.call('columns', long as never)).rejects.toMatchObject({ code: 'ESP4805' })
    expect(wgsl.memory.used).toBe(0)
  })

  describe('of the library', () => {
    test('masks by rows, with a state', { timeout: 60_000 }, async () => {
      const policies = await both(librarySource('std:wanda').text)
      await compare(policies, 'observe', { X: input([4, 200]) })
      await compare(policies, 'prune', { W: input([50, 200]) }, { sparsity: '60%' })
    })

    test('factored axes', { timeout: 60_000 }, async () => {
      await compare(await both(librarySource('std:nm').text), 'prune', { W: input([83, 80]) })
    })

    test('packed results', { timeout: 60_000 }, async () => {
      const policies = await both(librarySource('std:mustafar').text)
      await compare(policies, 'compress', { K: input([13, 5, 70]), V: input([13, 5, 70], 'f32', 101) })
    })
  })

  test.each(['over', 'places', 'counted'])('%s: rows that are not alone are refused', { timeout: 60_000 }, async (entry) => {
    const { wgsl } = await both(TEXT)
    await expect(wgsl.call(entry, { X: input([97, 64]) as never })).rejects.toMatchObject({ code: 'ESP4805' })
    expect(wgsl.memory.used).toBe(0)
  })

  test('a position that does not fit alone is refused', { timeout: 60_000 }, async () => {
    const { wgsl } = await both(TEXT)
    const wide = { X: input([2, 2000]), Y: input([2000]) }
    await expect(wgsl.call('scaled', wide as never)).rejects.toMatchObject({ code: 'ESP4805' })
  })
})
