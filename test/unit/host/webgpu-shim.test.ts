/** The generated shim for WebGPU: type-checks under strict with and without declarations of WebGPU, refuses misuse, and runs. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { emitRuntime, emitShim } from '../../../host/emit.ts'
import { describeGpu } from '../../support/gpu.ts'
import { sampleGridManifest, sampleShader } from './sample-shader.ts'
import { typeProblems } from './type-problems.ts'

const shim = emitShim(sampleGridManifest, { target: 'wgsl' })
const runtime = emitRuntime('wgsl')
const FILES = { 'sample.wgsl.ts': shim.ts, 'espalier-webgpu-runtime.d.ts': runtime.dts }
const DECLARED = { 'sample.wgsl.d.ts': shim.dts }

const USER = `import { EspalierError, load, manifest } from './sample.wgsl.js'
import type { PackedTensor, SamplePolicy, Tensor } from './sample.wgsl.js'

const policy: SamplePolicy = await load()
await load({ limits: 'adapter', features: [], powerPreference: 'high-performance', sizes: { layer: 3 } })
await load({ source: new Uint8Array(8), limits: { maxBufferSize: 2 ** 30 } })
const X = { data: new Float32Array(4), shape: [2, 2] }
const { P } = await policy.pack_first({ X }, { sparsity: '70%' })
const packed: PackedTensor<'f32'> = P
const { S } = await policy.row_sums({ P })
const sums: Float32Array = await S.data()
await policy.scale({ X: { buffer: S.buffer, offset: S.offset, shape: [1, 2], dtype: 'f32' } })
const { Y } = await policy.scale({ X: { data: [1, 2], shape: [1, 2], dtype: 'i32' } }, { rule: 'twice', factor: 2 })
const either: Tensor<'f32' | 'i32'> = Y
await policy.constant({ x: 2 }, { step: 3n, factor: 1 })
await policy.scale({ X: await P.dense() })
const state = policy.state()
await policy.observe({ X: policy.tensor('f32', [2, 4]) }, {}, state)
policy.set({ sparsity: undefined })
const power = (await policy.readState('power')).data
const known: boolean = power instanceof Float32Array && EspalierError.name === 'EspalierError' && manifest.policy === 'sample'
export { either, known, packed, sums }
`

const MISUSE: readonly (readonly [string, RegExp])[] = [
  ['const early: Float32Array = policy.tensor("f32", [1]).data()', /TS2322|TS2740|TS2739/],
  ['policy.scale({ X }).Y', /TS2339/],
  ['policy.row_sums({ P: X })', /TS2322|TS2740|TS2739/],
  ["load({ limits: 'all' })", /TS2322|TS2820/],
  ["load({ features: ['f16'] })", /TS2322/],
]

describe('types', () => {
  test('the shim, its runtime and its declarations are strict', () => {
    expect(typeProblems(FILES, ['sample.wgsl.ts'])).toEqual([])
    expect(typeProblems(DECLARED, ['sample.wgsl.d.ts'])).toEqual([])
  })

  test.each([
    ['source', FILES],
    ['declarations', DECLARED],
  ])('a user of the %s', (_what, files) => {
    expect(typeProblems({ ...files, 'user.ts': USER }, ['user.ts'])).toEqual([])
  })

  test('where there are declarations of WebGPU, they are used', () => {
    const user = `declare global {
  interface GPUDevice { readonly queue: object }
  interface GPUBuffer { readonly mapState: string }
  var GPUDevice: { prototype: GPUDevice }
  var GPUBuffer: { prototype: GPUBuffer }
}
import { load } from './sample.wgsl.js'
declare const device: GPUDevice
const policy = await load({ device })
const { Y } = await policy.scale({ X: { data: [1], shape: [1, 1] } })
export const state: string = Y.buffer.mapState
export const queue: object = policy.device.queue
await load({ device: 1 })
`
    const found = typeProblems({ ...DECLARED, 'user.ts': user }, ['user.ts'])
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(/^user.ts:13 .*TS2322/)
  })

  test('what is misused does not compile, line by line', () => {
    const head =
      "import { load } from './sample.wgsl.js'\nconst policy = await load()\nconst X = { data: new Float32Array(4), shape: [2, 2] }"
    const found = typeProblems({ ...DECLARED, 'user.ts': [head, ...MISUSE.map(([line]) => line), 'export {}'].join('\n') }, [
      'user.ts',
    ])
    for (const [i, [line, code]] of MISUSE.entries()) {
      const here = found.filter((text) => text.startsWith(`user.ts:${4 + i} `) && !text.includes('TS6133'))
      expect(here, line).toHaveLength(1)
      expect(here[0], line).toMatch(code)
    }
  })
})

describeGpu('running in a process of its own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-shim-'))
  beforeAll(() => {
    const compiled = ts.transpileModule(shim.ts, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
    })
    const files = {
      'sample.wgsl.mjs': shim.js,
      'sample.source.mjs': compiled.outputText,
      'espalier-webgpu-runtime.js': runtime.js,
      'sample.wgsl': sampleShader,
      'package.json': '{"type":"module"}',
    }
    for (const [name, data] of Object.entries(files)) writeFileSync(join(folder, name), data)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const program = (
    name: string,
  ): string => `import { load, EspalierError } from ${JSON.stringify(pathToFileURL(join(folder, name)).href)}
const policy = await load()
const X = { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] }
const { P } = await policy.pack_first({ X }, { sparsity: 0.5 })
const { S } = await policy.row_sums({ P })
const { code } = await policy.scale({ x: X }).catch((error) => error instanceof EspalierError ? error : { code: String(error) })
console.log(JSON.stringify([[...(await P.dense()).data], [...await S.data()], P.bytes, code, policy.layers.name]))
policy.release()
console.log(JSON.stringify(policy.memory))`
  const run = (name: string) =>
    spawnSync(process.execPath, ['--input-type=module', '-e', program(name)], { encoding: 'utf8', timeout: 30_000 })

  test('without npm webgpu it says what is missing', () => {
    expect(run('sample.wgsl.mjs').stderr).toMatch(/ESP4801: no WebGPU device for `sample`.*install the npm package `webgpu`/)
  })

  test.each(['sample.wgsl.mjs', 'sample.source.mjs'])('%s, which ends by itself', (name) => {
    const modules = join(folder, 'node_modules')
    rmSync(modules, { force: true })
    symlinkSync(fileURLToPath(new URL('../../../node_modules', import.meta.url)), modules)
    const { stdout, stderr, status } = run(name)
    expect(stderr).toBe('')
    expect(status).toBe(0)
    const [results, memory] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)
    expect(results).toEqual([[1, 0, 3, 0], [1, 3], 16, 'ESP4103', 'layers'])
    expect(memory).toEqual({ bytes: 0, used: 0, buffers: 0 })
  })
})
