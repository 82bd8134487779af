/** What a policy on a device refuses: each with its code, at once, with nothing left behind; and the examples of ESP48xx. */
import { afterEach, describe, expect, test } from 'vitest'
import type { Manifest } from '../../../abi/manifest.ts'
import { diagnosticCodes, diagnosticRow } from '../../../compiler/diagnostics/catalogue.ts'
import { EspalierError, instantiate, type InstanceOptions, type Policy } from '../../../host/runtime/webgpu/index.ts'
import { instantiate as instantiateWasm } from '../../../host/runtime/wasm/index.ts'
import { exhausted } from '../../support/exhausted-device.ts'
import { describeGpu, openDevice, theGpu } from '../../support/gpu.ts'
import { sampleManifest, sampleWasm } from './sample-policy.ts'
import { sampleGridManifest, sampleShader, teamManifest, teamShader } from './sample-shader.ts'

const USAGE = { MAP_READ: 0x01, COPY_SRC: 0x04, COPY_DST: 0x08, UNIFORM: 0x40, STORAGE: 0x80 } as const

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>
const load = (options: InstanceOptions = {}, manifest: Manifest = sampleGridManifest, text = sampleShader): Promise<Policy> =>
  instantiate(manifest, bytesOf(text), options)
const X = { data: Float32Array.of(1, -2, 3, 4), shape: [1, 4] }
const token = { data: X.data, shape: [4] }

async function refusal(run: () => unknown): Promise<EspalierError> {
  try {
    await run()
  } catch (error) {
    if (error instanceof EspalierError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

/** Nothing of the instance is left on its device. */
function expectNothingLeft(policy: Policy): void {
  expect(policy.memory.used).toBe(0)
  policy.release()
  expect(policy.memory).toEqual({ bytes: 0, used: 0, buffers: 0 })
}

describe('without WebGPU', () => {
  test('the refusal says how to get it', async () => {
    const found = Object.getOwnPropertyDescriptor(globalThis, 'navigator')
    const gpu = { requestAdapter: async () => null } as unknown as GPU
    expect(await refusal(() => load({ gpu }))).toMatchObject({ code: 'ESP4801' })
    const failing = { requestAdapter: () => Promise.reject(new Error('blocked')) } as unknown as GPU
    expect((await refusal(() => load({ gpu: failing }))).message).toMatch(/blocked.*npm package `webgpu`/)
    const refusing = { features: new Set(), limits: {}, requestDevice: () => Promise.reject(new Error('no device left')) }
    const spent = { requestAdapter: async () => refusing } as unknown as GPU
    expect(await refusal(() => load({ gpu: spent }))).toMatchObject({
      code: 'ESP4801',
      message: expect.stringContaining('no device left'),
    })
    expect(Object.getOwnPropertyDescriptor(globalThis, 'navigator')).toEqual(found)
  })
})

describeGpu('refusals on a device', () => {
  const devices: GPUDevice[] = []
  const open = async (): Promise<GPUDevice> => {
    const device = await openDevice('default limits')
    devices.push(device)
    return device
  }
  afterEach(() => {
    for (const device of devices.splice(0)) device.destroy()
  })

  test('what needs no device is refused as on WebAssembly', async () => {
    const policy = await load({ device: await open() })
    const codes = await Promise.all(
      [
        () => policy.call('scal', {}),
        () => policy.call('scale', {}),
        () => policy.call('scale', { x: X }),
        () => policy.call('scale', { X }, { factr: 1 }),
        () => policy.call('scale', { X: { data: X.data, shape: [2, 4] } }),
        () => policy.call('scale', { X: { data: Int32Array.of(1), shape: [1, 1] } }),
        () => policy.call('row_sums', { P: X as never }),
        () => policy.readState('powr'),
        () => policy.readState('power'),
        () => policy.restore({ power: { dtype: 'i32', shape: [4], data: new Int32Array(4) } }),
      ].map(async (run) => (await refusal(run)).code),
    )
    expect(codes).toEqual([
      ...['ESP4101', 'ESP4102', 'ESP4103', 'ESP4104', 'ESP4204'],
      ...['ESP4201', 'ESP4207', 'ESP4601', 'ESP4604', 'ESP4602'],
    ])
    expectNothingLeft(policy)
  })

  test('a device that was lost before a call', async () => {
    const device = await open()
    const policy = await load({ device })
    await policy.call('observe', { X })
    device.destroy()
    await device.lost
    expect(await refusal(() => policy.call('scale', { X }))).toMatchObject({ code: 'ESP4802' })
    expect(await refusal(() => policy.save())).toMatchObject({ code: 'ESP4802' })
    expect(await refusal(() => policy.tensor('f32', [1]))).toMatchObject({ code: 'ESP4802' })
    expect(await refusal(() => load({ device }))).toMatchObject({ code: 'ESP4802' })
    policy.release()
    expect(policy.memory.buffers).toBe(0)
  })

  test.each(['compact', 'observe'])(
    'a device that is lost in the middle of %s: every waiting promise is rejected',
    async (entry) => {
      const device = await open()
      const policy = await load({ device })
      const tensor = policy.tensor('f32', [4], [1, 2, 3, 4])
      const calls = [1, 2, 3].map(() => policy.call(entry, { X: entry === 'compact' ? token : X }))
      const read = tensor.data()
      device.destroy()
      for (const waiting of [...calls, read]) expect(await refusal(() => waiting)).toMatchObject({ code: 'ESP4802' })
      policy.release()
      expect(policy.memory.buffers).toBe(0)
    },
  )

  test('an instance that is released in the middle of a call', async () => {
    const policy = await load({ device: await open() })
    const calls = [policy.call('compact', { X: token }), policy.call('scale', { X })]
    policy.release()
    for (const waiting of calls) expect(await refusal(() => waiting)).toMatchObject({ code: 'ESP4503' })
    expect(policy.memory).toEqual({ bytes: 0, used: 0, buffers: 0 })
    expect(await refusal(() => policy.call('scale', { X }))).toMatchObject({ code: 'ESP4503' })
  })

  test('tensors that were released', async () => {
    const policy = await load({ device: await open() })
    const { Y } = await policy.call('scale', { X })
    Y!.release()
    Y!.release()
    expect(await refusal(() => Y!.toFloat32())).toMatchObject({ code: 'ESP4503' })
    expect(await refusal(() => policy.call('scale', { X: Y as never }))).toMatchObject({ code: 'ESP4503' })
    expectNothingLeft(policy)
  })

  describe('buffers of the caller', () => {
    const given = (buffer: GPUBuffer, more: object = {}) => ({ X: { buffer, shape: [1, 4], dtype: 'f32' as const, ...more } })

    test.each([
      ['usage', { size: 16, usage: USAGE.COPY_DST | USAGE.UNIFORM }, {}, /usage 0x48.*STORAGE/],
      ['size', { size: 12, usage: USAGE.STORAGE }, {}, /has 12 bytes.*have 16 bytes/],
      ['size behind an offset', { size: 24, usage: USAGE.STORAGE }, { offset: 12 }, /12 lie behind byte 12/],
      ['offset', { size: 64, usage: USAGE.STORAGE }, { offset: 2 }, /multiple of 4/],
      ['mapped', { size: 16, usage: USAGE.STORAGE, mappedAtCreation: true }, {}, /is mapped/],
    ] as const)('%s', async (_what, descriptor, more, message) => {
      const device = await open()
      const policy = await load({ device })
      const error = await refusal(() => policy.call('scale', given(device.createBuffer(descriptor), more)))
      expect(error).toMatchObject({ code: 'ESP4803' })
      expect(error.message).toMatch(message)
      expect(error.message).toContain('`X`')
      expectNothingLeft(policy)
    })

    test('one that was destroyed, or belongs to another device', async () => {
      const [device, other] = [await open(), await open()]
      const policy = await load({ device })
      const gone = device.createBuffer({ size: 16, usage: USAGE.STORAGE })
      gone.destroy()
      expect((await refusal(() => policy.call('scale', given(gone)))).message).toMatch(/ESP4803.*`X` was destroyed/)
      const foreign = other.createBuffer({ size: 16, usage: USAGE.STORAGE })
      expect((await refusal(() => policy.call('scale', given(foreign)))).message).toMatch(/ESP4803.*`X`.*belong to the device/)
      expect((await policy.call('scale', { X })).Y!.shape).toEqual([1, 4])
      policy.release()
    })

    test('without what says how to read it', async () => {
      const device = await open()
      const policy = await load({ device })
      const buffer = device.createBuffer({ size: 16, usage: USAGE.STORAGE })
      expect(await refusal(() => policy.call('scale', { X: buffer as never }))).toMatchObject({ code: 'ESP4203' })
      expect(await refusal(() => policy.call('scale', { X: { buffer, shape: [1, 4] } }))).toMatchObject({ code: 'ESP4202' })
      expect(await refusal(() => policy.call('scale', { X: { buffer, shape: [1, 4], dtype: 'f16' } }))).toMatchObject({
        code: 'ESP4201',
      })
      expectNothingLeft(policy)
    })
  })

  test('tensors and bindings over the limits of the device', async () => {
    const policy = await load({ device: await open() })
    const tensor = await refusal(() => policy.tensor('f32', [2 ** 27]))
    expect(tensor).toMatchObject({ code: 'ESP4805' })
    expect(tensor.message).toMatch(/512 MiB.*`maxBufferSize`.*256 MiB.*limits: 'adapter'/)
    const large = policy.tensor('f32', [2 ** 25 + 1, 1])
    const bound = await refusal(() => policy.call('scale', { X: large }))
    expect(bound.message).toMatch(/ESP4805.*output `Y`.*128.* MiB.*`maxStorageBufferBindingSize`/)
    large.release()
    expectNothingLeft(policy)
  })

  test('memory: of the instance, and of the device', async () => {
    const device = await open()
    const small = await load({ device, maxBytes: 4096 })
    expect(await refusal(() => small.tensor('f32', [4096]))).toMatchObject({ code: 'ESP4501' })
    small.release()
    const policy = await load({ device: exhausted(device) })
    const error = await refusal(() => policy.call('scale', { X }))
    expect(error.message).toMatch(/ESP4806.*of `scale` needs 16 B/)
    expectNothingLeft(policy)
  })

  test('a shader that does not compile: which kernel, where, why', async () => {
    const broken = sampleShader.replace('* f;', '* g;')
    const policy = await load({ device: await open() }, sampleGridManifest, broken)
    const error = await refusal(() => policy.call('scale', { X }))
    expect(error.message).toMatch(/ESP4807: WebGPU refuses kernel `scale` at line \d+, column \d+: `.*\* g;`: .*'g'/)
    expectNothingLeft(policy)
    const teams = await load({ device: await open() }, teamManifest, teamShader.replace('fn many(', 'fn few('))
    const inputs = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`X${i}`, token]))
    expect((await refusal(() => teams.call('many', inputs))).message).toMatch(/ESP4807.*`many`/)
    expectNothingLeft(teams)
  })

  test('results that WebAssembly does not confirm', async () => {
    const device = await open()
    const reference = await instantiateWasm(sampleManifest, sampleWasm())
    const policy = await load({ device, verify: { policy: reference, every: 2 } })
    const rows = { data: Float32Array.of(1, -2, 3, 4, 5, 6, 7, 8), shape: [2, 4] }
    for (let i = 0; i < 3; i++) {
      await policy.call('observe', { X: policy.tensor('f32', [2, 4], rows.data) })
      const { P } = await policy.call('pack_positive', { X: rows })
      await policy.call('row_sums', { P: P as never })
      await policy.call('compact', { X: token })
    }
    policy.release()
    const wrong = sampleShader.replace('* f;', '* f + f32(point == 2u);')
    const other = await load({ device, verify: reference }, sampleGridManifest, wrong)
    const error = await refusal(() => other.call('scale', { X }, { factor: 2 }))
    expect(error.message).toMatch(/ESP4808: `Y` of `scale` is 7 on the GPU and 6 on WebAssembly, first at \[0, 2\]/)
    expectNothingLeft(other)
    const stranger = await instantiateWasm({ ...sampleManifest, hash: '1'.repeat(64) }, sampleWasm())
    expect(await refusal(() => load({ device, verify: stranger }))).toMatchObject({ code: 'ESP4203' })
  })

  describe('examples', () => {
    const codes = diagnosticCodes().filter((code) => diagnosticRow(code).example.kind === 'device')

    test.each(codes)('%s', async (code) => {
      const { example } = diagnosticRow(code)
      if (example.kind !== 'device') throw new Error('unreachable')
      expect(await refusal(() => play(example.wrong))).toMatchObject({ code })
      await play(example.right)
    })

    /** Runs a program with what the examples speak of. */
    async function play(text: string): Promise<void> {
      const same = await instantiateWasm(sampleManifest, sampleWasm())
      const another = {
        manifest: same.manifest,
        state: () => same.state(),
        call: (entry: string) => same.call(entry, { X: { ...X, shape: [4, 1] } }),
      }
      const loadScale = async ({ source, ...options }: InstanceOptions & { readonly source?: Uint8Array<ArrayBuffer> }) => {
        const policy = await instantiate(sampleGridManifest, source ?? bytesOf(sampleShader), options)
        return Object.assign(policy, { scale: (inputs: object) => policy.call('scale', { ...inputs }) })
      }
      const scope = {
        ...{ load: loadScale, device: await open(), exhausted, same, another },
        ...{ navigator: { gpu: theGpu() }, GPUBufferUsage: USAGE },
      }
      const run = new Function(...Object.keys(scope), `return (async () => {\n${text}\n})()`)
      await run(...Object.values(scope))
    }
  })
})
