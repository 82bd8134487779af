/** The generated shim for CUDA: type-checks under strict, refuses misuse, and says what is missing where there is no GPU. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { emitRuntime, emitShim } from '../../../host/emit.ts'
import { sampleCuda, sampleCudaManifest } from './sample-cuda.ts'
import { typeProblems } from './type-problems.ts'

const shim = emitShim(sampleCudaManifest, { target: 'cuda' })
const runtime = emitRuntime('cuda')
const FILES = { 'sample.cuda.ts': shim.ts, 'espalier-cuda-runtime.d.ts': runtime.dts }
const DECLARED = { 'sample.cuda.d.ts': shim.dts }

const USER = `import { EspalierError, load, manifest } from './sample.cuda.js'
import type { CudaDevice, PackedTensor, PointerTensor, SamplePolicy } from './sample.cuda.js'

const policy: SamplePolicy = await load({ device: 1, stream: 0n, sizes: { layer: 3 }, maxBytes: 2 ** 30 })
await load({ source: new Uint8Array(8), cubin: new URL('file:///sample.cubin') })
const device: CudaDevice = policy.device
const { P } = await policy.pack_first({ X: { data: new Float32Array(4), shape: [2, 2] } }, { sparsity: '70%' })
const packed: PackedTensor<'f32'> = P
const words: PointerTensor | undefined = packed.pointers['words']
const { S } = await policy.row_sums({ P })
const sums: Float32Array = await S.data()
await policy.scale({ X: { pointer: S.pointer, shape: [1, 2], dtype: 'f32' } })
const state = policy.state()
await policy.observe({ X: policy.tensor('f32', [2, 4]) }, {}, state)
await policy.finished()
const known: boolean = EspalierError.name === 'EspalierError' && manifest.policy === 'sample'
export { device, known, packed, sums, words }
`

const MISUSE: readonly (readonly [string, RegExp])[] = [
  ['const early: Float32Array = policy.tensor("f32", [1]).data()', /TS2322|TS2740|TS2739/],
  ['policy.scale({ X: { pointer: 4096, shape: [1, 1] } })', /TS2322/],
  ['load({ stream: 5 })', /TS2322/],
  ["load({ limits: 'adapter' })", /TS2353/],
]

describe('types', () => {
  test('the shim, its runtime and its declarations are strict', () => {
    expect(typeProblems(FILES, ['sample.cuda.ts'])).toEqual([])
    expect(typeProblems(DECLARED, ['sample.cuda.d.ts'])).toEqual([])
  })

  test.each([
    ['source', FILES],
    ['declarations', DECLARED],
  ])('a user of the %s', (_what, files) => {
    expect(typeProblems({ ...files, 'user.ts': USER }, ['user.ts'])).toEqual([])
  })

  test('what is misused does not compile, line by line', () => {
    const head = "import { load } from './sample.cuda.js'\nconst policy = await load()"
    const found = typeProblems({ ...DECLARED, 'user.ts': [head, ...MISUSE.map(([line]) => line), 'export {}'].join('\n') }, [
      'user.ts',
    ])
    for (const [i, [line, code]] of MISUSE.entries()) {
      const here = found.filter((text) => text.startsWith(`user.ts:${3 + i} `) && !text.includes('TS6133'))
      expect(here, line).toHaveLength(1)
      expect(here[0], line).toMatch(code)
    }
  })
})

describe('in a process of its own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-cuda-shim-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('without npm koffi it says what is missing', () => {
    writeFileSync(join(folder, 'sample.cuda.mjs'), shim.js)
    writeFileSync(join(folder, 'sample.cu'), sampleCuda)
    const url = JSON.stringify(pathToFileURL(join(folder, 'sample.cuda.mjs')).href)
    const program = `import { load } from ${url}\nawait load()`
    const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8', timeout: 30_000 })
    expect(stderr).toMatch(/ESP4901: no GPU with CUDA for `sample`: npm install koffi/)
  })
})
