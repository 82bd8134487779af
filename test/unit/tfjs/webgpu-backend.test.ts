/**
 * Policies for WebGPU on tensors of the backend `webgpu`, on its own device: what they give, that nothing is read back, what is
 * accounted for and given back, and what is refused.
 */
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { loadFor, onTensors, onTensorsSync } from '../../../host/tfjs/index.ts'
import type { Policy as WasmPolicy } from '../../../host/runtime/wasm/types.ts'
import type { PackedTensor, Policy } from '../../../host/runtime/webgpu/index.ts'
import { compilePolicy, instantiatePolicy } from '../../support/differential.ts'
import { countBuffers } from '../../support/count-buffers.ts'
import { describeGpu, openDevice } from '../../support/gpu.ts'
import { librarySource } from '../../support/library-source.ts'
import { useWebgpuBackend } from '../../support/tensorflow-webgpu.ts'
import { wgslMachine } from '../../support/wgsl-machine.ts'

const ECHO = `policy echo() {
  state calls: i32 = 0
  entry all(a: f32[x], b: f16[x], c: bf16[x], d: i32[x], e: u32[x], f: u8[x], g: i8[x], h: bool[x]) {
    calls := calls + 1
    return a, b, c, d, e, f, g, h
  }
  entry total(s: f32) { return t: s + 1 }
  entry rows(X: f32[row, column]) { return sums: sum[column](X), large: X > 1 }
  entry widest(x: f32[row]) { return big: u32(x) }
}`

const asTensors = (results: unknown): Readonly<Record<string, tf.Tensor>> => results as Readonly<Record<string, tf.Tensor>>
const W = [1, -5, 2, 0, -3, 4]

describeGpu('on the backend webgpu', () => {
  let device: GPUDevice
  const both = async (text: string): Promise<{ readonly wgsl: Policy; readonly wasm: WasmPolicy }> => {
    const machine = wgslMachine(() => device)
    const [forDevice, forMemory] = [await compilePolicy({ text }, machine.backend), await compilePolicy({ text })]
    return { wgsl: (await machine.open(forDevice, {})) as Policy, wasm: await instantiatePolicy(forMemory) }
  }
  const library = (name: string) => both(librarySource(`std:${name}`).text)
  let own: GPUDevice
  let echo: Policy
  let magnitude: Policy

  beforeAll(async () => {
    device = await useWebgpuBackend()
    own = await openDevice('default limits')
    ;({ wgsl: echo } = await both(ECHO))
    ;({ wgsl: magnitude } = await library('magnitude'))
  })
  beforeEach(async () => void (await tf.setBackend('webgpu')))
  afterAll(() => {
    for (const policy of [echo, magnitude]) policy?.release()
    own?.destroy()
  })

  const reads = () => vi.spyOn(tf.Tensor.prototype, 'data')
  const values = async (tensor: tf.Tensor): Promise<unknown[]> => [tensor.dtype, ...(await tensor.data())]
  /** Computed on the device, therefore there. */
  const onDevice = (given: number[], shape: number[]): tf.Tensor => tf.tidy(() => tf.add(tf.tensor(given, shape), 0))
  afterEach(() => void vi.restoreAllMocks())

  test('a mask for a tensor: real tensors on the device, accounted for, nothing read back', async () => {
    const given = tf.mul(tf.tensor2d(W, [2, 3]), 2)
    const before = { ...tf.memory(), used: magnitude.memory.used }
    const reading = reads()
    const { mask } = asTensors(await onTensors(magnitude, tf, { keepOnDevice: true })['prune']!({ W: given }))
    expect(reading).not.toHaveBeenCalled()
    expect([mask!.dtype, mask!.shape]).toEqual(['bool', [2, 3]])
    expect(tf.memory().numTensors).toBe(before.numTensors + 1)
    expect(tf.memory().numBytes).toBe(before.numBytes + 6)
    expect(magnitude.memory.used).toBe(before.used)
    const pruned = tf.tidy(() => tf.where(mask!, given, tf.zerosLike(given)))
    expect([...(await pruned.data())]).toEqual([0, -10, 0, 0, -6, 8])
    tf.dispose([mask!, pruned])
    expect(tf.memory().numTensors).toBe(before.numTensors)
    given.dispose()
  })

  test('every dtype, by kernels as by JavaScript', async () => {
    const floats = [1.0009765625, -0, 70000, NaN, 65519.99, 65520, 6e-8, 2.98e-8, -1e-20, 5.9604645e-8, 1 / 3, -Infinity, 1e-40]
    const n = floats.length
    const numbers = (low: number, high: number): number[] => floats.map((_, i) => [low, high, 0, 1, 7][i % 5] ?? 0)
    const host = {
      ...{ a: tf.tensor1d(floats), b: tf.tensor1d(floats), c: tf.tensor1d(floats) },
      d: tf.tensor1d(numbers(-(2 ** 31), 2 ** 31 - 1), 'int32'),
      e: tf.tensor1d(numbers(0, 2 ** 31 - 1), 'int32'),
      f: tf.tensor1d(numbers(0, 255), 'int32'),
      g: tf.tensor1d(numbers(-128, 127), 'int32'),
      h: tf.tensor1d(numbers(0, 1), 'bool'),
    }
    const there = Object.fromEntries(
      Object.entries(host).map(([name, tensor]) => [name, tensor.dtype === 'bool' ? tf.logicalNot(tensor) : tf.reverse(tensor)]),
    )
    const reading = reads()
    const entries = onTensors(echo, tf, { keepOnDevice: true })
    const results = asTensors(await entries['all']!(there))
    expect(reading).not.toHaveBeenCalled()
    vi.restoreAllMocks()
    const { wasm } = await both(ECHO)
    const data = Object.entries(there).map(async ([name, tensor]) => [name, { shape: [n], data: [...(await tensor.data())] }])
    const expected = wasm.call('all', Object.fromEntries(await Promise.all(data)))
    for (const [name, tensor] of Object.entries(results)) {
      expect((await values(tensor)).slice(1), name).toEqual([...expected[name]!.toFloat32()].map(Number))
      expect(tensor.shape).toEqual([n])
    }
    expect(Object.values(results).map(({ dtype }) => dtype)).toEqual([
      ...['float32', 'float32', 'float32', 'int32', 'int32', 'int32', 'int32', 'bool'],
    ])
    tf.dispose([results, host, there] as unknown as tf.TensorContainer)
    wasm.release()
  })

  test('extra leading axes, rank 0, extents of 0, tensors that are not on the device yet', async () => {
    const { rows, total } = onTensors(echo, tf, { keepOnDevice: true })
    const mapped = asTensors(await rows!({ X: onDevice([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]) }))
    expect([mapped['sums']!.shape, ...(await values(mapped['sums']!))]).toEqual([[2, 2], 'float32', 3, 7, 11, 15])
    expect([mapped['large']!.shape, ...(await values(mapped['large']!))]).toEqual([
      [2, 2, 2],
      'bool',
      0,
      ...Array<number>(7).fill(1),
    ])
    for (const shape of [
      [0, 3],
      [2, 0],
    ]) {
      const none = asTensors(await rows!({ X: tf.zeros(shape) }))
      expect([none['sums']!.shape, ...(await values(none['sums']!))]).toEqual([
        [shape[0]],
        'float32',
        ...Array<number>(shape[0]!).fill(0),
      ])
      expect([none['large']!.shape, none['large']!.size]).toEqual([shape, 0])
    }
    for (const s of [onDevice([2], []), tf.scalar(2), 2]) {
      const { t } = asTensors(await total!({ s }))
      expect([t!.shape, ...(await values(t!))]).toEqual([[], 'float32', 3])
    }
  })

  test('packed results stay in the policy, on the device, and are taken back', async () => {
    const { wgsl, wasm } = await library('mustafar')
    const used = wgsl.memory.used
    const { compress, attend } = onTensors(wgsl, tf, { keepOnDevice: true })
    const reading = reads()
    const random = (shape: number[], seed: number): tf.Tensor =>
      tf.tidy(() => tf.add(tf.randomNormal(shape, 0, 1, 'float32', seed), 0))
    const [K, V, Q, K_local, V_local] = [
      ...[random([2, 5, 10], 1), random([2, 5, 10], 2), random([4, 10], 3)],
      ...[random([2, 1, 10], 4), random([2, 1, 10], 5)],
    ]
    const packed = (await compress!({ K, V })) as Record<string, PackedTensor>
    expect([packed['K']!.kind, packed['K']!.keptPerRow]).toEqual(['packed', 3])
    const { O } = asTensors(await attend!({ Q, K_local, V_local, ...packed }))
    expect(reading).not.toHaveBeenCalled()
    vi.restoreAllMocks()
    const host = async (tensor: tf.Tensor) => ({ dtype: 'f32' as const, shape: tensor.shape, data: [...(await tensor.data())] })
    const direct = wasm.call('compress', { K: await host(K!), V: await host(V!) })
    const inputs = { Q: await host(Q!), K_local: await host(K_local!), V_local: await host(V_local!) }
    const expected = wasm.call('attend', { ...inputs, ...direct })['O']!.toFloat32()
    const got = await O!.data()
    expect(Math.max(...got.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(1e-5)
    for (const result of Object.values(packed)) result.release()
    expect(wgsl.memory.used).toBe(used)
    wgsl.release()
    expect(wgsl.memory).toEqual({ bytes: 0, used: 0, buffers: 0 })
    wasm.release()
  })

  test('calls run in the order they were made; a tensor may be disposed of, also by tidy, once a call was made', async () => {
    const { wgsl } = await library('wanda')
    const { observe, prune } = onTensors(wgsl, tf, { keepOnDevice: true })
    const before = tf.memory().numTensors
    const calls: Promise<unknown>[] = []
    tf.tidy(() => {
      const X = onDevice([1, 1, 1, 9], [1, 4])
      calls.push(observe!({ X }), observe!({ X }), observe!({ X: onDevice([1], [1, 1]) }))
      calls.push(prune!({ W: onDevice([4, 3, 2, 1], [1, 4]) }, { sparsity: '3/4' }))
    })
    // What TensorFlow.js computes next may have the buffers of what was disposed of.
    const others = [1, 2, 3].map(() => onDevice([7, 7, 7, 7], [1, 4]))
    const [first, second, third, fourth] = await Promise.allSettled(calls)
    expect([first!.status, second!.status, third!.status]).toEqual(['fulfilled', 'fulfilled', 'rejected'])
    const { mask } = asTensors((fourth as PromiseFulfilledResult<unknown>).value)
    expect(await values(mask!)).toEqual(['bool', 0, 0, 0, 1])
    expect((await wgsl.readState('seen')).data[0]).toBe(2)
    tf.dispose([mask!, ...others])
    expect(tf.memory().numTensors).toBe(before)
    wgsl.release()
  })

  test('buffers are given back: the same calls need no more of them', async () => {
    const { rows } = onTensors(echo, tf, { keepOnDevice: true })
    const { createBuffer } = device
    const open = countBuffers(device)
    try {
      const counts: (readonly number[])[] = []
      for (let call = 0; call < 4; call++) {
        const X = onDevice(W, [2, 3])
        tf.dispose((await rows!({ X })) as unknown as tf.TensorContainer)
        const short = onDevice(W, [6])
        await expect(rows!({ X: short })).rejects.toThrow('ESP4205')
        tf.dispose([X, short])
        const { numTensors, numBytes } = tf.memory()
        const { numBytesInGPU } = tf.memory() as unknown as { readonly numBytesInGPU: number }
        counts.push([open(), numTensors, numBytes, numBytesInGPU, echo.memory.used])
      }
      expect(counts[3]).toEqual(counts[2])
    } finally {
      device.createBuffer = createBuffer
    }
  })

  test.each([
    [
      'a dtype',
      'rows',
      () => ({ X: tf.cast(onDevice(W, [2, 3]), 'int32') }),
      "argument 'X' must be a float32 tensor, but got a int32 tensor",
    ],
    ['a shape', 'rows', () => ({ X: onDevice(W, [6]) }), '`X` has shape [6], but `rows` expects 2 axes: [row, column] (ESP4205)'],
    ['a number', 'all', () => given({ f: [3, 256] }), "argument 'f' must hold u8 numbers, 0 to 255, but element 1 is 256"],
    ['a sign', 'all', () => given({ e: [-3, 2] }), "argument 'e' must hold u32 numbers, 0 to 2147483647, but element 0 is -3"],
    [
      'a result',
      'widest',
      () => ({ x: onDevice([1, 3e9], [2]) }),
      "element 1 of result 'big' is 3000000000, more than an int32 tensor",
    ],
  ] as const)('%s that does not fit is refused in the same words', async (_, entry, inputs, message) => {
    const { used } = echo.memory
    const calls = (await echo.readState('calls').catch(() => null))?.data[0]
    const made = inputs()
    const { numTensors } = tf.memory()
    await expect(onTensors(echo, tf, { keepOnDevice: true })[entry]!(made)).rejects.toThrow(`Error in echo.${entry}: ${message}`)
    expect([tf.memory().numTensors, echo.memory.used]).toEqual([numTensors, used])
    expect((await echo.readState('calls').catch(() => null))?.data[0]).toBe(calls)
  })

  /** Two elements for every input of `all`; integers are computed on the device. */
  const given = (more: Readonly<Record<string, number[]>>): Record<string, tf.Tensor> => {
    const floats = Object.fromEntries([...'abc'].map((name) => [name, onDevice([1, 2], [2])]))
    const integer = (data: number[]) => tf.tidy(() => tf.add(tf.tensor1d(data, 'int32'), tf.scalar(0, 'int32')))
    const integers = Object.fromEntries([...'defg'].map((name) => [name, integer(more[name] ?? [1, 2])]))
    return { ...floats, ...integers, h: tf.logicalNot(tf.tensor1d([1, 0], 'bool')) }
  }

  test('where they share no device, elements travel; keepOnDevice refuses that and says what to do', async () => {
    const { wasm, wgsl } = await library('magnitude')
    const elsewhere = await wgslMachine(() => own).open(await compilePolicy({ text: ECHO }, wgslMachine(() => own).backend), {})
    const X = onDevice(W, [2, 3])
    const mask = async (policy: Policy | WasmPolicy): Promise<unknown> =>
      values(asTensors(await onTensors(policy, tf)['prune']!({ W: X }))['mask']!)
    const expected = ['bool', 0, 1, 0, 0, 1, 1]
    expect(await mask(wasm)).toEqual(expected)
    const strict = (policy: Policy | WasmPolicy) => onTensors(policy, tf, { keepOnDevice: true })
    await expect(strict(wasm)['prune']!({ W: X })).rejects.toThrow(
      'Error in magnitude.prune: this policy was not built for WebGPU: build it with --target wgsl and load that with loadFor()',
    )
    expect(await values(asTensors(await onTensors(elsewhere as Policy, tf)['rows']!({ X }))['sums']!)).toEqual(['float32', -2, 1])
    await expect(strict(elsewhere as Policy)['rows']!({ X })).rejects.toThrow(
      'Error in echo.rows: this policy is on another GPUDevice than the tensors: load it with loadFor()',
    )
    expect(() => onTensorsSync(wgsl, tf)['prune']!({ W: tf.tensor2d(W, [2, 3]) })).toThrow(
      'Error in magnitude.prune: this policy answers with promises: use onTensors()',
    )
    await tf.setBackend('cpu')
    expect(await mask(wgsl)).toEqual(expected)
    await expect(strict(wgsl)['prune']!({ W: X })).rejects.toThrow(
      "Error in magnitude.prune: tensors of the backend 'cpu' are not on a GPUDevice: use tf.setBackend('webgpu')",
    )
    for (const policy of [wasm, wgsl, elsewhere]) policy.release()
  })

  test('another backend is set while a result is looked at', async () => {
    const x = onDevice([1, 2, 4000000], [3])
    const make = device.createBuffer.bind(device)
    let set: Promise<boolean> | null = null
    vi.spyOn(device, 'createBuffer').mockImplementation((descriptor) => {
      // What is read back of a check.
      if (descriptor.size === 4 && (descriptor.usage & GPUBufferUsage.MAP_READ) !== 0) set ??= tf.setBackend('cpu')
      return make(descriptor)
    })
    const { big } = asTensors(await onTensors(echo, tf)['widest']!({ x }))
    expect(await set).toBe(true)
    expect(tf.getBackend()).toBe('cpu')
    expect(await values(big!)).toEqual(['int32', 1, 2, 4000000])
    tf.dispose([x, big!])
  })

  test('loadFor takes the target that fits the backend', async () => {
    const wasm = vi.fn(async () => magnitude)
    const wgsl = vi.fn(async (_on: { readonly device?: GPUDevice }) => magnitude)
    await loadFor(tf, { wasm, wgsl })
    expect(wgsl).toHaveBeenLastCalledWith({ device })
    await loadFor(tf, { wasm })
    expect(wasm).toHaveBeenCalledTimes(1)
    await tf.setBackend('cpu')
    await loadFor(tf, { wasm, wgsl })
    expect(wasm).toHaveBeenCalledTimes(2)
    await loadFor(tf, { wgsl })
    expect(wgsl).toHaveBeenLastCalledWith({})
    await expect(loadFor(tf, {})).rejects.toThrow('Error in loadFor: ')
  })

  test('a device that is lost', async () => {
    const X = onDevice(W, [2, 3])
    const pending = onTensors(magnitude, tf, { keepOnDevice: true })['prune']!({ W: X })
    device.destroy()
    await expect(pending).rejects.toThrow(/^Error in magnitude.prune: .*\(ESP4802\)$/)
    await expect(onTensors(magnitude, tf)['prune']!({ W: X })).rejects.toThrow(/ESP4802/)
  })
})
