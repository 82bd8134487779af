/** Compiled policies on tensors of TensorFlow.js: results, accounting, scopes, dtypes and order of calls, on two backends. */
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { onTensors, onTensorsSync } from '../../../host/tfjs/index.ts'
import type { PackedTensor, Policy } from '../../../host/runtime/wasm/types.ts'
import { compilePolicy, instantiatePolicy } from '../../support/differential.ts'
import { librarySource } from '../../support/library-source.ts'
import { useBackend, type BackendName } from '../../support/tensorflow.ts'

const instanceOf = async (text: string): Promise<Policy> => instantiatePolicy(await compilePolicy({ text }))
const library = (name: string): Promise<Policy> => instanceOf(librarySource(`std:${name}`).text)

/** Every dtype in and out, unchanged. */
const ECHO = `policy echo() {
  entry all(a: f32[x], b: f16[x], c: bf16[x], d: i32[x], e: u32[x], f: u8[x], g: i8[x], h: bool[x]) {
    return a, b, c, d, e, f, g, h
  }
  entry total(s: f32) { return t: s + 1 }
  entry rows(X: f32[row, column]) { return sums: sum[column](X), large: X > 1 }
}`

interface Packed {
  readonly K: PackedTensor
  readonly V: PackedTensor
}

const asTensors = (results: unknown): Readonly<Record<string, tf.Tensor>> => results as Readonly<Record<string, tf.Tensor>>

describe.each<BackendName>(['cpu', 'wasm'])('on the backend %s', (backend) => {
  let magnitude: Policy
  let mustafar: Policy
  let echo: Policy

  beforeAll(async () => {
    await useBackend(backend)
    ;[magnitude, mustafar, echo] = await Promise.all([library('magnitude'), library('mustafar'), instanceOf(ECHO)])
  })
  beforeEach(async () => void (await useBackend(backend)))

  const W = [1, -5, 2, 0, -3, 4]

  test('dense results are tensors, accounted for, and leave no memory behind in the policy', async () => {
    const given = tf.tensor2d(W, [2, 3])
    const before = { ...tf.memory(), used: magnitude.memory.used }
    const { mask } = asTensors(await onTensors(magnitude, tf)['prune']!({ W: given }))
    expect(mask).toBeInstanceOf(tf.Tensor)
    expect([mask!.dtype, mask!.shape, [...mask!.dataSync()]]).toEqual(['bool', [2, 3], [0, 1, 0, 0, 1, 1]])
    expect(tf.memory().numTensors).toBe(before.numTensors + 1)
    expect(tf.memory().numBytes).toBe(before.numBytes + 6)
    expect(magnitude.memory.used).toBe(before.used)
    expect(tf.sum(tf.where(mask!, given, tf.zerosLike(given))).dataSync()[0]).toBe(-4)
    mask!.dispose()
    given.dispose()
  })

  test('tidy collects them, keep keeps them', () => {
    const { prune } = onTensorsSync(magnitude, tf)
    const before = tf.memory()
    const total = tf.tidy(() => {
      const { mask } = asTensors(prune!({ W: tf.tensor2d(W, [2, 3]) }, { sparsity: '2/3' }))
      return tf.sum(tf.cast(mask!, 'int32')).dataSync()[0]
    })
    expect(total).toBe(2)
    expect(tf.memory().numTensors).toBe(before.numTensors)
    expect(tf.memory().numBytes).toBe(before.numBytes)
    const kept = tf.tidy(() => void tf.keep(asTensors(prune!({ W: tf.tensor2d(W, [2, 3]) }))['mask']!))
    expect(kept).toBeUndefined()
    expect(tf.memory().numTensors).toBe(before.numTensors + 1)
    const returned = tf.tidy(() => prune!({ W: tf.tensor2d(W, [2, 3]) }) as { mask: tf.Tensor })
    expect(returned.mask.isDisposed).toBe(false)
    returned.mask.dispose()
  })

  test('packed results stay in the policy, survive tidy and are taken back', () => {
    const { compress, attend } = onTensorsSync(mustafar, tf)
    const before = tf.memory().numTensors
    const used = mustafar.memory.used
    const random = (seed: number): tf.Tensor => tf.randomNormal([2, 5, 10], 0, 1, 'float32', seed)
    const packed = tf.tidy(() => compress!({ K: random(1), V: random(2) }) as tf.TensorContainer) as unknown as Packed
    expect(tf.memory().numTensors).toBe(before)
    expect([packed.K.kind, packed.K.keptPerRow, packed.K.shape]).toEqual(['packed', 3, [2, 5, 10]])
    const inputs = { Q: tf.ones([4, 10]), K_local: tf.ones([2, 1, 10]), V_local: tf.ones([2, 1, 10]), ...packed }
    const { O } = asTensors(attend!(inputs))
    expect([O!.dtype, O!.shape]).toEqual(['float32', [4, 10]])
    const direct = mustafar.call('attend', {
      Q: { data: new Float32Array(40).fill(1), shape: [4, 10] },
      K_local: { data: new Float32Array(20).fill(1), shape: [2, 1, 10] },
      V_local: { data: new Float32Array(20).fill(1), shape: [2, 1, 10] },
      ...packed,
    })
    expect([...O!.dataSync()]).toEqual([...direct['O']!.toFloat32()])
    for (const result of [packed.K, packed.V, direct['O']!]) result.release()
    expect(mustafar.memory.used).toBe(used)
    tf.dispose([O!, inputs.Q, inputs.K_local, inputs.V_local])
    expect(tf.memory().numTensors).toBe(before)
  })

  test('dtypes', async () => {
    const floats = tf.tensor1d([1.0009765625, -0, 70000, NaN])
    const small = tf.tensor1d([0, 1, 100, 127], 'int32')
    const truth = tf.tensor1d([true, false, true, true], 'bool')
    const inputs = { a: floats, b: floats, c: floats, d: tf.tensor1d([-5, 2 ** 31 - 1, -(2 ** 31), 0], 'int32') }
    const results = asTensors(await onTensors(echo, tf)['all']!({ ...inputs, e: small, f: small, g: small, h: truth }))
    expect(Object.keys(results)).toEqual([...'abcdefgh'])
    const values = (name: string): unknown[] => [results[name]!.dtype, ...results[name]!.dataSync()]
    expect(values('a')).toEqual(['float32', 1.0009765625, -0, 70000, NaN])
    expect(values('b')).toEqual(['float32', 1.0009765625, -0, Infinity, NaN])
    expect(values('c')).toEqual(['float32', 1, -0, 70144, NaN])
    expect(values('d')).toEqual(['int32', -5, 2 ** 31 - 1, -(2 ** 31), 0])
    for (const name of 'efg') expect(values(name)).toEqual(['int32', 0, 1, 100, 127])
    expect(values('h')).toEqual(['bool', 1, 0, 1, 1])
    tf.dispose([results, inputs, small, truth] as unknown as tf.TensorContainer)
  })

  test('extra leading axes, rank 0 and extents of 0', () => {
    const { rows, total } = onTensorsSync(echo, tf)
    tf.tidy(() => {
      const mapped = asTensors(rows!({ X: tf.tensor([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]) }))
      expect([mapped['sums']!.shape, [...mapped['sums']!.dataSync()]]).toEqual([
        [2, 2],
        [3, 7, 11, 15],
      ])
      expect(mapped['large']!.shape).toEqual([2, 2, 2])
      const none = asTensors(rows!({ X: tf.zeros([0, 3]) }))
      expect([none['sums']!.shape, none['large']!.shape, none['large']!.size]).toEqual([[0], [0, 3], 0])
      const narrow = asTensors(rows!({ X: tf.zeros([2, 0]) }))
      expect([narrow['sums']!.shape, [...narrow['sums']!.dataSync()]]).toEqual([[2], [0, 0]])
      for (const s of [tf.scalar(2), 2]) {
        const { t } = asTensors(total!({ s }))
        expect([t!.shape, t!.dtype, t!.dataSync()[0]]).toEqual([[], 'float32', 3])
      }
      const many = asTensors(total!({ s: tf.tensor1d([1, 2]) }))
      expect([...many['t']!.dataSync()]).toEqual([2, 3])
    })
  })

  test('tensors that live in the policy are taken as they are', () => {
    const W_there = magnitude.tensor('f32', [2, 3], W)
    const { mask } = asTensors(onTensorsSync(magnitude, tf)['prune']!({ W: W_there }))
    expect([...mask!.dataSync()]).toEqual([0, 1, 0, 0, 1, 1])
    W_there.release()
    mask!.dispose()
  })
})

describe('calls', () => {
  beforeAll(async () => void (await useBackend('cpu')))

  test('run in the order they were made, however long their tensors take', async () => {
    const wanda = await library('wanda')
    const { observe, prune } = onTensors(wanda, tf)
    const X = tf.tensor2d([1, 1, 1, 9], [1, 4])
    const slow = Object.assign(X.clone(), {
      data: () => new Promise((resolve) => setTimeout(() => resolve(X.dataSync()), 20)),
    })
    const W = tf.tensor2d([4, 3, 2, 1], [1, 4])
    const [, , results] = await Promise.all([observe!({ X: slow }), observe!({ X }), prune!({ W }, { sparsity: '3/4' })])
    expect(wanda.readState('seen').data[0]).toBe(2)
    expect([...asTensors(results)['mask']!.dataSync()]).toEqual([0, 0, 0, 1])
  })

  test('one that fails does not stop the next, nor lets it overtake', async () => {
    const wanda = await library('wanda')
    const { observe } = onTensors(wanda, tf)
    const X = tf.tensor2d([1, 2, 3, 4], [1, 4])
    const outcomes = await Promise.allSettled([observe!({ X }), observe!({ X: tf.ones([1, 3]) }), observe!({ X })])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(wanda.readState('seen').data[0]).toBe(2)
  })

  test('a tensor may be disposed of once an asynchronous call was made', async () => {
    const X = tf.tensor2d(W4, [2, 2])
    const pending = onTensors(await library('magnitude'), tf)['prune']!({ W: X })
    X.dispose()
    expect([...asTensors(await pending)['mask']!.dataSync()]).toEqual([0, 0, 1, 1])
  })

  test('policies that answer with promises', async () => {
    const policy = await library('mustafar')
    const used = policy.memory.used
    const promising = {
      manifest: policy.manifest,
      call: async (...args: Parameters<Policy['call']>) => {
        await Promise.resolve()
        const results = policy.call(...args)
        return Object.fromEntries(
          Object.entries(results).map(([name, result]) => [
            name,
            result.kind === 'packed'
              ? result
              : { ...fieldsOf(result), data: () => Promise.resolve(result.data.slice()), release: () => result.release() },
          ]),
        )
      },
    } as unknown as Policy
    const { compress, append } = onTensors(promising, tf)
    const K = tf.randomNormal<tf.Rank.R3>([1, 3, 10], 0, 1, 'float32', 3)
    const packed = (await compress!({ K, V: K })) as Record<string, PackedTensor>
    expect(packed['K']!.keptPerRow).toBe(3)
    const moved = await append!({ K_local: K, V_local: K }, { leaving: 1 })
    expect(asTensors(moved)['K_local']!.shape).toEqual([1, 2, 10])
    for (const result of [packed['K']!, packed['V']!, moved['K'], moved['V']]) (result as PackedTensor).release()
    expect(policy.memory.used).toBe(used)
    expect(() => onTensorsSync(promising, tf)['compress']!({ K, V: K })).toThrow(
      'Error in mustafar.compress: this policy answers with promises: use onTensors()',
    )
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(policy.memory.used).toBe(used)
  })

  test('elements that were promised and do not come: the call fails and its results are given back', async () => {
    const policy = await library('magnitude')
    const used = policy.memory.used
    const lost = (data: () => unknown): Policy =>
      ({
        manifest: policy.manifest,
        call: (...args: Parameters<Policy['call']>) => {
          const { mask } = policy.call(...args)
          return { mask: { ...fieldsOf(mask!), data, release: () => mask!.release() } }
        },
      }) as unknown as Policy
    const W = tf.tensor2d(W4, [2, 2])
    const tensors = tf.memory().numTensors
    const failing = onTensors(
      lost(() => Promise.reject(new Error('the device is gone'))),
      tf,
    )
    await expect(failing['prune']!({ W })).rejects.toThrow(/^the device is gone$/)
    const later = onTensorsSync(
      lost(() => Promise.resolve(new Uint8Array(4))),
      tf,
    )
    expect(() => later['prune']!({ W })).toThrow(
      "Error in magnitude.prune: the elements of result 'mask' are promised: use onTensors()",
    )
    expect([tf.memory().numTensors, policy.memory.used]).toEqual([tensors, used])
  })

  test('entries have the names that the shim gives them', async () => {
    const policy = await instanceOf(
      'policy names() { entry call(x: f32[i]) { return y: x + 1 } entry call_(x: f32[i]) { return y: x + 2 } entry plain(x: f32[i]) { return y: x } }',
    )
    const entries = onTensorsSync(policy, tf)
    expect(Object.keys(entries)).toEqual(['call_', 'call__', 'plain'])
    const added = ['call_', 'call__'].map((name) => asTensors(entries[name]!({ x: tf.tensor1d([0]) }))['y']!.dataSync()[0])
    expect(added).toEqual([1, 2])
  })
})

const W4 = [1, 2, 3, 4]

const fieldsOf = ({
  kind,
  dtype,
  shape,
}: {
  readonly kind: string
  readonly dtype: string
  readonly shape: readonly number[]
}) => ({
  kind,
  dtype,
  shape,
})
