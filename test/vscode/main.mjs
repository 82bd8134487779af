/**
 * The packaged extension in a real VS Code, used as a person would: `npm run test:vscode`. Every step asserts what is seen in
 * the page or in the file on disk; `--pictures` keeps the screenshots that the extension's README shows. Minutes, and a large
 * installation the first time, so it is no part of `npm test`.
 */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { Editor } from './editor.mjs'
import { serveWorkbench } from './workbench.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const keeps = process.argv.includes('--pictures')
const pictures = join(root, keeps ? 'editors/vscode/images' : 'node_modules/.cache/espalier/vscode')
mkdirSync(pictures, { recursive: true })
mkdirSync(join(root, 'node_modules/.cache/espalier/vscode'), { recursive: true })

const workbench = await serveWorkbench({
  vsix: join(root, `dist/espalier-${version}.vsix`),
  workspace: join(root, 'test/vscode/workspace'),
})
const browser = await chromium.launch({
  executablePath: process.env.ESPALIER_CHROMIUM ?? '/usr/bin/chromium',
  chromiumSandbox: process.getuid?.() !== 0,
})
const page = await browser.newPage({ viewport: { width: 1280, height: 760 } })
const editor = new Editor(page)
const picture = (name) => page.screenshot({ path: join(pictures, `${name}.png`) })
const onDisk = (name) => readFileSync(join(workbench.root, name), 'utf8')

const steps = {
  async 'a policy opens in colours'() {
    await page.goto(workbench.url)
    await page.locator('.monaco-workbench').waitFor()
    await editor.open('trellis.prune')
    await editor.until('colours', async () => new Set((await editor.words()).values()).size >= 6)
    const colours = await editor.words()
    assert.equal(colours.get('policy'), colours.get('entry'), 'words of one kind have one colour')
    assert.notEqual(colours.get('policy'), colours.get('trellis'))
    assert.notEqual(colours.get('keep'), colours.get('score'))
  },
  async 'the server says what it knows'() {
    await page.getByText('run test', { exact: true }).first().waitFor()
    await editor.until('a hint with the axes', async () => (await editor.text()).includes('f32[out, in]'))
    await picture('policy')
  },
  async 'a mistake is underlined, and its quick fix mends it'() {
    await editor.goto(17, 17)
    await page.keyboard.press('Delete')
    await page.locator('.squiggly-error').first().waitFor()
    await page.keyboard.press('Control+.')
    const fix = page.locator('.action-widget .monaco-list-row', { hasText: 'keep' }).first()
    await fix.waitFor()
    await picture('quick-fix')
    await fix.click()
    await editor.until('the mended line', async () => (await editor.text()).includes('chosen = keep kept'))
    await editor.until('no underline', async () => (await page.locator('.squiggly-error').count()) === 0)
  },
  async 'hovering shows the type with its axes'() {
    await editor.goto(17, 5)
    await page.keyboard.press('Control+k')
    await page.keyboard.press('Control+i')
    const hover = page.locator('.monaco-hover:not(.hidden)', { hasText: 'chosen' }).first()
    await hover.waitFor()
    assert.match(await hover.innerText(), /\[out, in\]/)
    await picture('hover')
    await page.keyboard.press('Escape')
  },
  async 'completion offers the axes in scope'() {
    await editor.goto(16, 33)
    await page.keyboard.type(' + mean[o')
    const list = page.locator('.suggest-widget.visible')
    if (!(await list.isVisible())) await page.keyboard.press('Control+Space')
    await list.locator('.monaco-list-row', { hasText: 'out' }).first().waitFor()
    await picture('completion')
    await page.keyboard.press('Escape')
    await editor.undo('mean[o')
  },
  async 'an axis is renamed everywhere'() {
    await editor.goto(15, 29)
    await page.keyboard.press('F2')
    const box = page.locator('.rename-box input')
    await box.waitFor()
    await box.fill('channel')
    await picture('rename')
    await page.keyboard.press('Enter')
    await editor.until('new names', async () => /keep kept of channel by/.test(await editor.text()))
    assert.match(await editor.text(), /power: f32\[channel\]/)
  },
  async 'saving formats'() {
    await editor.goto(16, 12)
    await page.keyboard.type('   ')
    await page.keyboard.press('Control+s')
    await editor.until('the saved file', () =>
      Promise.resolve(onDisk('trellis.prune').includes('state power: f32[channel] = 1\n')),
    )
    assert.match(onDisk('trellis.prune'), /^    score = abs\(W\) \* sqrt\(power\)$/m)
  },
  async 'tests run from their lens'() {
    await page.getByText('run test', { exact: true }).first().click()
    await page.getByText('2 of 2 passed on reference and wasm').first().waitFor()
    await editor.command('Notifications: Clear All Notifications')
  },
  async 'kernels are shown beside the policy, for both targets'() {
    await editor.command('Espalier: Show Kernels')
    await editor.until('WebAssembly', async () => /\(module|\(func/.test(await editor.text(1)))
    await picture('kernel')
    await editor.command('View: Close Other Editors in Group').catch(() => {})
    await page.getByText('kernels: wgsl', { exact: true }).nth(1).click()
    await editor.until('WGSL', async () => /@compute|var<storage/.test(await editor.text(1)))
    await picture('wgsl')
  },
  async 'the view follows what is typed'() {
    const before = await editor.text(1)
    await editor.focus(0)
    await editor.goto(16, 33)
    await page.keyboard.type(' + 12345')
    await editor.until('another kernel', async () => (await editor.text(1)) !== before)
    await editor.undo('12345')
  },
  async 'IR after a pass is shown'() {
    await editor.focus(0)
    await editor.command('Espalier: Show IR After a Pass')
    await page.locator('.quick-input-widget .monaco-list-row', { hasText: 'front end' }).first().waitFor()
    await picture('passes')
    await page.keyboard.press('Enter')
    await editor.until('IR', async () => /module|func/.test(await editor.text(1)))
    await picture('ir')
  },
  async 'the plan is explained'() {
    await editor.focus(0)
    await editor.command('Espalier: Explain Plan')
    await editor.until('a plan', async () => /reads|bytes|kernel/.test(await editor.text(1)))
    await picture('plan')
  },
  async 'fences in Markdown are coloured'() {
    await editor.command('View: Close All Editors')
    await editor.open('NOTES.md')
    await editor.until('colours', async () => {
      const colours = await editor.words()
      return colours.get('policy') !== undefined && colours.get('policy') !== colours.get('sign')
    })
    await picture('markdown')
  },
  async 'a task checks all policies, and its findings are problems'() {
    await editor.command('Tasks: Run Task')
    await page.locator('.quick-input-widget .monaco-list-row', { hasText: 'espalier' }).first().waitFor()
    await page.keyboard.type('espalier: check')
    await page.locator('.quick-input-widget .monaco-list-row', { hasText: 'espalier: check' }).first().waitFor()
    await page.keyboard.press('Enter')
    await editor.command('View: Focus Problems')
    await page.locator('.markers-panel', { hasText: 'wrong.prune' }).waitFor()
    await picture('problems')
  },
  async 'the server restarts'() {
    await editor.open('trellis.prune')
    await editor.command('Espalier: Restart Server')
    await editor.until('a lens again', () => page.getByText('run test', { exact: true }).first().isVisible())
  },
}

let failed = 0
try {
  for (const [title, step] of Object.entries(steps)) {
    const started = performance.now()
    try {
      await step()
      console.log(`ok     ${title} (${((performance.now() - started) / 1000).toFixed(1)} s)`)
    } catch (error) {
      failed++
      console.log(`FAILED ${title}\n${error instanceof Error ? error.message : error}`)
      await page.screenshot({ path: join(root, 'node_modules/.cache/espalier/vscode', `failed-${failed}.png`) })
      await page.keyboard.press('Escape')
    }
  }
} finally {
  await browser.close()
  await workbench.stop()
}
console.log(`${Object.keys(steps).length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
