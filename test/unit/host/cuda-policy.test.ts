/** Instances of a policy on a GPU of tests: calls, packed results, state, memory, pointers in and out, what kernels are started with. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeEach, describe, expect, test } from 'vitest'
import { cubinName } from '../../../abi/cubin-name.ts'
import { problem } from '../../../abi/espalier-error.ts'
import type { Manifest } from '../../../abi/manifest.ts'
import { instantiateWith } from '../../../host/runtime/cuda/instantiate.ts'
import type { InstanceOptions, PackedTensor, Policy, Tensor } from '../../../host/runtime/cuda/index.ts'
import { FakeCuda, FakeParameters } from '../../support/fake-cuda.ts'
import { sampleCuda, sampleCudaManifest, sampleKernels, teamCudaManifest } from './sample-cuda.ts'

let gpu: FakeCuda
beforeEach(() => {
  gpu = new FakeCuda(sampleKernels)
})

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>
const load = (options: InstanceOptions = {}, manifest: Manifest = sampleCudaManifest): Promise<Policy> =>
  instantiateWith(gpu, manifest, bytesOf(sampleCuda), options)

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

describe('results', () => {
  test('dense ones, with shape and axes', async () => {
    const policy = await load()
    const { Y } = await policy.call('scale', { X: f32([1, 2, 3, 4, 5, 6], 2, 3) })
    expect(await numbers(Y)).toEqual([3, 6, 9, 12, 15, 18])
    expect(asDense(Y)).toMatchObject({ shape: [2, 3], axes: ['row', 'channel'], bytes: 24 })
    expect(gpu.memory.find(asDense(Y).pointer)).toBeDefined()
    expect(policy.device).toMatchObject({ index: 0, name: 'Fake 0', computeCapability: '9.0', multiprocessors: 4 })
  })

  test('alternatives, integers, numbers without axes, scalars of the entry, axes of 0', async () => {
    const policy = await load()
    const { Y } = await policy.call('scale', { X: { data: Int32Array.of(3, -4), shape: [1, 2] } }, { rule: 'twice' })
    expect(await asDense(Y).data()).toEqual(Int32Array.of(6, -8))
    const { y } = await policy.call('constant', { x: 1.5 }, { step: -4 })
    expect(await asDense(y).item()).toBe(-6)
    const { Y: none } = await policy.call('scale', { X: f32([], 0, 5) })
    expect(await asDense(none).data()).toEqual(new Float32Array(0))
  })

  test('packed ones, also passed on, and with leading axes', async () => {
    const policy = await load()
    const { P } = await policy.call('pack_positive', { X: f32([1, -2, 3, -4, 5, 6], 2, 3) })
    const packed = asPacked(P)
    expect(packed).toMatchObject({ kept: 4, keptPerRow: null })
    expect(Object.keys(packed.pointers).sort()).toEqual(['offsets', 'values', 'words'])
    expect([...(await packed.mask())]).toEqual([1, 0, 1, 0, 1, 1])
    expect(await numbers((await policy.call('row_sums', { P: packed })).S)).toEqual([4, 11])
    const { P: ragged } = await policy.call('pack_positive', { X: f32([1, -1, -1, 2, 3, 4, -5, -5, -5], 3, 1, 3) })
    expect([...(await asPacked(ragged).offsets())]).toEqual([0, 1, 4, 4])
    expect(await numbers((await policy.call('row_sums', { P: asPacked(ragged) })).S)).toEqual([1, 9, 0])
  })

  test('an extent that a kernel counts', async () => {
    const { C } = await (await load()).call('compact', { X: f32([1, -2, 3, 4, -5], 5) })
    expect(asDense(C).shape).toEqual([3])
    expect(await numbers(C)).toEqual([3, 9, 12])
  })

  test('state: kept, saved, restored, reset, of its own', async () => {
    const policy = await load()
    const X = f32([1, 2, 3, 4, 5, 6, 7, 8], 2, 4)
    expect(await numbers((await policy.call('observe', { X })).now)).toEqual([6, 8, 10, 12])
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
  })

  test('calls that nobody waits for run in order, on what they were given', async () => {
    const policy = await load()
    const data = Float32Array.of(1, 1, 1, 1)
    const calls = [1, 2, 3].map((value) => {
      data.fill(value)
      return policy.call('observe', { X: { data, shape: [1, 4] } })
    })
    const sums = (await Promise.all(calls)).map(({ now }) => numbers(now))
    expect((await Promise.all(sums)).map(([first]) => first)).toEqual([1, 3, 6])
  })

  test('a call resolves before the GPU is done, `finished` when it is', async () => {
    const policy = await load()
    await policy.call('scale', { X: f32([1, 2], 1, 2) })
    expect(gpu.driver.cuStreamQuery(policy.stream)).not.toBe(0)
    await policy.call('scale', { X: f32([1, 2], 1, 2) })
    await policy.finished()
    expect(gpu.driver.cuStreamQuery(policy.stream)).toBe(0)
  })
})

describe('launches', () => {
  test('the bytes of the parameters, one thread a point', async () => {
    const policy = await load()
    const X = policy.tensor('f32', [2, 300], new Float32Array(600))
    const { Y } = await policy.call('scale', { X }, { factor: 2.5 })
    const [start] = gpu.starts
    expect(start).toMatchObject({ entry: 'scale', blocks: 3, threads: 256, sharedBytes: 0, stream: policy.stream })
    expect(start?.parameters.length).toBe(28)
    const { pointer, integer, f32: number } = new FakeParameters(start!.parameters)
    expect([pointer(), pointer(), integer(), number(), integer()]).toEqual([X.pointer, asDense(Y).pointer, 600, 2.5, 600])
    expect(gpu.compiled).toEqual([
      [
        ...[
          '--gpu-architecture=sm_90',
          '--std=c++17',
          '--fmad=false',
          '--device-as-default-execution-space',
          '-DESPALIER_KERNELS_ONLY',
        ],
        ...['-DESPALIER_ONLY=', '-DESPALIER_scale'],
      ],
    ])
  })

  test('teams: scratch in shared memory, and in memory where it does not fit', async () => {
    const policy = await load({}, teamCudaManifest)
    const rows = async (count: number, width: number) => {
      const X = f32(
        Array.from({ length: count * width }, (_, i) => i % 7),
        count,
        width,
      )
      const expected = Array.from({ length: count }, (_, row) =>
        X.data.subarray(row * width, (row + 1) * width).reduce((sum, value, i) => sum + value + (i % 4), 0),
      )
      expect(await numbers((await policy.call('totals', { X })).T)).toEqual(expected)
      const start = gpu.starts.at(-1)!
      const { pointer, integer } = new FakeParameters(start.parameters)
      const x = pointer()
      const scratch = [pointer(), integer(), pointer(), integer()]
      pointer()
      return { start, x, scratch, rest: [integer(), integer(), integer()] }
    }
    const small = await rows(9, 40)
    expect(small.start).toMatchObject({ entry: 'totals__t8_c0', blocks: 1, threads: 128, sharedBytes: 4 * 44 * 16 })
    expect(small.scratch).toEqual([0n, 2, 0n, 40])
    expect(small.rest).toEqual([40, 9, 44])
    const large = await rows(3, 60_000)
    expect(large.start).toMatchObject({ entry: 'totals__t1024_c0', blocks: 3, threads: 1024, sharedBytes: 0 })
    expect(large.scratch).toEqual([expect.any(BigInt), 2, expect.any(BigInt), 60_000])
    expect(Number((large.scratch[2] as bigint) - (large.scratch[0] as bigint))).toBe(32)
    expect(large.rest).toEqual([60_000, 3, 0])
    policy.release()
    expect(gpu.memory.used).toBe(0)
  })

  test('each form of a kernel is compiled once for a GPU', async () => {
    const [one, other] = [await load(), await load()]
    const X = f32([1, 2], 1, 2)
    await Promise.all([one.call('scale', { X }), other.call('scale', { X }), one.call('constant', { x: 1 }, { step: 1 })])
    expect(gpu.compiled).toHaveLength(1)
  })

  test('kernels of a cubin need no compiler', async () => {
    const policy = await load({ cubin: bytesOf('scale') })
    expect(await numbers((await policy.call('scale', { X: f32([1], 1, 1) })).Y)).toEqual([3])
    expect(gpu.compiled).toEqual([])
    await policy.call('observe', { X: f32([1, 2, 3, 4], 1, 4) })
    expect(gpu.compiled).toHaveLength(1)
  })

  test('a cubin beside the file is found, unless it is of another text or another GPU', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'espalier-cubin-'))
    const source = bytesOf(sampleCuda)
    writeFileSync(join(folder, 'sample.cu'), source)
    writeFileSync(join(folder, await cubinName('sample.cu', source, 'sm_80')), 'pack')
    writeFileSync(join(folder, await cubinName('sample.cu', bytesOf('other'), 'sm_90')), 'pack')
    const url = pathToFileURL(join(folder, 'sample.cu'))
    const scaled = async () =>
      numbers((await (await instantiateWith(gpu, sampleCudaManifest, url)).call('scale', { X: f32([1], 1, 1) })).Y)
    expect(await scaled()).toEqual([3])
    expect(gpu.compiled).toHaveLength(1)
    writeFileSync(join(folder, await cubinName('sample.cu', source, 'sm_90')), 'scale')
    gpu = new FakeCuda(sampleKernels)
    expect(await scaled()).toEqual([3])
    expect(gpu.compiled).toHaveLength(0)
    rmSync(folder, { recursive: true, force: true })
  })

  test('halves and fills, leading axes that do not end at multiples of 16 bytes', async () => {
    const policy = await load({}, teamCudaManifest)
    const X = { data: Uint16Array.of(0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600), shape: [2, 3], dtype: 'f16' as const }
    expect(await numbers((await policy.call('halves', { X })).H)).toEqual([2, 4, 6, 8, 10, 12])
    for (const { parameters } of gpu.starts) {
      const { pointer } = new FakeParameters(parameters)
      expect([pointer() % 16n, pointer() % 16n]).toEqual([0n, 0n])
    }
  })
})

describe('memory', () => {
  test('of the caller is used where it is, results have some to pass on', async () => {
    const policy = await load()
    const pointer = gpu.memory.allocate(512)
    gpu.memory.f32(pointer).set([1, 2, 3])
    const { Y } = await policy.call('scale', { X: { pointer, shape: [1, 3], dtype: 'f32' } })
    const { Y: again } = await policy.call('scale', { X: { pointer: asDense(Y).pointer, shape: [3, 1], dtype: 'f32' } })
    expect(await numbers(again)).toEqual([9, 18, 27])
    expect(await numbers((await policy.call('compact', { X: { pointer, shape: [3] } })).C)).toEqual([3, 6, 9])
    policy.release()
    expect(gpu.memory.used).toBe(512)
  })

  test('tensors of another instance are used too, in the order of their streams', async () => {
    const [one, other] = [await load(), await load({ stream: 77n })]
    const X = one.tensor('f32', [1, 2], [1, 2])
    const { Y } = await other.call('scale', { X })
    expect(await numbers(Y)).toEqual([3, 6])
    expect(gpu.waits).toEqual([
      [77n, one.stream],
      [one.stream, 77n],
    ])
    expect(gpu.starts.map(({ stream }) => stream)).toEqual([77n])
    const { P } = await one.call('pack_positive', { X: asDense(Y) })
    expect(await numbers((await other.call('row_sums', { P: asPacked(P) })).S)).toEqual([9])
    one.release()
    other.release()
    expect(gpu.memory.used).toBe(0)
  })

  test('another GPU is another memory: elements are read and put there', async () => {
    gpu.devices = 2
    const [one, other] = [await load(), await load({ device: 1 })]
    expect(other.device).toMatchObject({ index: 1, name: 'Fake 1' })
    const { Y } = await other.call('scale', { X: one.tensor('f32', [1, 2], [1, 2]) })
    expect(await numbers(Y)).toEqual([3, 6])
    expect(gpu.waits).toEqual([])
  })

  test('nothing is left', async () => {
    const policy = await load()
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
    expect(gpu.memory.used).toBe(policy.memory.bytes)
    await policy.reset()
    policy.trim()
    expect(policy.memory).toEqual({ bytes: 0, used: 0, buffers: 0 })
    await policy.call('observe', { X })
    policy.release()
    expect(policy.memory).toEqual({ bytes: 0, used: 0, buffers: 0 })
    expect(gpu.memory.allocations.size).toBe(0)
  })

  test('what waits to be used again is given up before memory has run out', async () => {
    gpu.memoryBytes = 4096
    const policy = await load()
    for (const length of [900, 100, 800]) policy.tensor('f32', [length]).release()
    expect(policy.memory.used).toBe(0)
    expect(() => policy.tensor('f32', [1025])).toThrow(problem('ESP4806', { what: 'tensor()', bytes: 4100, used: 0 }))
  })
})
