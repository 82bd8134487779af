/** `espalier/tfjs` as a user's TypeScript sees it: the built package, a generated shim, and TensorFlow.js's own types. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { beforeAll, describe, expect, test } from 'vitest'
import { emitShim } from '../../../host/emit.ts'
import { compilePolicy } from '../../support/differential.ts'
import { librarySource } from '../../support/library-source.ts'
import { repositoryRoot } from '../../support/source-tree.ts'

const FOLDER = join(repositoryRoot, 'test/unit/tfjs')
const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  skipLibCheck: true,
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  types: [],
}

/** Made by `beforeAll`: declarations of the shims, which exist in memory alone. */
const shims = new Map<string, string>()
const kept = new Map<string, ts.SourceFile | undefined>()

function problemsOf(text: string): readonly string[] {
  const host = ts.createCompilerHost(OPTIONS)
  const user = join(FOLDER, 'user.ts')
  const virtual = (path: string): string | undefined => (path === user ? text : shims.get(path))
  const real = { fileExists: host.fileExists, readFile: host.readFile, getSourceFile: host.getSourceFile }
  host.fileExists = (path) => virtual(path) !== undefined || real.fileExists(path)
  host.readFile = (path) => virtual(path) ?? real.readFile(path)
  host.getSourceFile = (path, version) => {
    const own = virtual(path)
    if (own !== undefined) return ts.createSourceFile(path, own, version)
    if (!kept.has(path)) kept.set(path, real.getSourceFile(path, version))
    return kept.get(path)
  }
  const program = ts.createProgram([user], OPTIONS, host)
  return ts.getPreEmitDiagnostics(program).map(({ code, messageText, start, file }) => {
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line + 1
    return `${line} TS${code} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
  })
}

const USER = `import * as tf from '@tensorflow/tfjs-core'
import { onTensors, onTensorsSync, type ResultTensor } from 'espalier/tfjs'
import { load as loadMustafar, type PackedTensor } from './mustafar.wasm.js'
import { load as loadWanda } from './wanda.wasm.js'

const mustafar = await loadMustafar()
const cache = onTensors(mustafar, tf)
const x: tf.Tensor3D = tf.ones([2, 4, 8])
const packed = await cache.compress({ K: x, V: x }, { k_sparsity: 0.5 })
const K: PackedTensor<'f32'> = packed.K
const { O } = await cache.attend({ Q: tf.ones([4, 8]), ...packed, K_local: x, V_local: { data: [1], shape: [1, 1, 1] } })
const read: ResultTensor<'f32'> = O
const dtype: 'float32' = O.dtype
const wanda = await loadWanda()
const weights = onTensorsSync(wanda, tf)
const state = wanda.state()
weights.observe({ X: tf.ones([3, 8]) }, {}, state)
const { mask } = tf.tidy(() => weights.prune({ W: tf.ones([2, 8]) }, { sparsity: '60%' }, state))
const bool: 'bool' = mask.dtype
const rank: tf.Tensor = tf.logicalNot(mask)
`

const MISUSE: readonly (readonly [text: string, code: RegExp])[] = [
  ['cache.attend({ Q: x, K: x, V: x, K_local: x, V_local: x })', /TS(2322|2739|2740|2345)/],
  ['cache.compress({ K: x })', /TS(2345|2741)/],
  ["cache.compress({ K: x, V: 'no' })", /TS2322/],
  ['cache.compress({ K: x, V: x }, { sparsity: 1 })', /TS(2353|2561)/],
  ['cache.release()', /TS2339/],
  ["const wrong: 'float32' = mask.dtype", /TS2322/],
  ['weights.prune({ W: x }).then', /TS2339/],
  ['onTensors({}, tf)', /TS2345/],
]

beforeAll(async () => {
  if (!existsSync(join(repositoryRoot, 'dist/tfjs.d.ts'))) throw new Error('dist/tfjs.d.ts is missing: run `npm run build`')
  for (const name of ['mustafar', 'wanda']) {
    const { manifest } = await compilePolicy({ text: librarySource(`std:${name}`).text })
    for (const target of ['wasm', 'wgsl'] as const)
      shims.set(join(FOLDER, `${name}.${target}.d.ts`), emitShim(manifest, { target }).dts)
  }
})

describe('types', () => {
  test('entries take and give tensors of their dtypes', () => {
    expect(problemsOf(`${USER}export { K, bool, dtype, rank, read }\n`)).toEqual([])
  })

  test('misuse is refused, each line for its own reason', () => {
    const found = problemsOf(`${USER}${MISUSE.map(([text]) => `${text}\n`).join('')}export { K, bool, dtype, rank, read }\n`)
    const first = USER.split('\n').length
    MISUSE.forEach(([text, code], i) => {
      const here = found.filter((problem) => problem.startsWith(`${first + i} `))
      expect(
        here.map((problem) => code.test(problem)),
        `${text}: ${here.join('; ')}`,
      ).toContain(true)
    })
    expect(new Set(found.map((problem) => problem.split(' ')[0])).size).toBe(MISUSE.length)
  })

  test('a policy that answers with promises is the same to onTensors, and nothing to onTensorsSync', () => {
    const text = `import * as tf from '@tensorflow/tfjs-core'
import { onTensors, onTensorsSync } from 'espalier/tfjs'
import type { WandaPolicy } from './wanda.wasm.js'
interface Later extends Omit<WandaPolicy, 'prune'> {
  trim(): void
  prune(...given: Parameters<WandaPolicy['prune']>): Promise<ReturnType<WandaPolicy['prune']>>
}
declare const policy: Later
const { mask } = await onTensors(policy, tf).prune({ W: tf.ones([2, 8]) }, { sparsity: 0.5 })
export const dtype: 'bool' = mask.dtype
onTensorsSync(policy, tf).prune({ W: tf.ones([2, 8]) })
onTensors(policy, tf).trim
`
    expect(problemsOf(text)).toEqual([expect.stringMatching(/^11 TS2349 /), expect.stringMatching(/^12 TS2339 /)])
  })

  test('a policy is loaded for the backend in use, and is the same to onTensors whichever target it was', () => {
    const text = `import * as tf from '@tensorflow/tfjs-core'
import { loadFor, onTensors } from 'espalier/tfjs'
import { load as loadWasm } from './wanda.wasm.js'
import { load as loadWgsl } from './wanda.wgsl.js'
const policy = await loadFor(tf, { wasm: loadWasm, wgsl: (on) => loadWgsl({ ...on, limits: 'adapter' }) })
const { mask } = await onTensors(policy, tf, { keepOnDevice: true }).prune({ W: tf.ones([2, 8]) }, { sparsity: 0.5 })
export const dtype: 'bool' = mask.dtype
await onTensors(await loadFor(tf, { wgsl: loadWgsl }), tf).observe({ X: tf.ones([2, 8]) })
loadFor(tf, { wasm: loadWgsl, cuda: loadWasm })
onTensors(policy, tf, { keepOnDevice: 1 })
`
    expect(problemsOf(text)).toEqual([expect.stringMatching(/^9 TS2353 /), expect.stringMatching(/^10 TS2322 /)])
  })

  test('an instance whose entries are not known statically has them all', () => {
    const text = `import * as tf from '@tensorflow/tfjs-core'
import { onTensors, onTensorsSync } from 'espalier/tfjs'
import type { Policy } from './wanda.wasm.js'
declare const policy: Policy
export const later: Promise<Readonly<Record<string, unknown>>> | undefined = onTensors(policy, tf)['prune']?.({ W: tf.ones([1]) })
export const now: unknown = onTensorsSync(policy, tf)['prune']?.({ W: tf.ones([1]) })['mask']
`
    expect(problemsOf(text)).toEqual([])
  })
})
