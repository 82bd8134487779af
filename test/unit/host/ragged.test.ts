/**
 * Rows of different length: what `compact` stores, counted by hand, its view on the host, files, and reading it in another entry.
 */
import { describe, expect, test } from 'vitest'
import { wasmBackend } from '../../../backends/wasm/index.ts'
import { memorySource } from '../../../cli/files/byte-source.ts'
import { readPacked, tensorSet } from '../../../cli/files/packed-file.ts'
import { openSafetensors, safetensorsBytes } from '../../../cli/files/safetensors.ts'
import type { PackedTensor as StoredTensor } from '../../../cli/runner.ts'
import { DiagnosticSink } from '../../../compiler/diagnostics/sink.ts'
import { compile } from '../../../compiler/driver.ts'
import { evaluateFunc } from '../../../compiler/ir/eval.ts'
import type { PackedTensor, Tensor } from '../../../host/runtime/wasm/types.ts'
import { instantiatePolicy } from '../../support/differential.ts'
import { loadLibrary } from '../../support/library-source.ts'
import { join } from '../files/raw-files.ts'

const text = `policy cache(least: real = 0) {
  entry prune(score: f32[kv, token], K, V: f32[kv, token, channel]) {
    alive = score > least
    return K: compact K by alive as kept, V: compact V by alive as kept
  }
  entry attend(q: f32[kv, channel], K, V: compact over kept f32[kv, kept, channel]) {
    p = softmax[kept](sum[channel](q * K))
    return y: sum[kept](p * V), n: count[kept](sum[channel](K)), twice: K * 2, shifted: V + 1
  }
}`

async function compiled() {
  const sink = new DiagnosticSink()
  const source = { name: 'cache.prune', text }
  const [policy] = await compile({
    source,
    load: loadLibrary,
    sink,
    target: wasmBackend,
    version: 'test',
    verify: 'each',
  })
  expect(sink.list()).toEqual([])
  return policy!
}

// Two heads, three tokens, two channels. The first head keeps tokens 0 and 2, the second token 1.
const inputs = {
  score: { data: Float32Array.of(1, 0, 2, 0, 3, -1), shape: [2, 3] },
  K: { data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), shape: [2, 3, 2] },
  V: { data: Float32Array.of(0, 1, 0, 2, 4, 0, 1, 1, 8, 9, 1, 1), shape: [2, 3, 2] },
}

describe('rows of different length', () => {
  test('are stored behind one another', async () => {
    const policy = await instantiatePolicy(await compiled())
    const K = policy.call('prune', inputs)['K'] as PackedTensor
    expect(K.packing).toEqual({ format: { kind: 'compact' }, over: ['kept'], inside: ['channel'], exact: false })
    expect(Object.keys(K.parts).sort()).toEqual(['offsets', 'values'])
    expect([...K.parts['values']!]).toEqual([1, 2, 5, 6, 9, 10])
    expect([[...K.offsets], [...K.counts], K.shape]).toEqual([
      [0, 2, 3],
      [2, 1],
      [2, 2, 2],
    ])
    expect([K.bytes, K.kept, K.density, K.keptPerRow]).toEqual([6 * 4 + 3 * 4, 6, 6 / 8, null])
    expect(K.row(0)).toEqual({ dtype: 'f32', shape: [2, 2], data: Float32Array.of(1, 2, 5, 6) })
    expect(K.row(1)).toEqual({ dtype: 'f32', shape: [1, 2], data: Float32Array.of(9, 10) })
    expect(() => K.row(2)).toThrow(/ESP4203/)
    expect([...K.toFloat32()]).toEqual([1, 2, 5, 6, 9, 10, 0, 0])
  })

  test('are read by another entry as long as they are', async () => {
    const policy = await instantiatePolicy(await compiled())
    const { K, V } = policy.call('prune', inputs)
    const out = policy.call('attend', { q: { data: Float32Array.of(0, 0, 0, 0), shape: [2, 2] }, K, V })
    expect([...(out['y'] as Tensor).toFloat32()]).toEqual([2, 0.5, 8, 9]) // means over two tokens and one
    expect([...(out['n'] as Tensor).toFloat32()]).toEqual([2, 1])
    expect([...(out['twice'] as PackedTensor).parts['values']!]).toEqual([2, 4, 10, 12, 18, 20])
    expect([...(out['shifted'] as PackedTensor).toFloat32()]).toEqual([1, 2, 5, 1, 9, 10, 0, 0])
  })

  test.each([
    ['none', 100, [0, 0], 0],
    ['all', -100, [3, 3], 3],
  ])('%s kept', async (_name, least, counts, extent) => {
    const policy = await instantiatePolicy(await compiled())
    const { K, V } = policy.call('prune', inputs, { least })
    expect([[...(K as PackedTensor).counts], K!.shape]).toEqual([counts, [2, extent, 2]])
    const out = policy.call('attend', { q: { data: new Float32Array(4), shape: [2, 2] }, K, V })
    expect([...(out['n'] as Tensor).toFloat32()]).toEqual(counts)
  })

  test('mean the same to the evaluator', async () => {
    const { policyModule } = await compiled()
    const func = policyModule.funcs.find((one) => one.name === 'prune')!
    const axes = { score: ['kv', 'token'], K: ['kv', 'token', 'channel'], V: ['kv', 'token', 'channel'] }
    const given = Object.entries(inputs).map(([name, { data, shape }]) => {
      const value = {
        kind: 'tensor' as const,
        dtype: 'f32' as const,
        axes: axes[name as keyof typeof axes],
        shape,
        data: Float64Array.from(data),
      }
      return [name, value] as const
    })
    const { outputs } = evaluateFunc(policyModule, func, { inputs: new Map(given), params: new Map(), extents: new Map() })
    expect(outputs.get('K')).toMatchObject({ shape: [2, 2, 2], data: Float64Array.of(1, 2, 5, 6, 9, 10, 0, 0) })
    expect(outputs.get('K')).toMatchObject({ packed: { mask: Uint8Array.of(1, 1, 1, 1, 1, 1, 0, 0) } })
  })

  test('survive files, and a file that lies is refused', async () => {
    const policy = await instantiatePolicy(await compiled())
    const { dtype, shape, packing, layout, keptPerRow, parts } = policy.call('prune', inputs)['K'] as PackedTensor &
      Pick<StoredTensor, 'layout'>
    const whole: StoredTensor = { kind: 'packed', dtype, shape, packing, layout, keptPerRow, parts }
    const reopened = (tensor: StoredTensor) => {
      const { tensors, metadata } = tensorSet({ K: tensor })
      return readPacked(openSafetensors(memorySource('k.safetensors', join(safetensorsBytes(tensors, metadata)))), 'K')
    }
    expect(reopened(whole)).toEqual({
      ...whole,
      parts: Object.fromEntries(Object.entries(parts).map(([name, data]) => [name, data.slice()])),
    })
    const withOffsets = (...offsets: number[]): StoredTensor => ({
      ...whole,
      parts: { ...parts, offsets: Uint32Array.from(offsets) },
    })
    expect(() => reopened(withOffsets(0, 3, 3))).toThrow('row 0 stores 3 entries of at most 2')
    expect(() => reopened(withOffsets(0, 2, 4))).toThrow('its rows do not add up to its values')
    expect(() => reopened(withOffsets(0, 4, 3))).toThrow('its offsets do not rise from 0')
    expect(() => reopened(withOffsets(0, 3))).toThrow('its offsets do not rise from 0')
    expect(() => reopened({ ...whole, packing: { ...packing, inside: 3 as never } })).toThrow('malformed')
  })
})
