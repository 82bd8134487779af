/** What a call on tensors refuses: in TensorFlow.js's words, before anything ran, with nothing left behind. */
import * as tf from '@tensorflow/tfjs-core'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { EspalierError } from '../../../abi/espalier-error.ts'
import { onTensors, onTensorsSync } from '../../../host/tfjs/index.ts'
import type { Policy } from '../../../host/runtime/wasm/types.ts'
import { compilePolicy, instantiatePolicy } from '../../support/differential.ts'
import { useBackend } from '../../support/tensorflow.ts'

const TEXT = `policy sample(sparsity: ratio = 50%) {
  axes in = quad * lane(4)
  state seen: i32 = 0
  entry score(W: f32[out, in], weight: f32[in]) {
    seen := seen + 1
    return mask: drop sparsity of in by abs(W) * weight
  }
  entry quads(W: f32[out, in]) { return mask: keep 2 of lane by abs(W) }
  entry compress(K: f16[token, channel]) { return K: pack K by (drop sparsity of channel by abs(K)) as bitmap(64) }
  entry norms(K: bitmap(64) f16[token, channel]) { return norm: sum[channel](K * K) }
  entry take(at: i32[row], code: u8[row], flag: bool[row]) { return at: at + i32(code), flag }
  entry widest(x: f32[row]) { return big: u32(x) }
}`

let policy: Policy
beforeAll(async () => {
  await useBackend('cpu')
  policy = await instantiatePolicy(await compilePolicy({ text: TEXT }))
})

type Given = Readonly<Record<string, unknown>>
const W = (): tf.Tensor => tf.ones([2, 8])
const weight = (): tf.Tensor => tf.ones([8])
const row = (values: number[], dtype: 'int32' | 'bool' | 'float32' = 'int32'): tf.Tensor => tf.tensor1d(values, dtype)

const REFUSED: readonly (readonly [what: string, entry: string, inputs: () => Given, message: string])[] = [
  [
    'strings',
    'score',
    () => ({ W: tf.tensor([['a']]), weight: weight() }),
    "argument 'W' must be a float32 tensor, but got a string tensor; policies have no such numbers",
  ],
  [
    'complex numbers',
    'score',
    () => ({ W: tf.complex(W(), W()), weight: weight() }),
    "argument 'W' must be a float32 tensor, but got a complex64 tensor; policies have no such numbers",
  ],
  [
    'integers for floats',
    'score',
    () => ({ W: tf.cast(W(), 'int32'), weight: weight() }),
    "argument 'W' must be a float32 tensor, but got a int32 tensor; convert it with tf.cast(x, 'float32')",
  ],
  [
    'floats for bool',
    'take',
    () => ({ at: row([1]), code: row([1]), flag: row([1], 'float32') }),
    "argument 'flag' must be a bool tensor, but got a float32 tensor; convert it with tf.cast(x, 'bool')",
  ],
  [
    'integers outside of a small dtype',
    'take',
    () => ({ at: row([1, 2]), code: row([255, 256]), flag: row([1, 0], 'bool') }),
    "argument 'code' must hold u8 numbers, 0 to 255, but element 1 is 256",
  ],
  [
    'tensors that were disposed',
    'score',
    () => {
      const gone = W()
      gone.dispose()
      return { W: gone, weight: weight() }
    },
    "argument 'W' is a tensor that was disposed",
  ],
  [
    'a rank',
    'score',
    () => ({ W: weight(), weight: weight() }),
    '`W` has shape [8], but `score` expects 2 axes: [out, in] (ESP4205)',
  ],
  ['an extent', 'score', () => ({ W: W(), weight: tf.ones([4]) }), 'axis `in` is 8 in W but 4 in weight (ESP4301)'],
  [
    'a multiple',
    'quads',
    () => ({ W: tf.ones([2, 6]) }),
    'axis `in` is 6 in W, which is not a multiple of `lane` = 4; pad or cut `in` to a multiple of 4 (ESP4302)',
  ],
  ['a name', 'score', () => ({ W: W(), wieght: weight() }), '`score` has no input `wieght`'],
  ['what is missing', 'score', () => ({ W: W() }), '`weight`'],
  ['dense for packed', 'norms', () => ({ K: W() }), '`K` is dense, but `norms` takes packed as bitmap(64)'],
  [
    'results beyond int32',
    'widest',
    () => ({ x: row([1, 3e9], 'float32') }),
    "element 1 of result 'big' is 3000000000, more than an int32 tensor can hold",
  ],
]

describe('refusals', () => {
  let before: { readonly tensors: number; readonly used: number }
  beforeEach(() => {
    tf.engine().startScope()
    before = { tensors: tf.memory().numTensors, used: policy.memory.used }
  })
  afterEach(() => tf.engine().endScope())

  test.each(REFUSED)('%s', async (_, entry, inputs, message) => {
    const given = inputs()
    const made = tf.memory().numTensors - before.tensors
    const start = `Error in sample.${entry}: `
    const failure = ((): unknown => {
      try {
        return onTensorsSync(policy, tf)[entry]!(given)
      } catch (error) {
        return error
      }
    })()
    expect(failure).toBeInstanceOf(Error)
    expect((failure as Error).message).toContain(message)
    expect((failure as Error).message.startsWith(start)).toBe(true)
    await expect(onTensors(policy, tf)[entry]!(given)).rejects.toThrow((failure as Error).message)
    expect(tf.memory().numTensors - before.tensors).toBe(made)
    expect(policy.memory.used).toBe(before.used)
    expect(policy.readState('seen').data[0]).toBe(0)
  })

  test('the refusal of the policy is the cause', () => {
    let cause: unknown = null
    try {
      onTensorsSync(policy, tf)['score']!({ W: W(), weight: tf.ones([4]) })
    } catch (error) {
      cause = (error as Error).cause
    }
    expect(cause).toBeInstanceOf(EspalierError)
    expect(cause).toMatchObject({ code: 'ESP4301', axis: 'in', expected: 8, got: 4 })
  })

  test('parameters are refused the same way', () => {
    const inputs = { W: W(), weight: weight() }
    expect(() => onTensorsSync(policy, tf)['score']!(inputs, { sparsity: 'half' })).toThrow(
      /^Error in sample.score: .*\(ESP4\d+\)$/,
    )
    expect(() => onTensorsSync(policy, tf)['score']!(inputs, { sparsty: 0.5 })).toThrow(/sparsty/)
  })

  test('halves that were packed are taken by value', () => {
    const { compress, norms } = onTensorsSync(policy, tf)
    const { K } = compress!({ K: tf.tensor2d([1, 2, 3, 4], [2, 2]) }) as { K: { release(): void } }
    const { norm } = norms!({ K }) as { norm: tf.Tensor }
    expect([...norm.dataSync()]).toEqual([4, 16])
    K.release()
  })

  test('what the backend throws is not reworded', () => {
    const unreadable = Object.assign(W(), {
      dataSync: () => {
        throw new Error('this backend cannot read at once')
      },
    })
    expect(() => onTensorsSync(policy, tf)['score']!({ W: unreadable, weight: weight() })).toThrow(
      /^this backend cannot read at once$/,
    )
  })

  test('no gradient passes through a selection', () => {
    const { norms, compress } = onTensorsSync(policy, tf)
    const through = (x: tf.Tensor): tf.Scalar => {
      const { K } = compress!({ K: x }) as { K: { release(): void } }
      const { norm } = norms!({ K }) as { norm: tf.Tensor }
      K.release()
      return tf.sum(norm)
    }
    expect(() => tf.grad(through)(tf.ones([2, 2]))).toThrow(/gradient/)
  })
})
