/** Times of calls on a GPU of tests, where each piece of work takes a millisecond. */
import { beforeEach, describe, expect, test } from 'vitest'
import { CudaCallTimer } from '../../../cli/bench/cuda-call-timer.ts'
import { measure } from '../../../cli/bench/measure.ts'
import { copyOnCuda } from '../../../cli/bench/plain-copy.ts'
import { repeatedCall, type Repeatable } from '../../../cli/bench/repeated-call.ts'
import { instantiateWith } from '../../../host/runtime/cuda/instantiate.ts'
import type { Outputs, Policy } from '../../../host/runtime/cuda/index.ts'
import { FakeCuda } from '../../support/fake-cuda.ts'
import { sampleCuda, sampleCudaManifest, sampleKernels } from '../host/sample-cuda.ts'

let gpu: FakeCuda
let timer: CudaCallTimer
let policy: Policy
beforeEach(async () => {
  gpu = new FakeCuda(sampleKernels)
  timer = CudaCallTimer.of(gpu.driver, 4096)
  const source = new TextEncoder().encode(sampleCuda)
  policy = await instantiateWith({ driver: timer.driver, compiler: gpu.compiler }, sampleCudaManifest, source)
})

const X = () => policy.tensor('f32', [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6))
const finished = () => policy.finished()

describe('the work of a call', () => {
  test('as a whole: what was put into the stream before it does not count, results are those of a call', async () => {
    const x = X()
    const results: Outputs[] = []
    expect(await timer.time(async () => results.push(await policy.call('scale', { X: x })), finished)).toBe(1)
    expect([...(await results[0]!['Y']!.toFloat32())]).toEqual([3, 6, 9, 12, 15, 18])
  })

  test('piece by piece, with names and how kernels were started', async () => {
    const x = X()
    timer.begin({ each: true })
    await policy.call('scale', { X: x })
    const read = timer.end()
    await finished()
    const [start] = gpu.starts
    const { blocks, threads, sharedBytes, entry } = start!
    expect(read()).toEqual([{ name: entry, blocks, threads, sharedBytes, ms: 1 }])
  })

  test('nothing is recorded between calls, and a call that fails ends as one', async () => {
    await policy.call('scale', { X: X() })
    expect(timer.end()()).toEqual([])
    await expect(timer.time(() => policy.call('scale', {}), finished)).rejects.toThrow(/ESP4102|needs/)
    await policy.call('scale', { X: X() })
    expect(timer.end()()).toEqual([])
  })

  test('there is one timer for a driver', () => {
    expect(CudaCallTimer.of(gpu.driver)).toBe(timer)
  })
})

describe('measurements', () => {
  const limits = { runs: 3, seconds: 5, least: 0 }

  test('a call that is repeated, as the caller sees it and on the device; its tensors are released', async () => {
    const inputs = { X: { kind: 'dense', dtype: 'f32', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) } } as const
    const before = policy.memory.used
    const repeated = await repeatedCall(
      policy as unknown as Repeatable,
      { entry: 'scale', inputs, args: {}, producer: null },
      { device: 'a GPU', finished, timer },
    )
    expect(await measure(repeated, limits)).toMatchObject({ runs: 3, calls: 1, device: { runs: 3, median: 1, min: 1, max: 1 } })
    repeated.release()
    expect(policy.memory.used).toBe(before)
  })

  test('a copy', async () => {
    const copy = await copyOnCuda(policy, timer, 64)
    expect((await measure(copy, limits)).device).toMatchObject({ runs: 3, median: 1 })
    copy.release()
    expect(policy.memory.used).toBe(0)
  })
})
