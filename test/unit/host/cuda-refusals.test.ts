/** What a policy on CUDA refuses: each with its code, with nothing left behind; and the examples of ESP49xx. */
import { describe, expect, test } from 'vitest'
import { diagnosticCodes, diagnosticRow } from '../../../compiler/diagnostics/catalogue.ts'
import { instantiateWith } from '../../../host/runtime/cuda/instantiate.ts'
import { EspalierError, type InstanceOptions, type Policy } from '../../../host/runtime/cuda/index.ts'
import { openCompiler, openDriver } from '../../../host/runtime/cuda/open-library.ts'
import { instantiate as instantiateWasm } from '../../../host/runtime/wasm/index.ts'
import { FakeCuda } from '../../support/fake-cuda.ts'
import { sampleCuda, sampleCudaManifest, sampleKernels } from './sample-cuda.ts'
import { sampleManifest, sampleWasm } from './sample-policy.ts'

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>
const load = (gpu: FakeCuda, options: InstanceOptions = {}, text = sampleCuda): Promise<Policy> =>
  instantiateWith(gpu, sampleCudaManifest, bytesOf(text), options)
const X = { data: Float32Array.of(1, -2, 3, 4), shape: [1, 4] }
const trapping = `${sampleCuda} // asm("trap;")`

async function refusal(run: () => unknown): Promise<EspalierError> {
  try {
    await run()
  } catch (error) {
    if (error instanceof EspalierError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

function expectNothingLeft(gpu: FakeCuda, policy: Policy): void {
  expect(policy.memory.used).toBe(0)
  policy.release()
  expect(policy.memory).toEqual({ bytes: 0, used: 0, buffers: 0 })
  expect(gpu.memory.used).toBe(0)
}

describe('libraries', () => {
  test('that are not there are said in one line', async () => {
    const missing = { missing: expect.stringContaining('libnothing.so does not load') }
    expect(await openDriver(['libnothing.so'])).toEqual(missing)
    expect(await openCompiler(['libnothing.so', 'libnothing.so.1'])).toEqual(missing)
  })

  test('that are something else', async () => {
    expect(await openDriver(['libc.so.6'])).toEqual({ missing: expect.stringContaining('libc.so.6 does not load') })
  })
})

describe('GPUs', () => {
  test('of which there is none, or none of that number', async () => {
    const gpu = new FakeCuda(sampleKernels)
    expect((await refusal(() => load(gpu, { device: 1 }))).message).toMatch(/ESP4901.*no GPU 1; the driver shows 1/)
    expect((await refusal(() => load(gpu, { device: 0.5 }))).message).toMatch(/ESP4901/)
    gpu.devices = 0
    expect((await refusal(() => load(gpu))).message).toMatch(/ESP4901.*finds no GPU/)
    gpu.initStatus = 100
    expect((await refusal(() => load(gpu))).message).toMatch(/ESP4901.*CUDA_ERROR_NO_DEVICE \(no CUDA-capable device/)
  })

  test('a stream that is none', async () => {
    const gpu = new FakeCuda(sampleKernels)
    expect(await refusal(() => load(gpu, { stream: 5 as never }))).toMatchObject({ code: 'ESP4203' })
  })
})

test('what needs no GPU is refused as on WebAssembly', async () => {
  const gpu = new FakeCuda(sampleKernels)
  const policy = await load(gpu)
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
      () => policy.restore({ power: { dtype: 'i32', shape: [4], data: new Int32Array(4) } }),
    ].map(async (run) => (await refusal(run)).code),
  )
  expect(codes).toEqual([
    ...['ESP4101', 'ESP4102', 'ESP4103', 'ESP4104', 'ESP4204'],
    ...['ESP4201', 'ESP4207', 'ESP4601', 'ESP4602'],
  ])
  expectNothingLeft(gpu, policy)
})

test('released tensors and instances, also in the middle of a call', async () => {
  const gpu = new FakeCuda(sampleKernels)
  const policy = await load(gpu)
  const { Y } = await policy.call('scale', { X })
  Y!.release()
  expect(await refusal(() => Y!.toFloat32())).toMatchObject({ code: 'ESP4503' })
  expect(await refusal(() => policy.call('scale', { X: Y as never }))).toMatchObject({ code: 'ESP4503' })
  const tensor = policy.tensor('f32', [4], [1, 2, 3, 4])
  const read = tensor.data()
  tensor.release()
  expect([...(await read)]).toEqual([1, 2, 3, 4])
  const token = { data: X.data, shape: [4] }
  const calls = [policy.call('compact', { X: token }), policy.call('scale', { X }), policy.finished()]
  policy.release()
  for (const waiting of calls) expect(await refusal(() => waiting)).toMatchObject({ code: 'ESP4503' })
  expect(gpu.memory.used).toBe(0)
  expect(await refusal(() => policy.call('scale', { X }))).toMatchObject({ code: 'ESP4503' })
})

describe('pointers of the caller', () => {
  const given = (pointer: unknown) => ({ X: { pointer, shape: [1, 4], dtype: 'f32' as const } as never })

  const wrong: readonly (readonly [string, (at: bigint) => unknown, RegExp])[] = [
    ['a number', (_at: bigint) => 4096, /is 4096, but it must be an address as a bigint/],
    ['null', () => 0n, /0x0 is not in device memory/],
    ['nowhere', () => 0x10n, /not in device memory/],
    ['misaligned', (at: bigint) => at + 4n, /multiple of 16/],
    ['too short', (at: bigint) => at + 16n, /has 8 bytes of its memory behind it, but it must have 16/],
  ]

  test.each(wrong)('%s', async (_what, pointer, message) => {
    const gpu = new FakeCuda(sampleKernels)
    const policy = await load(gpu)
    const error = await refusal(() => policy.call('scale', given(pointer(gpu.memory.allocate(24)))))
    expect(error).toMatchObject({ code: 'ESP4903' })
    expect(error.message).toMatch(message)
    expect(error.message).toContain('`X`')
    policy.release()
  })

  test('without what says how to read it', async () => {
    const gpu = new FakeCuda(sampleKernels)
    const policy = await load(gpu)
    const pointer = gpu.memory.allocate(16)
    expect(await refusal(() => policy.call('scale', { X: pointer as never }))).toMatchObject({ code: 'ESP4203' })
    expect(await refusal(() => policy.call('scale', { X: { pointer } as never }))).toMatchObject({ code: 'ESP4202' })
    expect(await refusal(() => policy.call('scale', { X: { pointer, dtype: 'f32' } as never }))).toMatchObject({
      code: 'ESP4209',
    })
    policy.release()
  })
})

test('memory: of the instance, and of the GPU', async () => {
  const gpu = new FakeCuda(sampleKernels)
  gpu.memoryBytes = 512
  const small = await load(gpu, { maxBytes: 256 })
  expect(await refusal(() => small.tensor('f32', [4096]))).toMatchObject({ code: 'ESP4806' })
  expect(await refusal(() => small.tensor('f32', [100]))).toMatchObject({ code: 'ESP4501' })
  small.release()
  const policy = await load(gpu)
  const kept = policy.tensor('f32', [64])
  expect((await refusal(() => policy.call('scale', { X }))).message).toMatch(/ESP4806.*of `scale` needs 16 B, with 512 B in use/)
  kept.release()
  expectNothingLeft(gpu, policy)
})

describe('kernels', () => {
  test('that NVRTC refuses: which, and its first lines', async () => {
    const gpu = new FakeCuda(sampleKernels)
    const policy = await load(gpu, {}, 'void scale(')
    const error = await refusal(() => policy.call('scale', { X }))
    expect(error.message).toMatch(
      /ESP4906: NVRTC refuses kernel `scale`: NVRTC_ERROR_COMPILATION: policy.cu\(1\): error: expected a declaration/,
    )
    expectNothingLeft(gpu, policy)
  })

  test('without NVRTC and without a cubin', async () => {
    const gpu = new FakeCuda(sampleKernels)
    const without = { driver: gpu.driver, compiler: { missing: 'npm install it' } }
    const policy = await instantiateWith(without, sampleCudaManifest, bytesOf(sampleCuda))
    const error = await refusal(() => policy.call('scale', { X }))
    expect(error.message).toMatch(/ESP4902.*Fake 0 \(sm_90\).*npm install it.*--target cuda --cubin sm_90/)
    expectNothingLeft(gpu, policy)
  })

  test('that fault: their names, and nothing more of that GPU', async () => {
    const gpu = new FakeCuda(sampleKernels)
    const [policy, other] = [await load(gpu, {}, trapping), await load(gpu)]
    const { Y } = await policy.call('scale', { X })
    const error = await refusal(() => Y!.toFloat32())
    expect(error.message).toMatch(/ESP4905: kernel `scale` failed on the GPU: CUDA_ERROR_LAUNCH_FAILED \(unspecified launch/)
    for (const run of [
      () => policy.call('scale', { X }),
      () => other.call('scale', { X }),
      () => other.tensor('f32', [1]),
      () => other.finished(),
      () => load(gpu),
    ])
      expect(await refusal(run)).toMatchObject({ code: 'ESP4905' })
    policy.release()
    expect(policy.memory).toEqual({ bytes: 0, used: 0, buffers: 0 })
  })
})

test('results that WebAssembly does not confirm', async () => {
  const reference = await instantiateWasm(sampleManifest, sampleWasm())
  const right = await load(new FakeCuda(sampleKernels), { verify: { policy: reference, every: 2 } })
  for (let i = 0; i < 3; i++) {
    await right.call('observe', { X: right.tensor('f32', [1, 4], X.data) })
    await right.call('pack_positive', { X })
  }
  const gpu = new FakeCuda({ ...sampleKernels, scale: sampleKernels['double_i32']! })
  const wrong = await load(gpu, { verify: reference })
  expect((await refusal(() => wrong.call('scale', { X }))).message).toMatch(/ESP4808: `Y` of `scale`/)
  expectNothingLeft(gpu, wrong)
})

describe('examples', () => {
  const codes = diagnosticCodes().filter((code) => diagnosticRow(code).example.kind === 'cuda')

  test.each(codes)('%s', async (code) => {
    const { example } = diagnosticRow(code)
    if (example.kind !== 'cuda') throw new Error('unreachable')
    expect(await refusal(() => play(example.wrong))).toMatchObject({ code })
    await play(example.right)
  })

  /** Runs a program with what the examples speak of, on a GPU of its own. */
  async function play(text: string): Promise<void> {
    const gpu = new FakeCuda(sampleKernels)
    const process = { env: {} as Record<string, string> }
    const loadScale = async ({ source, ...options }: InstanceOptions & { readonly source?: Uint8Array<ArrayBuffer> } = {}) => {
      const isWithout = 'ESPALIER_LIBNVRTC' in process.env
      const libraries = { driver: gpu.driver, compiler: isWithout ? { missing: 'libnothing.so' } : gpu.compiler }
      const policy = await instantiateWith(libraries, sampleCudaManifest, source ?? bytesOf(sampleCuda), options)
      return Object.assign(policy, { scale: (inputs: object) => policy.call('scale', { ...inputs }) })
    }
    const scope = {
      ...{ load: loadScale, process, cubin: bytesOf('scale'), trapping: bytesOf(trapping) },
      reserve: (size: number) => gpu.memory.allocate(size),
    }
    const run = new Function(...Object.keys(scope), `return (async () => {\n${text}\n})()`)
    await run(...Object.values(scope))
  }
})
