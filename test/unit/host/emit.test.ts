/** The generated shim: type-checks under strict, says what it should, refuses what it should, and runs. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Manifest } from '../../../abi/manifest.ts'
import { emitRuntime, emitShim } from '../../../host/emit.ts'
import { wasmRuntimeTypes } from '../../../host/generated/wasm-runtime.ts'
import { sampleManifest, sampleWasm } from './sample-policy.ts'
import { typeProblems } from './type-problems.ts'

const shim = emitShim(sampleManifest, { target: 'wasm' })
const runtime = emitRuntime('wasm')
const FILES = { 'sample.wasm.ts': shim.ts, 'espalier-runtime.d.ts': runtime.dts }
const DECLARED = { 'sample.wasm.d.ts': shim.dts }

const USER = `import { EspalierError, load, manifest } from './sample.wasm.js'
import type { PackedTensor, SamplePolicy, Tensor } from './sample.wasm.js'

const policy: SamplePolicy = await load()
await load(new URL('https://example.org/sample.wasm'), { sizes: { layer: 3 } })
await load(fetch('sample.wasm'))
await load(new Uint8Array(8))
const X = { data: new Float32Array(4), shape: [2, 2] }
const { P } = policy.pack_first({ X }, { sparsity: '70%' })
const packed: PackedTensor<'f32'> = P
const { S } = policy.row_sums({ P })
const sums: Float32Array = S.data
const { Y } = policy.scale({ X: { data: [1, 2], shape: [1, 2], dtype: 'i32' } }, { rule: 'twice', factor: 2 })
const either: Tensor<'f32' | 'i32'> = Y
policy.constant({ x: 2 }, { step: 3n, factor: 1 })
policy.scale({ X: P.dense() })
policy.layers()
const state = policy.state()
policy.observe({ X: policy.tensor('f32', [2, 4]) }, {}, state)
policy.set({ sparsity: undefined })
const power = policy.readState('power').data
policy.call('anything', { X: 1 })
const known: boolean = power instanceof Float32Array && EspalierError.name === 'EspalierError' && manifest.policy === 'sample'
export { either, known, packed, sums }
`

const MISUSE: readonly (readonly [string, RegExp])[] = [
  ['policy.pack_first({ X: { data: new Int32Array(1), shape: [1] } })', /TS2322|TS2769|TS2345/],
  ['policy.pack_first({ X: P })', /TS2322|TS2740|TS2741|TS2345/],
  ['policy.row_sums({ P: X })', /TS2322|TS2740|TS2739/],
  ['policy.pack_first({})', /TS2741|TS2345/],
  ['policy.pack_first({ X }, { sparsty: 1 })', /TS2561|TS2353/],
  ["policy.pack_first({ X }, { rule: 'exakt' })", /TS2322|TS2820/],
  ['policy.constant({ x: 1 })', /TS2554/],
  ['policy.scale({ X: 1 })', /TS2322/],
  ["policy.readState('powr')", /TS2345/],
  ['policy.nothing()', /TS2339/],
]

describe('types', () => {
  test('the shim, its runtime and its declarations are strict', () => {
    expect(typeProblems(FILES, ['sample.wasm.ts'])).toEqual([])
    expect(typeProblems(DECLARED, ['sample.wasm.d.ts'])).toEqual([])
  })

  test.each([
    ['source', FILES],
    ['declarations', DECLARED],
  ])('a user of the %s', (_what, files) => {
    expect(typeProblems({ ...files, 'user.ts': USER }, ['user.ts'])).toEqual([])
  })

  test('what is misused does not compile, line by line', () => {
    const head =
      "import { load } from './sample.wasm.js'\nconst policy = await load()\nconst X = { data: new Float32Array(4), shape: [2, 2] }\nconst { P } = policy.pack_first({ X })"
    const found = typeProblems({ ...DECLARED, 'user.ts': [head, ...MISUSE.map(([line]) => line)].join('\n') }, ['user.ts'])
    for (const [i, [line, code]] of MISUSE.entries()) {
      const here = found.filter((text) => text.startsWith(`user.ts:${5 + i} `))
      expect(here, line).toHaveLength(1)
      expect(here[0], line).toMatch(code)
    }
    expect(found).toHaveLength(MISUSE.length)
  })

  test('the declarations match the runtime they stand for', () => {
    const check = `import * as declared from './declared.js'
import * as actual from './host/runtime/wasm/index.ts'
type Face<T> = { [K in keyof T]: T[K] }
const same: Face<Pick<typeof declared, 'instantiate' | 'ABI_VERSION'>> = actual
const error: declared.EspalierError = new actual.EspalierError('ESP4001', 'x')
export { same, error }`
    const root = new URL('../../..', import.meta.url).pathname
    const files: Record<string, string> = { 'check.ts': check, 'declared.d.ts': wasmRuntimeTypes }
    for (const folder of ['abi', 'host/runtime'])
      for (const name of ts.sys.readDirectory(join(root, folder), ['.ts']))
        files[name.slice(root.length)] = readFileSync(name, 'utf8')
    const complaints = typeProblems(files, ['check.ts']).filter((text) => !text.includes('TS5097'))
    expect(complaints).toEqual([])
  })
})

describe('text', () => {
  const lines = shim.ts.split('\n')

  test('says what each entry takes and gives', () => {
    expect(shim.ts).toContain("/** f32 [row, channel], packed as bitmap(32) over channel */\n  readonly P: PackedTensor<'f32'>")
    expect(shim.ts).toContain("readonly rule?: 'exact' | 'twice' | 'never' | undefined")
    expect(shim.ts).toContain('/** State: reads `depth`. */')
    const declared = lines.flatMap((line) => /^export (?:async )?(?:function|interface|const) (\w+)/.exec(line)?.[1] ?? [])
    const own = ['scale', 'pack_first'].map((name) =>
      declared.filter((type) => type.toLowerCase().startsWith(name.replace('_', ''))),
    )
    expect(own).toEqual([
      ['ScaleInputs', 'ScaleOutputs'],
      ['PackFirstInputs', 'PackFirstOutputs'],
    ])
    expect(declared.slice(-6)).toEqual(['ConstantOutputs', 'ConstantParams', 'LayersOutputs', 'SamplePolicy', 'manifest', 'load'])
  })

  test('is the same every time', () => {
    expect(emitShim(JSON.parse(JSON.stringify(sampleManifest)) as Manifest, { target: 'wasm' })).toEqual(shim)
  })

  test('texts and names of the policy stay where they belong', () => {
    const [entry] = sampleManifest.entries
    const rename = (name: string) => ({ ...entry!, name, doc: 'ends */ throw 1 /*\u2028 here' })
    const hostile: Manifest = {
      ...sampleManifest,
      policy: 'q-tuning',
      doc: '*/ throw new Error() /*',
      artifact: 'a "b" ${c}.wasm',
      params: [{ name: 'rule', doc: null, type: 'choice', choices: ["it's", 'a\\b'], default: "it's" }],
      entries: ['call', 'then', 'constructor', 'prune_nm', 'prune-nm', 'pruneNm', 'q_tuning', '2of4', '__proto__'].map(rename),
    }
    const made = emitShim(hostile, { target: 'wasm' })
    expect(typeProblems({ 'a.wasm.ts': made.ts, 'espalier-runtime.d.ts': runtime.dts }, ['a.wasm.ts'])).toEqual([])
    expect(typeProblems({ 'a.wasm.d.ts': made.dts }, ['a.wasm.d.ts'])).toEqual([])
    for (const name of [
      'call_',
      'then_',
      'constructor_',
      '__proto___',
      'PruneNmInputs2',
      'PruneNmInputs22',
      'QTuningParams',
      'QTuningPolicy',
    ])
      expect(made.ts).toContain(name)
  })
})

describe('running', () => {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-shim-'))
  beforeAll(() => {
    const files = {
      'sample.wasm.mjs': shim.js,
      'espalier-runtime.js': runtime.js,
      'sample.wasm': sampleWasm(),
      'package.json': '{"type":"module"}',
    }
    for (const [name, data] of Object.entries(files)) writeFileSync(join(folder, name), data)
    const compiled = ts.transpileModule(shim.ts, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
    })
    writeFileSync(join(folder, 'sample.source.mjs'), compiled.outputText)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test.each(['sample.wasm.mjs', 'sample.source.mjs'])('%s in a process of its own', (name) => {
    const program = `import { load, EspalierError } from ${JSON.stringify(pathToFileURL(join(folder, name)).href)}
const policy = await load()
const X = { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] }
const { P } = policy.pack_first({ X }, { sparsity: 0.5 })
const { S } = policy.row_sums({ P })
let code = ''
try { policy.scale({ x: X }) } catch (error) { code = error instanceof EspalierError ? error.code : String(error) }
console.log(JSON.stringify([[...P.dense().data], [...S.data], P.bytes, code, policy.layers.name, (await load(undefined, { sizes: { layer: 2 } })).layers().L.shape]))`
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual([[1, 0, 3, 0], [1, 3], 16, 'ESP4103', 'layers', [2]])
  })
})

test.each(['wasm', 'webgpu', 'cuda'])('the generated runtime of %s is up to date', (name) => {
  const root = new URL('../../..', import.meta.url)
  const { stdout } = spawnSync(process.execPath, ['tools/gen-runtime.mjs', '--print', name], { cwd: root, encoding: 'utf8' })
  expect(readFileSync(new URL(`host/generated/${name}-runtime.ts`, root), 'utf8') === stdout).toBe(true)
})
