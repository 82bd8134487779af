/** What is built runs in a browser, and gives there what it gives in Node. Screenshots go to `dist/test/`. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeBrowser, openBrowser, type TestBrowser } from '../support/browser.ts'
import { ensureBuilt, espalier } from '../unit/cli/espalier.ts'

const pages = fileURLToPath(new URL('pages', import.meta.url))
const screenshots = fileURLToPath(new URL('../../dist/test', import.meta.url))

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

  test('a kernel runs on the software adapter', async () => {
    const squares = Array.from({ length: 64 }, (_, index) => index * index)
    expect(await visit('device')).toMatchObject({ vendor: 'google', subgroups: true, squares })
  })

  test('a policy gives what it gives in Node', async () => {
    const out = join(folder, 'built')
    const built = await espalier(['build', 'std:mustafar', '--target', 'wasm', '--dtype', 'f16', '--out', out], { cwd: folder })
    expect(built).toMatchObject({ status: 0, stderr: '' })
    const load = (path: string): Promise<unknown> => import(pathToFileURL(join(folder, path)).href)
    const { compressOnce } = (await load('mustafar.mjs')) as { compressOnce: (shim: unknown) => Promise<object> }
    const expected = await compressOnce(await load('built/mustafar.wasm.js'))
    expect(expected).toMatchObject({ K: { kept: 2 * 16 * 20 }, V: { kept: 2 * 16 * 20 } })
    expect(await visit('mustafar')).toEqual({ wasm: expected })
  })

  test('a page that fails says how', async () => {
    await expect(visit('broken')).rejects.toThrow('broken on purpose')
  })
})
