/** Slices of a state: where their elements are, what a call writes, and that nothing changes when a call is refused. */
import { describe, expect, test } from 'vitest'
import { instantiate } from '../../../host/runtime/wasm/index.ts'
import { stateSlice } from '../../../host/runtime/state-slice.ts'
import { EspalierError } from '../../../abi/espalier-error.ts'
import type { Policy } from '../../../host/runtime/wasm/types.ts'
import { compilePolicy } from '../../support/differential.ts'

const runs = (extents: readonly number[], positions: readonly (number | null)[]): readonly (readonly [number, number])[] => {
  const { offsets, runBytes } = stateSlice(extents, positions, 4, 0)
  return offsets.map((offset) => [offset / 4, runBytes / 4])
}

describe('runs of a slice', () => {
  test('outermost, innermost and in the middle', () => {
    expect(runs([3, 2, 2], [1, null, null])).toEqual([[4, 4]])
    expect(runs([3, 2, 2], [null, null, 1])).toEqual([1, 3, 5, 7, 9, 11].map((at) => [at, 1]))
    expect(runs([3, 2, 2], [null, 1, null])).toEqual([
      [2, 2],
      [6, 2],
      [10, 2],
    ])
    expect(runs([3, 2, 2], [2, null, 0])).toEqual([
      [8, 1],
      [10, 1],
    ])
    expect(runs([3, 2], [2, 1])).toEqual([[5, 1]])
  })
  test('outside and empty', () => {
    for (const outside of [-1, 3]) expect(runs([3, 2], [outside, null])).toEqual([])
    expect(runs([0, 2], [0, null])).toEqual([])
    expect(runs([2, 0], [1, null])).toEqual([[0, 0]])
  })
})

const text = `policy running {
  state mean: f32[layer, feature] = 0.5
  entry set(layer: index of layer, X: f32[feature]) { mean[layer = layer] := X }
  entry move(to: index of layer, from: count) { mean[layer = to] := mean[layer = from] + 1 }
}
`

async function made(sizes: Readonly<Record<string, number>> = { layer: 3 }): Promise<Policy> {
  const { manifest, artifacts } = await compilePolicy({ text })
  const kernels = artifacts.find((one) => one.role === 'kernels')!
  return instantiate(manifest, kernels.content as Uint8Array<ArrayBuffer>, { sizes })
}

const X = (...data: number[]): { X: { data: Float32Array; shape: number[] } } => ({
  X: { data: Float32Array.from(data), shape: [data.length] },
})
function thrown(call: () => unknown): EspalierError {
  try {
    call()
  } catch (error) {
    if (error instanceof EspalierError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

const mean = (policy: Policy): readonly number[] => [...policy.readState('mean').data]

describe('calls', () => {
  test('write one slice; the rest keeps its first value', async () => {
    const policy = await made()
    policy.call('set', X(1, 2), { layer: 1 })
    expect(mean(policy)).toEqual([0.5, 0.5, 1, 2, 0.5, 0.5])
    policy.call('move', {}, { to: 2, from: 1 })
    expect(mean(policy)).toEqual([0.5, 0.5, 1, 2, 2, 3])
    policy.call('move', {}, { to: 0, from: 7 })
    expect(mean(policy)).toEqual([1, 1, 1, 2, 2, 3])
  })

  test('do not move the state, and take no memory of its size', async () => {
    const policy = await made({ layer: 4096 })
    policy.call('set', X(...new Array<number>(64).fill(1)), { layer: 4095 })
    const { used } = policy.memory
    for (let layer = 0; layer < 50; layer++) policy.call('set', X(...new Array<number>(64).fill(2)), { layer })
    expect(policy.memory.used).toBe(used)
    expect(policy.memory.bytes).toBeLessThan(4096 * 64 * 4 * 1.5)
    expect(mean(policy)[49 * 64]).toBe(2)
    expect(mean(policy)[4095 * 64]).toBe(1)
  })

  test('outside of the axis are refused and change nothing', async () => {
    const policy = await made()
    policy.call('set', X(1, 2), { layer: 0 })
    for (const layer of [3, -1]) {
      const error = thrown(() => policy.call('set', X(9, 9), { layer }))
      expect(error).toMatchObject({ code: 'ESP4307', axis: 'layer', expected: 3, got: layer })
    }
    expect(thrown(() => policy.call('set', X(9, 9), { layer: 0.5 })).code).toBe('ESP4106')
    expect(thrown(() => policy.call('set', X(9, 9))).code).toBe('ESP4105')
    expect(mean(policy)).toEqual([1, 2, 0.5, 0.5, 0.5, 0.5])
  })

  test('need the size of an axis that nothing shows', async () => {
    const policy = await made({})
    expect(thrown(() => policy.call('set', X(1, 2), { layer: 0 }))).toMatchObject({ code: 'ESP4303', axis: 'layer' })
  })

  test('belong to the state that they are given', async () => {
    const policy = await made()
    const state = policy.state()
    policy.call('set', X(1, 2), { layer: 0 }, state)
    policy.call('set', X(3, 4), { layer: 0 })
    expect([...state.read('mean').data].slice(0, 2)).toEqual([1, 2])
    expect(mean(policy).slice(0, 2)).toEqual([3, 4])
    state.reset()
    policy.call('set', X(5, 6), { layer: 2 }, state)
    expect([...state.read('mean').data]).toEqual([0.5, 0.5, 0.5, 0.5, 5, 6])
  })
})
