/** What is built runs in a browser, and gives there what it gives in Node. Screenshots go to `dist/test/`. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeBrowser, openBrowser, type TestBrowser } from '../support/browser.ts'
import { repositoryRoot } from '../support/source-tree.ts'
import { ensureBuilt, espalier } from '../unit/cli/espalier.ts'

const pages = fileURLToPath(new URL('pages', import.meta.url))
const screenshots = fileURLToPath(new URL('../../dist/test', import.meta.url))

/** Compiling shaders for a software adapter takes seconds, and many where the machine has other work. */
const patience = { timeout: 120_000 }

interface Results {
  readonly exact: Readonly<Record<string, readonly unknown[]>>
  readonly near: Readonly<Record<string, readonly number[]>>
}
interface Pruned {
  readonly mask: readonly number[]
  readonly rest: readonly number[]
  readonly tensors: number
}
interface PolicyModule {
  readonly tolerance: number
  results(shim: unknown): Promise<Results>
}
interface Compared {
  readonly wgsl: { readonly near: Readonly<Record<string, { readonly difference: number }>> }
}

describeBrowser('in Chromium', () => {
  let folder = ''
  let browser: TestBrowser | undefined

  beforeAll(async () => {
    ensureBuilt()
    folder = mkdtempSync(join(tmpdir(), 'espalier-browser-'))
    cpSync(pages, folder, { recursive: true })
    browser = await openBrowser(folder)
  })

  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const visit = (page: string) =>
    browser === undefined ? expect.fail('no browser') : browser.visit(`${page}.html`, join(screenshots, `${page}.png`))

  test('a kernel runs on the software adapter', patience, async () => {
    const squares = Array.from({ length: 64 }, (_, index) => index * index)
    expect(await visit('device')).toMatchObject({ vendor: 'google', subgroups: true, squares })
  })

  test.each([
    ['mustafar', 'f16', { 'K, kept': [2 * 16 * 20], 'V, kept': [2 * 16 * 20] }],
    ['spatten', 'f32', { 'layer 1, heads': [0, 0, 1, 1] }],
  ] as const)('%s gives on WebGPU what it gives on WebAssembly, there and in Node', patience, async (name, dtype, some) => {
    const out = join(folder, 'built')
    const built = await espalier(['build', `std:${name}`, '--target', 'wasm,wgsl', '--dtype', dtype, '--out', out], {
      cwd: folder,
    })
    expect(built).toMatchObject({ status: 0, stderr: '' })
    const load = (path: string): Promise<unknown> => import(pathToFileURL(join(folder, path)).href)
    const { results, tolerance } = (await load(`${name}.mjs`)) as PolicyModule
    const expected = await results(await load(`built/${name}.wasm.js`))
    expect(expected.exact).toMatchObject(some)
    const { wasm, wgsl, compared } = (await visit(name)) as Record<'wasm' | 'wgsl', Results> & { readonly compared: Compared }
    expect(wasm).toEqual(expected)
    expect(wgsl.exact).toEqual(expected.exact)
    const differences = Object.values(compared.wgsl.near).map(({ difference }) => difference)
    expect(differences).toHaveLength(Object.keys(expected.near).length)
    expect(Math.max(...differences)).toBeLessThanOrEqual(tolerance)
  })

  test('a policy and TensorFlow.js share the device of its backend webgpu', patience, async () => {
    const { status, stderr } = await espalier(
      ['build', 'std:wanda', '--target', 'wasm,wgsl', '--dtype', 'f32', '--out', join(folder, 'built')],
      { cwd: folder },
    )
    expect([status, stderr]).toEqual([0, ''])
    cpSync(join(repositoryRoot, 'dist/tfjs.js'), join(folder, 'tfjs.js'))
    const backends = ['cpu', 'webgpu'].map((name) => `import '@tensorflow/tfjs-backend-${name}'`)
    await build({
      stdin: { contents: `${backends.join('\n')}\nexport * from '@tensorflow/tfjs-core'`, resolveDir: repositoryRoot },
      ...{ bundle: true, format: 'esm', logLevel: 'error', outfile: join(folder, 'tensorflow.js') },
    })
    const { webgpu, cpu } = (await visit('tfjs')) as Record<'webgpu' | 'cpu', Pruned>
    expect(webgpu).toMatchObject({ device: true, dtype: 'bool', buffers: 0 })
    expect(cpu).toMatchObject({ device: false, dtype: 'bool' })
    expect(webgpu.mask.filter((kept) => kept === 1)).toHaveLength(8 * 39)
    expect(webgpu.mask).toEqual(cpu.mask)
    expect(webgpu.rest).toEqual(cpu.rest)
    expect([webgpu.tensors, cpu.tensors]).toEqual([0, 0])
  })

  test('a page that fails says how', patience, async () => {
    await expect(visit('broken')).rejects.toThrow('broken on purpose')
  })
})
