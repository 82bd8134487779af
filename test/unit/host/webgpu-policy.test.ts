/** Instances of a policy on a device: calls, packed results, state, memory, buffers in and out. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Manifest } from '../../../abi/manifest.ts'
import {
  instantiate,
  type InstanceOptions,
  type PackedTensor,
  type Policy,
  type Tensor,
} from '../../../host/runtime/webgpu/index.ts'
import { describeGpu, deviceKinds, useDevice } from '../../support/gpu.ts'
import { sampleGridManifest, sampleShader, teamManifest, teamShader } from './sample-shader.ts'

const STORAGE = 0x80
const COPY_DST = 0x08

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>
const load = (
  device: GPUDevice,
  options: InstanceOptions = {},
  manifest: Manifest = sampleGridManifest,
  text = sampleShader,
): Promise<Policy> => instantiate(manifest, bytesOf(text), { device, ...options })

const f32 = (data: readonly number[], ...shape: number[]) => ({ data: Float32Array.from(data), shape })
const asDense = (value: Tensor | PackedTensor | undefined): Tensor => {
  if (value?.kind !== 'dense') throw new Error('not dense')
  return value
}
const asPacked = (value: Tensor | PackedTensor | undefined): PackedTensor => {
  if (value?.kind !== 'packed') throw new Error('not packed')
  return value
}
const numbers = async (value: Tensor | PackedTensor | undefined): Promise<number[]> => [...((await value?.toFloat32()) ?? [])]

describeGpu('a policy on a device', () => {
  describe.each(deviceKinds)('%s', (kind) => {
    const device = useDevice(kind)
    let policy: Policy
    beforeAll(async () => {
      policy = await load(device())
    })
    afterAll(() => policy.release())

    test('dense results, shape and axes', async () => {
      const { Y } = await policy.call('scale', { X: f32([1, 2, 3, 4, 5, 6], 2, 3) })
      expect(await numbers(Y)).toEqual([3, 6, 9, 12, 15, 18])
      expect(asDense(Y)).toMatchObject({ shape: [2, 3], axes: ['row', 'channel'], bytes: 24, offset: 0 })
      expect(asDense(Y).buffer).toBeInstanceOf(Object)
    })

    test('alternatives, integers, numbers without axes, scalars of the entry', async () => {
      const X = { data: Int32Array.of(3, -4), shape: [1, 2] }
      const { Y } = await policy.call('scale', { X }, { rule: 'twice' })
      expect(await asDense(Y).data()).toEqual(Int32Array.of(6, -8))
      const { y } = await policy.call('constant', { x: 1.5 }, { step: -4 })
      expect(await asDense(y).item()).toBe(-6)
    })

    test('an axis of 0', async () => {
      const { Y } = await policy.call('scale', { X: f32([], 0, 5) })
      expect(asDense(Y).shape).toEqual([0, 5])
      expect(await asDense(Y).data()).toEqual(new Float32Array(0))
      const { P } = await policy.call('pack_positive', { X: f32([], 0, 5) })
      expect(asPacked(P)).toMatchObject({ kept: 0, density: 0 })
    })

    test('packed results are what they are on WebAssembly, and can be passed on', async () => {
      const { P } = await policy.call('pack_positive', { X: f32([1, -2, 3, -4, 5, 6], 2, 3) })
      const packed = asPacked(P)
      expect(packed).toMatchObject({ kept: 4, keptPerRow: null })
      expect([...(await packed.offsets())]).toEqual([0, 2, 4])
      expect([...(await packed.mask())]).toEqual([1, 0, 1, 0, 1, 1])
      expect([...(await packed.row(1)).data]).toEqual([5, 6])
      expect(await numbers(packed)).toEqual([1, 0, 3, 0, 5, 6])
      expect(await numbers((await policy.call('row_sums', { P: packed })).S)).toEqual([4, 11])
      const { P: first } = await policy.call('pack_first', { X: f32([1, -2, 3, -4, 5, 6], 2, 3) }, { sparsity: 0.5 })
      expect(asPacked(first)).toMatchObject({ kept: 4, keptPerRow: 2 })
      expect(await numbers((await policy.call('row_sums', { P: asPacked(first) })).S)).toEqual([-1, 1])
    })

    test('extra leading axes, of ragged rows too', async () => {
      const { Y } = await policy.call('scale', { X: f32([1, 2, 3, 4, 5, 6], 3, 2, 1) })
      expect(await numbers(Y)).toEqual([3, 6, 9, 12, 15, 18])
      const { P } = await policy.call('pack_positive', { X: f32([1, -1, -1, 2, 3, 4, -5, -5, -5], 3, 1, 3) })
      expect([...(await asPacked(P).offsets())]).toEqual([0, 1, 4, 4])
      expect(await numbers(P)).toEqual([1, 0, 0, 2, 3, 4, 0, 0, 0])
      const { S } = await policy.call('row_sums', { P: asPacked(P) })
      expect(await numbers(S)).toEqual([1, 9, 0])
    })

    test('an extent that a kernel counts', async () => {
      const { C } = await policy.call('compact', { X: f32([1, -2, 3, 4, -5], 5) })
      expect(asDense(C).shape).toEqual([3])
      expect(await numbers(C)).toEqual([3, 9, 12])
    })

    test('state: kept, saved, restored, reset, of its own', async () => {
      const X = f32([1, 2, 3, 4, 5, 6, 7, 8], 2, 4)
      const { now } = await policy.call('observe', { X })
      expect(await numbers(now)).toEqual([6, 8, 10, 12])
      const own = policy.state()
      await policy.call('observe', { X }, {}, own)
      await policy.call('observe', { X })
      expect([...(await policy.readState('power')).data]).toEqual([12, 16, 20, 24])
      expect([...(await own.read('power')).data]).toEqual([6, 8, 10, 12])
      const saved = await policy.save()
      await policy.reset()
      expect(await policy.save()).toEqual({})
      await policy.restore(saved)
      await policy.call('observe', { X })
      expect([...(await policy.readState('power')).data]).toEqual([18, 24, 30, 36])
      const sized = policy.state({ sizes: { layer: 2 } })
      expect(await numbers((await policy.call('layers', {}, {}, sized)).L)).toEqual([3, 3])
      await policy.reset()
    })

    test('calls that nobody waits for run in order, on what they were given', async () => {
      const data = Float32Array.of(1, 1, 1, 1)
      const calls = [1, 2, 3].map((value) => {
        data.fill(value)
        const tensor = policy.tensor('f32', [1, 4], data)
        const call = policy.call('observe', { X: value === 2 ? tensor : { data, shape: [1, 4] } })
        tensor.release()
        return call
      })
      const results = await Promise.all(calls)
      expect(await Promise.all(results.map(({ now }) => numbers(now)))).toEqual([
        [1, 1, 1, 1],
        [3, 3, 3, 3],
        [6, 6, 6, 6],
      ])
      await policy.reset()
    })

    test('teams, scratch in workgroup memory and in a buffer', async () => {
      const teams = await load(device(), {}, teamManifest, teamShader)
      for (const [rows, width] of [
        [3, 5],
        [2, 700],
        [3, 9000],
      ] as const) {
        const X = f32(
          Array.from({ length: rows * width }, (_, i) => i % 7),
          rows,
          width,
        )
        const expected = Array.from({ length: rows }, (_, row) =>
          X.data.subarray(row * width, (row + 1) * width).reduce((sum, value, i) => sum + value + (i % 4), 0),
        )
        expect(await numbers((await teams.call('totals', { X })).T)).toEqual(expected)
      }
      teams.release()
    })

    test('more buffers than a stage may have', async () => {
      const teams = await load(device(), {}, teamManifest, teamShader)
      const inputs = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`X${i}`, f32([i, 10 * i, 0.5], 3)]))
      const { Y, Z } = await teams.call('many', inputs)
      expect(await numbers(Y)).toEqual([45, 450, 5])
      expect(await numbers(Z)).toEqual([-45, -450, -5])
      teams.release()
    })

    test('halves in words, with leading axes of odd length', async () => {
      const teams = await load(device(), {}, teamManifest, teamShader)
      const X = { data: Uint16Array.of(0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600), shape: [2, 3], dtype: 'f16' as const }
      expect(await numbers((await teams.call('halves', { X })).H)).toEqual([2, 4, 6, 8, 10, 12])
      teams.release()
    })
  })

  describe('buffers', () => {
    const device = useDevice('default limits')

    test('of the caller are used where they are, results have some to pass on', async () => {
      const policy = await load(device())
      const buffer = device().createBuffer({ size: 512, usage: STORAGE | COPY_DST })
      device().queue.writeBuffer(buffer, 260, Float32Array.of(1, 2, 3))
      const { Y } = await policy.call('scale', { X: { buffer, offset: 260, shape: [1, 3], dtype: 'f32' } })
      expect(await numbers(Y)).toEqual([3, 6, 9])
      const { buffer: made, offset } = asDense(Y)
      const { Y: again } = await policy.call('scale', { X: { buffer: made, offset, shape: [3, 1], dtype: 'f32' } })
      expect(await numbers(again)).toEqual([9, 18, 27])
      const { C } = await policy.call('compact', { X: { buffer, offset: 260, shape: [3] } })
      expect(await numbers(C)).toEqual([3, 6, 9])
      policy.release()
      expect(buffer.mapState).toBe('unmapped')
      buffer.destroy()
    })

    test('tensors of another instance are used too', async () => {
      const [one, other] = [await load(device()), await load(device())]
      const { Y } = await other.call('scale', { X: one.tensor('f32', [1, 2], [1, 2]) })
      expect(await numbers(Y)).toEqual([3, 6])
      const { P } = await one.call('pack_positive', { X: asDense(Y) })
      expect(await numbers((await other.call('row_sums', { P: asPacked(P) })).S)).toEqual([9])
      one.release()
      other.release()
    })

    test('nothing is left', async () => {
      const policy = await load(device())
      const X = f32([1, 2, 3, 4, 5, 6, 7, 8], 2, 4)
      const used: number[] = []
      for (let i = 0; i < 5; i++) {
        const outputs = await Promise.all([
          policy.call('observe', { X }),
          policy.call('pack_positive', { X }),
          policy.call('compact', { X: { ...X, shape: [8] } }),
        ])
        for (const results of outputs) for (const tensor of Object.values(results)) tensor.release()
        used.push(policy.memory.buffers)
      }
      expect(used[4]).toBe(used[1])
      expect(policy.memory.used).toBe(256)
      await policy.reset()
      expect(policy.memory.used).toBe(0)
      policy.trim()
      expect(policy.memory.buffers).toBe(1)
      policy.release()
      expect(policy.memory).toEqual({ bytes: 0, used: 0, buffers: 0 })
    })
  })
})
