/**
 * Whatever a caller does, an instance that was released leaves no buffer behind: counted on the device, after calls that succeed, that
 * are refused before or after they ran, that lose their device, and that are released while they run.
 */
import { expect, test } from 'vitest'
import { EspalierError, instantiate, type Policy } from '../../../host/runtime/webgpu/index.ts'
import { countBuffers } from '../../support/count-buffers.ts'
import { exhausted } from '../../support/exhausted-device.ts'
import { describeGpu, openDevice } from '../../support/gpu.ts'
import { sampleGridManifest, sampleShader } from './sample-shader.ts'

const STORAGE = 0x80
const rows = { data: Float32Array.of(1, -2, 3, 4, 5, 6, 7, 8), shape: [2, 4] }
const row = { data: Float32Array.of(1, -2, 3, 4), shape: [4] }
const load = (device: GPUDevice): Promise<Policy> =>
  instantiate(sampleGridManifest, new TextEncoder().encode(sampleShader) as Uint8Array<ArrayBuffer>, { device })

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    (error: unknown) => (error instanceof EspalierError ? error.code : String(error)),
  )

interface Scene {
  readonly device: GPUDevice
  readonly policy: Policy
  /** A buffer of the caller that 2 x 4 numbers fit in. */
  readonly given: GPUBuffer
}
const inputOf = (buffer: GPUBuffer) => ({ X: { buffer, shape: [2, 4], dtype: 'f32' as const } })

/** What is done, and the codes of what is refused. */
const SCENES: Readonly<Record<string, readonly [run: (scene: Scene) => Promise<readonly string[]>, codes: readonly string[]]>> = {
  'calls, packed results, states and tensors that nobody releases': [
    async ({ policy, given }) => {
      policy.tensor('f32', [2, 4])
      const { P } = await policy.call('pack_positive', { X: rows })
      await policy.call('row_sums', { P: P! })
      await policy.call('observe', { X: rows }, {}, policy.state())
      await policy.call('compact', { X: row })
      return [await codeOf(policy.call('scale', inputOf(given)))]
    },
    ['none'],
  ],
  'what does not fit': [
    async ({ policy, given }) => [
      await codeOf(policy.call('scale', { X: row })),
      await codeOf(policy.call('scale', { X: { buffer: given, shape: [3, 4], dtype: 'f32' } })),
      await codeOf(policy.call('scale', { X: rows }, { factor: 'no' })),
    ],
    ['ESP4205', 'ESP4803', 'ESP4106'],
  ],
  'a buffer that was destroyed before the call': [
    async ({ policy, given }) => {
      given.destroy()
      return [await codeOf(policy.call('scale', inputOf(given))), await codeOf(policy.call('scale', { X: rows }))]
    },
    ['ESP4803', 'none'],
  ],
  'a buffer that is destroyed after the call was made, while another runs': [
    async ({ policy, given }) => {
      const first = policy.call('compact', { X: row })
      const second = policy.call('scale', inputOf(given))
      given.destroy()
      return [await codeOf(first), await codeOf(second), await codeOf(policy.call('scale', { X: rows }))]
    },
    ['none', 'ESP4803', 'none'],
  ],
  'a device that is lost while calls on its buffers run': [
    async ({ policy, given, device }) => {
      const calls = [
        policy.call('scale', inputOf(given)),
        policy.call('compact', { X: row }),
        policy.call('scale', inputOf(given)),
      ]
      device.destroy()
      return Promise.all(calls.map(codeOf))
    },
    ['ESP4802', 'ESP4802', 'ESP4802'],
  ],
  'a device that is lost between the steps of a call': [
    async ({ policy, device }) => {
      // The count is read in the middle: the device goes when it is waited for.
      const { createBuffer } = device
      device.createBuffer = (descriptor) => {
        if ((descriptor.usage & 0x01) !== 0) queueMicrotask(() => device.destroy())
        return createBuffer.call(device, descriptor)
      }
      return [await codeOf(policy.call('compact', { X: row })), await codeOf(policy.call('scale', { X: rows }))]
    },
    ['ESP4802', 'ESP4802'],
  ],
  'a release while calls run': [
    async ({ policy, given }) => {
      const calls = [policy.call('scale', inputOf(given)), policy.call('compact', { X: row }), policy.save()]
      policy.release()
      return Promise.all(calls.map(codeOf))
    },
    ['ESP4503', 'ESP4503', 'ESP4503'],
  ],
}

describeGpu('buffers on the device', () => {
  test.each(Object.keys(SCENES))('%s', async (name) => {
    const [run, codes] = SCENES[name]!
    const device = await openDevice('default limits')
    const given = device.createBuffer({ size: 32, usage: STORAGE })
    const open = countBuffers(device)
    const policy = await load(device)
    expect(await run({ device, policy, given })).toEqual(codes)
    policy.release()
    expect(open()).toBe(0)
    expect(policy.memory).toEqual({ bytes: 0, used: 0, buffers: 0 })
    device.destroy()
  })

  test('no memory is left', async () => {
    const device = await openDevice('default limits')
    const open = countBuffers(device)
    const policy = await load(exhausted(device))
    expect(await codeOf(policy.call('scale', { X: rows }))).toBe('ESP4806')
    policy.release()
    expect(open()).toBe(0)
    device.destroy()
  })
})
