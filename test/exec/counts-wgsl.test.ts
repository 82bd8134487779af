/**
 * Extents that kernels count are used by later kernels without the host: one read-back a call, at its end, where the shapes of results
 * are made. What the device cannot settle is read before it is needed, as on every host.
 */
import { expect, test } from 'vitest'
import type { Policy } from '../../host/runtime/webgpu/index.ts'
import { compilePolicy, instantiatePolicy } from '../support/differential.ts'
import { describeGpu, useDevice } from '../support/gpu.ts'
import { librarySource } from '../support/library-source.ts'
import { wgslMachine } from '../support/wgsl-machine.ts'

const MAP_READ = 0x01

/** The count as an extent, in products and quotients, as a number of points, as a float, and in a budget. */
const TEXT = `policy counted(r: ratio = 50%) {
  entry sums(X: f32[row, channel], Y: f32[channel]) {
    z = compact X by Y > 0 as kept
    return z, s: sum[kept](z), part: mean[kept](z), twice: z * 2
  }
  entry again(X: f32[row, channel], Y: f32[channel]) {
    z = compact X by Y > 0 as kept
    return half: compact z by (keep r of kept by sum[row](z)) as best
  }
}`

const data = (shape: readonly number[], step: number) => ({
  dtype: 'f32' as const,
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => ((i * step) % 37) - 18),
})

describeGpu('counts on a WebGPU device', () => {
  const device = useDevice('default limits')
  const machine = wgslMachine(device)

  async function both(text: string) {
    const [forDevice, forMemory] = [await compilePolicy({ text }, machine.backend), await compilePolicy({ text })]
    return { wgsl: (await machine.open(forDevice, {})) as Policy, wasm: await instantiatePolicy(forMemory) }
  }

  /** The results of a call, and how often the host waited for bytes in it. */
  async function readsOf(policy: Policy, entry: string, inputs: object, params = {}) {
    const { createBuffer } = device()
    let reads = 0
    device().createBuffer = (descriptor) => {
      if ((descriptor.usage & MAP_READ) !== 0) reads++
      return createBuffer.call(device(), descriptor)
    }
    try {
      return { results: await policy.call(entry, inputs as never, params), reads }
    } finally {
      device().createBuffer = createBuffer
    }
  }

  async function compare(text: string, entry: string, inputs: object, params = {}): Promise<number> {
    const { wgsl, wasm } = await both(text)
    const { results, reads } = await readsOf(wgsl, entry, inputs, params)
    const expected = wasm.call(entry, inputs as never, params)
    for (const [name, result] of Object.entries(results)) {
      expect(result.shape, name).toEqual(expected[name]!.shape)
      const [got, wanted] = [await result.toFloat32(), expected[name]!.toFloat32()]
      expect(
        Math.max(0, ...got.map((value, i) => (Object.is(value, wanted[i]) ? 0 : Math.abs(value - wanted[i]!)))),
        name,
      ).toBeLessThan(1e-4)
    }
    for (const policy of [wgsl, wasm]) policy.release()
    return reads
  }

  test.each([
    ['some', [5, 70], [70]],
    ['none', [5, 70], null],
    ['all', [3, 1000], [1000]],
    ['nothing there', [2, 0], [0]],
  ] as const)('%s of the elements are kept', { timeout: 60_000 }, async (what, shape, length) => {
    const Y = length === null ? { ...data([shape[1]], 5), data: new Float32Array(shape[1]) } : data(length, 5)
    if (what === 'all') Y.data.fill(1)
    expect(await compare(TEXT, 'sums', { X: data(shape, 11), Y })).toBe(1)
  })

  test(
    'a count that only the host makes a budget of is read before it is needed, and not again',
    { timeout: 60_000 },
    async () => {
      expect(await compare(TEXT, 'again', { X: data([4, 90], 11), Y: data([90], 5) })).toBe(1)
    },
  )

  test('the library: what fastv leaves of the hidden states', { timeout: 120_000 }, async () => {
    const tokens = { Q: data([2, 6, 8], 5), K: data([1, 24, 8], 7), hidden: data([24, 40], 11) }
    expect(await compare(librarySource('std:fastv').text, 'compress', tokens, { begin: 4, images: 16 })).toBe(1)
  })
})
