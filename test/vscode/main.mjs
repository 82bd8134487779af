/**
 * The packaged extension in a real VS Code, used as a person would: `npm run test:vscode`. Every step asserts what is seen in
 * the page or in the file on disk. A word selects steps by their titles, after the first; `--pictures` keeps the screenshots
 * that the extension's README shows. Minutes, and a large installation the first time, so it is no part of `npm test`.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { desktopSteps } from './desktop.mjs'
import { Editor } from './editor.mjs'
import { webSteps } from './web.mjs'
import { serveWorkbench } from './workbench.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const vsix = join(root, `dist/espalier-${version}.vsix`)
const workspace = join(root, 'test/vscode/workspace')
const scratch = join(root, 'node_modules/.cache/espalier/vscode')
mkdirSync(scratch, { recursive: true })

const words = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const keeps = process.argv.includes('--pictures')
const readme = readFileSync(join(root, 'editors/vscode/README.md'), 'utf8')

/** One window: its own browser, workbench and files. Gives how many steps passed and failed. */
async function session(makeSteps, web) {
  const workbench = await serveWorkbench({ vsix, workspace, web })
  const browser = await chromium.launch({
    executablePath: process.env.ESPALIER_CHROMIUM ?? '/usr/bin/chromium',
    chromiumSandbox: process.getuid?.() !== 0,
  })
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 760 } })
    const picture = async (name) => {
      // What appears fades in; nothing is pointed at.
      await page.mouse.move(640, 1)
      await page.waitForTimeout(600)
      const folder = keeps && readme.includes(`images/${name}.png`) ? join(root, 'editors/vscode/images') : scratch
      await page.screenshot({ path: join(folder, `${name}.png`) })
    }
    const onDisk = (name) => readFileSync(join(workbench.root, name), 'utf8')
    return await walk(page, makeSteps({ page, editor: new Editor(page), picture, onDisk, url: workbench.url }))
  } finally {
    await browser.close()
    await workbench.stop()
  }
}

async function walk(page, steps) {
  const count = { passed: 0, failed: 0 }
  for (const [at, [title, step]] of Object.entries(steps).entries()) {
    if (at > 0 && !words.every((word) => title.includes(word))) continue
    const started = performance.now()
    try {
      await step()
      count.passed++
      console.log(`ok     ${title} (${((performance.now() - started) / 1000).toFixed(1)} s)`)
    } catch (error) {
      count.failed++
      console.log(`FAILED ${title}\n${error instanceof Error ? error.message : error}`)
      await page.screenshot({ path: join(scratch, `failed ${title}.png`) })
      await page.keyboard.press('Escape')
    }
  }
  return count
}

const counts = [await session(desktopSteps, false), await session(webSteps, true)]
const sum = (key) => counts.reduce((total, count) => total + count[key], 0)
console.log(`${sum('passed')} passed, ${sum('failed')} failed`)
process.exitCode = sum('failed') === 0 ? 0 : 1
