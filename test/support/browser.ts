/**
 * Headless Chromium for tests: Debian's browser driven by Playwright, WebGPU on the software adapter it carries. Pages come
 * from a folder, over loopback. Where there is no browser, the tests of a `describeBrowser` are skipped, with the reason in
 * their title, and in CI they fail instead. `ESPALIER_CHROMIUM` names another browser.
 */
import { existsSync, mkdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, extname, join, normalize } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import { describeWhere } from './describe-where.ts'

const executable = process.env['ESPALIER_CHROMIUM'] ?? '/usr/bin/chromium'
const missing = existsSync(executable) ? null : `no browser: install Debian's \`chromium\``

const FLAGS = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader']

/** A page that has not said what it found by then never will. */
const PATIENCE_MS = 100_000

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
}

/** `describe` for tests that need a browser. */
export const describeBrowser = (title: string, body: () => void): void => describeWhere(missing, title, body)

export interface TestBrowser {
  /**
   * Opens a page, waits until it sets `globalThis.finding`, takes a screenshot into the file and gives what was set. Fails
   * when the page logs an error, throws, asks for something that is not there, or says nothing in time.
   */
  visit(path: string, screenshot: string): Promise<unknown>
  close(): Promise<void>
}

export async function openBrowser(folder: string): Promise<TestBrowser> {
  const server = await serve(folder)
  // The sandbox of Chromium does not start for root.
  const isRoot = process.getuid?.() === 0
  const browser = await chromium
    .launch({ executablePath: executable, args: FLAGS, chromiumSandbox: !isRoot })
    .catch((error: unknown) => {
      server.close()
      throw error
    })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    visit: (path, screenshot) => visit(browser, `${origin}/${path}`, screenshot),
    close: async () => {
      await browser.close()
      server.closeAllConnections()
      server.close()
    },
  }
}

async function visit(browser: Browser, url: string, screenshot: string): Promise<unknown> {
  const page = await browser.newPage({ viewport: { width: 800, height: 600 } })
  const { errors, first } = errorsOf(page)
  try {
    await page.goto(url, { timeout: PATIENCE_MS })
    const said = page
      .waitForFunction(() => 'finding' in globalThis, undefined, { timeout: PATIENCE_MS })
      .catch((error: unknown) => errors.push(String(error)))
    await Promise.race([said, first])
    mkdirSync(dirname(screenshot), { recursive: true })
    await page.screenshot({ path: screenshot })
    if (errors.length > 0) throw new Error(`${url}:\n${errors.join('\n')}`)
    return await page.evaluate(() => (globalThis as unknown as { finding: unknown }).finding)
  } finally {
    await page.close()
  }
}

/** What goes wrong in a page, as it comes, and a promise of the first. */
function errorsOf(page: Page): { readonly errors: string[]; readonly first: Promise<void> } {
  const errors: string[] = []
  const first = new Promise<void>((resolve) => {
    const add = (error: string) => {
      errors.push(error)
      resolve()
    }
    page.on('console', (message) => message.type() === 'error' && add(message.text()))
    page.on('pageerror', (error) => add(error.message))
    page.on('requestfailed', (request) => add(`${request.url()}: ${request.failure()?.errorText ?? 'failed'}`))
  })
  return { errors, first }
}

/** Files of one folder and nothing outside it. */
function serve(folder: string): Promise<Server> {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname))
    if (path === '/favicon.ico') return void response.writeHead(204).end()
    readFile(join(folder, path)).then(
      (content) => response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' }).end(content),
      () => response.writeHead(404).end(),
    )
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(server))
  })
}
