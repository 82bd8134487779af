/** Instances of a policy end to end: calls, packed results, state, memory, refusals. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import type { Manifest } from '../../../abi/manifest.ts'
import {
  EspalierError,
  instantiate,
  type InstanceOptions,
  type PackedTensor,
  type Policy,
  type Tensor,
} from '../../../host/runtime/wasm/index.ts'
import { sampleManifest, sampleWasm } from './sample-policy.ts'

const load = (options?: InstanceOptions, manifest: Manifest = sampleManifest): Promise<Policy> =>
  instantiate(manifest, sampleWasm(), options)

const f32 = (data: readonly number[], ...shape: number[]) => ({ data: Float32Array.from(data), shape })
const asDense = (value: Tensor | PackedTensor | undefined): Tensor => {
  if (value?.kind !== 'dense') throw new Error('not dense')
  return value
}
const asPacked = (value: Tensor | PackedTensor | undefined): PackedTensor => {
  if (value?.kind !== 'packed') throw new Error('not packed')
  return value
}
const numbers = (value: Tensor | PackedTensor | undefined): number[] => [...(value?.toFloat32() ?? [])]

function refusal(run: () => unknown): EspalierError {
  try {
    run()
  } catch (error) {
    if (error instanceof EspalierError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('dense calls', () => {
  test('result, shape and axes', async () => {
    const policy = await load()
    const { Y } = policy.call('scale', { X: f32([1, 2, 3, 4, 5, 6], 2, 3) })
    expect(numbers(Y)).toEqual([3, 6, 9, 12, 15, 18])
    expect(asDense(Y).shape).toEqual([2, 3])
    expect(asDense(Y).axes).toEqual(['row', 'channel'])
    expect(asDense(Y).data).toEqual(Float32Array.of(3, 6, 9, 12, 15, 18))
    expect(asDense(Y).bytes).toBe(24)
  })

  test('parameters: per call, per instance, defaults', async () => {
    const policy = await load()
    const X = f32([1], 1, 1)
    expect(numbers(policy.call('scale', { X }, { factor: 10 }).Y)).toEqual([10])
    policy.set({ factor: '1/4' })
    expect(numbers(policy.call('scale', { X }).Y)).toEqual([0.25])
    expect(numbers(policy.call('scale', { X }, { factor: undefined }).Y)).toEqual([0.25])
  })

  test('the variant follows alternatives and dtypes', async () => {
    const policy = await load()
    expect(numbers(policy.call('scale', { X: f32([3], 1, 1) }, { rule: 'twice' }).Y)).toEqual([6])
    const { Y } = policy.call('scale', { X: { data: Int32Array.of(3), shape: [1, 1] } }, { rule: 'twice' })
    expect(asDense(Y).data).toEqual(Int32Array.of(6))
    expect(refusal(() => policy.call('scale', { X: { data: Int32Array.of(3), shape: [1, 1] } }))).toMatchObject({
      code: 'ESP4201',
      got: 'i32',
    })
    expect(refusal(() => policy.call('scale', { X: f32([3], 1, 1) }, { rule: 'never' })).code).toBe('ESP4206')
    expect(refusal(() => policy.call('scale', { X: f32([3], 1, 1) }, { rule: 'twise' })).message).toContain(
      'did you mean `twice`',
    )
  })

  test('numbers for tensors without axes, and scalars of the entry', async () => {
    const policy = await load()
    const { y } = policy.call('constant', { x: 1.5 }, { step: 4 })
    expect(asDense(y).shape).toEqual([])
    expect(asDense(y).item()).toBe(6)
    expect(numbers(policy.call('constant', { x: { data: [2], shape: [] } }, { step: -1 }).y)).toEqual([-2])
    expect(refusal(() => policy.call('constant', { x: 1 }))).toMatchObject({ code: 'ESP4105' })
    expect(refusal(() => policy.call('constant', { x: 1 }, { step: 0.5 }))).toMatchObject({ code: 'ESP4106' })
  })

  test('zero-length axes', async () => {
    const policy = await load()
    const { Y } = policy.call('scale', { X: f32([], 0, 5) })
    expect(asDense(Y).shape).toEqual([0, 5])
    expect(asDense(Y).data).toHaveLength(0)
  })

  test('extra leading axes are mapped over', async () => {
    const policy = await load()
    const { Y } = policy.call('scale', { X: f32([1, 2, 3, 4, 5, 6, 7, 8], 2, 2, 1, 2) })
    expect(asDense(Y).shape).toEqual([2, 2, 1, 2])
    expect(asDense(Y).axes).toEqual(['*', '*', 'row', 'channel'])
    expect(numbers(Y)).toEqual([3, 6, 9, 12, 15, 18, 21, 24])
    expect(asDense(policy.call('scale', { X: f32([], 0, 2, 3) }).Y).shape).toEqual([0, 2, 3])
  })

  test('resident tensors are used where they are', async () => {
    const policy = await load()
    const X = policy.tensor('f32', [1, 3], [1, 2, 3])
    const before = policy.memory.used
    const { Y } = policy.call('scale', { X })
    expect(policy.memory.used - before).toBe(16)
    const { Y: again } = policy.call('scale', { X: asDense(Y) })
    expect(numbers(again)).toEqual([9, 18, 27])
  })

  test('a view of the own memory survives growth during the call', async () => {
    const policy = await load()
    const X = policy.tensor('f32', [1, 40_000], new Float32Array(40_000).fill(2))
    const { Y } = policy.call('scale', { X: { data: X.data, shape: [1, 40_000] } })
    expect(asDense(Y).data.every((value) => value === 6)).toBe(true)
  })

  test('tensors of another instance are copied', async () => {
    const [one, other] = [await load(), await load()]
    const { Y } = other.call('scale', { X: one.tensor('f32', [1, 2], [1, 2]) })
    expect(numbers(Y)).toEqual([3, 6])
    const { P } = one.call('pack_positive', { X: f32([1, -1, 2, 3], 2, 2) })
    expect(numbers(other.call('row_sums', { P: asPacked(P) }).S)).toEqual([1, 5])
  })
})

describe('packed results', () => {
  const X = f32([1, -2, 3, 4, -5, 6, -7, -8, 9, 10], 2, 5)

  test('rows of one length', async () => {
    const policy = await load()
    const P = asPacked(policy.call('pack_first', { X }, { sparsity: 0.6 }).P)
    expect(P.keptPerRow).toBe(2)
    expect(P.kept).toBe(4)
    expect(P.density).toBe(0.4)
    expect(P.bytes).toBe(4 * 4 + 2 * 4)
    expect(Object.keys(P.parts)).toEqual(['words', 'values'])
    expect(P.dense()).toEqual({ dtype: 'f32', shape: [2, 5], data: Float32Array.of(1, -2, 0, 0, 0, 6, -7, 0, 0, 0) })
    expect([...P.mask()]).toEqual([1, 1, 0, 0, 0, 1, 1, 0, 0, 0])
  })

  test('ragged rows are cut to what was kept', async () => {
    const policy = await load()
    const P = asPacked(policy.call('pack_positive', { X }).P)
    expect(P.keptPerRow).toBeNull()
    expect(P.kept).toBe(6)
    expect([...(P.parts['offsets'] ?? [])]).toEqual([0, 3, 6])
    expect(P.parts['values']).toEqual(Float32Array.of(1, 3, 4, 6, 9, 10))
    expect(numbers(policy.call('row_sums', { P }).S)).toEqual([8, 25])
  })

  test('ragged rows over extra leading axes are joined, and read again', async () => {
    const policy = await load()
    const data = [1, -2, 3, 4, -5, -6, 7, 8, 9, -1, -1, -1]
    const P = asPacked(policy.call('pack_positive', { X: f32(data, 3, 2, 2) }).P)
    expect(P.shape).toEqual([3, 2, 2])
    expect([...(P.parts['offsets'] ?? [])]).toEqual([0, 1, 3, 3, 5, 6, 6])
    expect(numbers(P)).toEqual([1, 0, 3, 4, 0, 0, 7, 8, 9, 0, 0, 0])
    const { S } = policy.call('row_sums', { P })
    expect(asDense(S).shape).toEqual([3, 2])
    expect(numbers(S)).toEqual([1, 7, 0, 15, 9, 0])
    const none = asPacked(policy.call('pack_positive', { X: f32([], 0, 2, 2) }).P)
    expect([...(none.parts['offsets'] ?? [])]).toEqual([0])
    expect(numbers(policy.call('row_sums', { P: none }).S)).toEqual([])
  })

  test('rows of one length serve an entry that reads any', async () => {
    const policy = await load()
    const { P } = policy.call('pack_first', { X: f32([1, 2, 3, 4, 5, 6, 7, 8], 2, 2, 2) }, { sparsity: '50%' })
    expect(numbers(policy.call('row_sums', { P }).S)).toEqual([1, 3, 5, 7])
  })

  test('where their rows begin is made once and given back with them', async () => {
    const policy = await load()
    const P = asPacked(policy.call('pack_first', { X: f32([1, 2, 3, 4, 5, 6, 7, 8], 4, 2) }, { sparsity: '50%' }).P)
    const sums = (): readonly number[] => {
      const S = asDense(policy.call('row_sums', { P }).S)
      const found = numbers(S)
      S.release()
      return found
    }
    expect(sums()).toEqual([1, 3, 5, 7])
    const { used } = policy.memory
    expect(sums()).toEqual([1, 3, 5, 7])
    expect(policy.memory.used).toBe(used)
    P.release()
    expect(used - policy.memory.used).toBeGreaterThanOrEqual(4 * 5)
    expect(policy.memory.used).toBe(0)
  })

  test('nothing kept and empty rows', async () => {
    const policy = await load()
    const P = asPacked(policy.call('pack_first', { X }, { sparsity: 1 }).P)
    expect([P.kept, P.density, P.keptPerRow]).toEqual([0, 0, 0])
    expect(numbers(P)).toEqual(new Array(10).fill(0))
    const empty = asPacked(policy.call('pack_first', { X: f32([], 0, 5) }).P)
    expect([empty.density, empty.kept]).toEqual([0, 0])
  })

  test('dense where packed is taken, and the other way round', async () => {
    const policy = await load()
    expect(refusal(() => policy.call('row_sums', { P: X }))).toMatchObject({
      code: 'ESP4207',
      got: 'dense',
      expected: 'packed as bitmap(32)',
    })
    const { P } = policy.call('pack_first', { X })
    expect(refusal(() => policy.call('scale', { X: P })).message).toContain('X.dense()')
    expect(numbers(policy.call('scale', { X: asPacked(P).dense() }).Y)).toEqual([3, -6, 0, 0, 0, 18, -21, 0, 0, 0])
  })
})

describe('counted axes', () => {
  test('the extent is read after the step that counts it', async () => {
    const policy = await load()
    const C = asDense(policy.call('compact', { X: f32([5, -1, 2, -3, 1], 5) }).C)
    expect(C.shape).toEqual([3])
    expect(numbers(C)).toEqual([15, 6, 3])
    expect(asDense(policy.call('compact', { X: f32([-1, -1], 2) }).C).shape).toEqual([0])
  })

  test('cannot be mapped', async () => {
    const policy = await load()
    expect(refusal(() => policy.call('compact', { X: f32([1, 1], 2, 1) }))).toMatchObject({ code: 'ESP4305' })
  })
})

describe('state', () => {
  const X = f32([1, 2, 3, 4, 10, 20, 30, 40], 2, 4)

  test('is carried from call to call, and its extents with it', async () => {
    const policy = await load()
    policy.call('observe', { X })
    const { now } = policy.call('observe', { X })
    expect(numbers(now)).toEqual([22, 44, 66, 88])
    expect(policy.readState('power')).toEqual({ dtype: 'f32', shape: [4], data: Float32Array.of(22, 44, 66, 88) })
    expect(refusal(() => policy.call('observe', { X: f32(new Array(8).fill(0), 1, 8) }))).toMatchObject({
      code: 'ESP4301',
      axis: 'in',
      expected: 4,
      got: 8,
    })
  })

  test('reset, save, restore', async () => {
    const policy = await load()
    policy.call('observe', { X })
    const saved = policy.save()
    expect(Object.keys(saved)).toEqual(['power'])
    policy.reset()
    expect(policy.save()).toEqual({})
    policy.call('observe', { X: f32(new Array(8).fill(1), 1, 8) })
    policy.restore(saved)
    expect(numbers(policy.call('observe', { X }).now)).toEqual([22, 44, 66, 88])
    expect(refusal(() => policy.restore({ power: { dtype: 'i32', shape: [4], data: new Int32Array(4) } })).code).toBe('ESP4602')
    expect(refusal(() => policy.restore({ power: { dtype: 'f32', shape: [4], data: new Float32Array(3) } })).code).toBe('ESP4204')
    expect(refusal(() => policy.restore({ powr: saved['power']! })).message).toContain('did you mean `power`')
    expect(policy.readState('power').data).toEqual(Float32Array.of(22, 44, 66, 88))
  })

  test('independent states', async () => {
    const policy = await load()
    const state = policy.state()
    policy.call('observe', { X }, {}, state)
    expect(policy.save()).toEqual({})
    expect(state.read('power').data).toEqual(Float32Array.of(11, 22, 33, 44))
    const other = await load()
    expect(refusal(() => other.call('observe', { X }, {}, state)).code).toBe('ESP4603')
    state.release()
    expect(refusal(() => policy.call('observe', { X }, {}, state)).code).toBe('ESP4503')
  })

  test('a kernel that stops leaves the state and the memory as they were', async () => {
    const policy = await load()
    const first = asDense(policy.call('observe', { X }).now)
    const used = policy.memory.used
    expect(refusal(() => policy.call('explode', { X }))).toMatchObject({ code: 'ESP4701' })
    expect(policy.memory.used).toBe(used)
    expect(policy.readState('power').data).toEqual(first.data)
    const fresh = policy.state()
    expect(refusal(() => policy.call('explode', { X }, {}, fresh)).code).toBe('ESP4701')
    expect(fresh.save()).toEqual({})
    expect(policy.memory.used).toBe(used)
  })

  test('extents that no input shows come from sizes', async () => {
    const policy = await load()
    expect(refusal(() => policy.call('layers', {}))).toMatchObject({ code: 'ESP4303', axis: 'layer' })
    expect(refusal(() => policy.readState('depth'))).toMatchObject({ code: 'ESP4604', axis: 'layer' })
    const sized = await load({ sizes: { layer: 3 } })
    expect(numbers(sized.call('layers', {}).L)).toEqual([3, 3, 3])
    expect(sized.readState('depth').data).toEqual(Float32Array.of(1.5, 1.5, 1.5))
    expect(numbers(policy.call('layers', {}, {}, policy.state({ sizes: { layer: 1 } })).L)).toEqual([3])
    expect(refusal(() => policy.state({ sizes: { layr: 1 } })).message).toContain('did you mean `layer`')
    expect(refusal(() => policy.state({ sizes: { layer: -1 } })).code).toBe('ESP4209')
    expect(sized.call('layers', {}) && sized.save()['depth']?.shape).toEqual([3])
  })

  test('initial values are readable when pins and sizes give the shape', async () => {
    const policy = await load({ sizes: { quad: 2 } })
    expect(policy.readState('power').shape).toEqual([8])
    expect(refusal(() => policy.readState('powr')).message).toContain('did you mean `power`')
  })

  test('cannot be mapped over', async () => {
    const policy = await load()
    expect(refusal(() => policy.call('observe', { X: f32(new Array(8).fill(0), 2, 1, 4) }))).toMatchObject({ code: 'ESP4305' })
  })
})

describe('memory', () => {
  test('a thousand calls with released results do not grow it', async () => {
    const policy = await load()
    const X = f32(new Array(5000).fill(1), 50, 100)
    const round = (): void => {
      for (const output of Object.values({
        ...policy.call('scale', { X }),
        ...policy.call('pack_positive', { X }),
        ...policy.call('compact', { X: f32([1, 2], 2) }),
      }))
        output.release()
      policy.call('observe', { X: f32([1, 2, 3, 4], 1, 4) })['now']?.release()
    }
    round()
    const { bytes, used } = policy.memory
    for (let i = 0; i < 1000; i++) round()
    expect(policy.memory).toEqual({ bytes, used })
  })

  test('out of memory says what and how much, and changes nothing', async () => {
    const policy = await load({ maxBytes: 1 << 20 })
    policy.call('observe', { X: f32([1, 2, 3, 4], 1, 4) })
    const used = policy.memory.used
    const error = refusal(() => policy.call('scale', { X: f32(new Array(200_000).fill(0), 1, 200_000) }))
    expect(error).toMatchObject({ code: 'ESP4501' })
    expect(error.message).toMatch(/needs 781\.3 KiB, with 781\.3 KiB of at most 1 MiB in use/)
    expect(policy.memory.used).toBe(used)
    expect(numbers(policy.call('scale', { X: f32([1], 1, 1) }).Y)).toEqual([3])
  })

  test('tensors beyond the address space are refused before anything is allocated', async () => {
    const policy = await load({ sizes: { layer: 2 ** 31 } })
    const bytes = policy.memory.bytes
    expect(refusal(() => policy.call('layers', {}))).toMatchObject({ code: 'ESP4502' })
    expect(refusal(() => policy.tensor('f32', [2 ** 20, 2 ** 20]))).toMatchObject({ code: 'ESP4502' })
    expect(refusal(() => policy.state({ sizes: { layer: 2 ** 52 } }).read('depth')).code).toBe('ESP4502')
    expect(policy.memory.bytes).toBe(bytes)
  })

  test('tensors that nobody holds are released', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const policy = await load()
    const make = (): void => {
      for (let i = 0; i < 50; i++) policy.call('pack_positive', { X: f32(new Array(1000).fill(1), 1, 1000) })
    }
    make()
    expect(policy.memory.used).toBeGreaterThan(50 * 4000)
    for (let i = 0; i < 50 && policy.memory.used > 0; i++) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      collect()
    }
    expect(policy.memory.used).toBe(0)
  })

  test('use after release', async () => {
    const policy = await load()
    const Y = asDense(policy.call('scale', { X: f32([1], 1, 1) }).Y)
    Y.release()
    Y.release()
    expect(Y.released).toBe(true)
    expect(refusal(() => Y.data).message).toContain('tensor `Y` was released')
    expect(refusal(() => policy.call('scale', { X: Y })).code).toBe('ESP4503')
    const P = asPacked(policy.call('pack_first', { X: f32([1], 1, 1) }).P)
    policy.release()
    policy.release()
    for (const run of [
      () => P.dense(),
      () => policy.call('scale', {}),
      () => policy.tensor('f32', [1]),
      () => policy.readState('power'),
      () => policy.state(),
    ])
      expect(refusal(run).code).toBe('ESP4503')
    expect(P.released).toBe(true)
  })
})

describe('refusals before anything runs', () => {
  const X = f32([1, 2], 1, 2)

  test.each<[string, unknown, object, string]>([
    ['unknown entry', ['scal', { X }], {}, 'ESP4101'],
    ['missing input', ['scale', {}], {}, 'ESP4102'],
    ['unknown input', ['scale', { X, x: X }], {}, 'ESP4103'],
    ['unknown parameter', ['scale', { X }, { factr: 1 }], {}, 'ESP4104'],
    ['parameter of a wrong kind', ['scale', { X }, { factor: 'many' }], {}, 'ESP4106'],
    ['ratio in percent', ['pack_first', { X }, { sparsity: 70 }], {}, 'ESP4107'],
    ['ratio below zero', ['pack_first', { X }, { sparsity: -0.1 }], {}, 'ESP4107'],
    ['NaN', ['pack_first', { X }, { sparsity: NaN }], {}, 'ESP4106'],
    ['dtype', ['pack_first', { X: { data: Int32Array.of(1, 2), shape: [1, 2] } }], { expected: 'f32', got: 'i32' }, 'ESP4201'],
    ['said dtype', ['pack_first', { X: { data: Float32Array.of(1, 2), shape: [1, 2], dtype: 'f16' } }], {}, 'ESP4203'],
    ['no dtype', ['pack_first', { X: { data: Float32Array.of(1, 2), shape: [1, 2], dtype: 'f64' } }], {}, 'ESP4203'],
    ['doubles', ['pack_first', { X: { data: Float64Array.of(1, 2), shape: [1, 2] } }], {}, 'ESP4203'],
    ['no tensor', ['scale', { X: 'x' }], {}, 'ESP4203'],
    ['words in an array', ['scale', { X: { data: ['1'], shape: [1, 1] } }], {}, 'ESP4203'],
    ['length', ['scale', { X: { data: Float32Array.of(1, 2), shape: [1, 3] } }], { expected: 3, got: 2 }, 'ESP4204'],
    ['rank', ['scale', { X: { data: Float32Array.of(1, 2), shape: [2] } }], { expected: 2, got: 1 }, 'ESP4205'],
    ['a number for a tensor', ['scale', { X: 1 }], { expected: 2, got: 0 }, 'ESP4205'],
    ['fractional extent', ['scale', { X: { data: Float32Array.of(1, 2), shape: [1, 1.5] } }], {}, 'ESP4209'],
    ['negative extent', ['scale', { X: { data: Float32Array.of(1, 2), shape: [-1, -2] } }], {}, 'ESP4209'],
    ['no shape', ['scale', { X: { data: Float32Array.of(1, 2), shape: 2 } }], {}, 'ESP4209'],
    ['not a multiple of a factor', ['observe', { X: f32([1, 2, 3], 1, 3) }], { axis: 'in', got: 3 }, 'ESP4302'],
  ])('%s', async (_what, call, details, code) => {
    const policy = await load()
    const error = refusal(() => policy.call(...(call as Parameters<Policy['call']>)))
    expect(error).toMatchObject({ code, ...details })
    expect(policy.memory.used).toBe(0)
  })

  test('70 says how to write 70 %', async () => {
    const policy = await load()
    expect(refusal(() => policy.call('pack_first', { X }, { sparsity: 70 })).message).toContain("'70%' or 0.7")
  })
})

describe('loading', () => {
  test('bytes, buffers, modules, responses and files', async () => {
    const bytes = sampleWasm()
    const module = await WebAssembly.compile(bytes)
    const response = new Response(bytes, { headers: { 'content-type': 'application/wasm' } })
    for (const source of [bytes, bytes.buffer, module, response, Promise.resolve(new Response(bytes))])
      expect((await instantiate(sampleManifest, source)).name).toBe('sample')
    await expect(instantiate(sampleManifest, new URL('file:///nowhere/x.wasm'))).rejects.toMatchObject({ code: 'ESP4003' })
    await expect(instantiate(sampleManifest, 'relative.wasm')).rejects.toMatchObject({ code: 'ESP4003' })
    await expect(instantiate(sampleManifest, new Uint8Array(8))).rejects.toMatchObject({ code: 'ESP4003' })
    await expect(instantiate(sampleManifest, new Response('no', { status: 404 }))).rejects.toThrow(/404/)
    await expect(instantiate(sampleManifest, { some: 'thing' } as never)).rejects.toMatchObject({ code: 'ESP4003' })
  })

  test('a manifest of another build', async () => {
    await expect(load({}, { ...sampleManifest, abi: 2 as 1 })).rejects.toMatchObject({ code: 'ESP4002' })
    const [entry] = sampleManifest.entries
    const variants = entry!.variants.map((variant) => ({
      ...variant,
      steps: [{ op: 'launch', kernel: 'gone', args: [] } as const],
    }))
    await expect(load({}, { ...sampleManifest, entries: [{ ...entry!, variants }] })).rejects.toMatchObject({ code: 'ESP4004' })
  })
})
