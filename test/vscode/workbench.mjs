/**
 * A VS Code that is served to browsers, on loopback, for one test: its own settings, extensions and copy of the workspace, all
 * in a folder that is removed afterwards. What serves it is installed once, outside the repository and with the Node that it
 * wants; `ESPALIER_WORKBENCH` names another folder for it.
 */
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

const CODE_SERVER = '4.139.1'
const NODE = '24'
const LIBRARIES = ['libkrb5-dev', 'libsecret-1-dev', 'libx11-dev', 'libxkbfile-dev']

const SETTINGS = {
  'chat.disableAIFeatures': true,
  'editor.fontSize': 14,
  'editor.formatOnSave': true,
  'editor.minimap.enabled': false,
  'explorer.confirmDelete': false,
  'extensions.ignoreRecommendations': true,
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  // As text in the page.
  'terminal.integrated.gpuAcceleration': 'off',
  'window.menuBarVisibility': 'compact',
  'workbench.colorTheme': 'Default Dark Modern',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
}

const folder = process.env.ESPALIER_WORKBENCH ?? join(tmpdir(), 'espalier-workbench')
const nodeFolder = join(folder, 'node/node_modules/node/bin')
const entry = join(folder, 'code-server/node_modules/code-server/out/node/entry.js')
const env = { ...process.env, PATH: `${nodeFolder}${delimiter}${process.env.PATH}` }

function install(name, specifier) {
  const cwd = join(folder, name)
  mkdirSync(cwd, { recursive: true })
  writeFileSync(join(cwd, 'package.json'), '{ "private": true }\n')
  const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', specifier], { cwd, env, stdio: 'inherit' })
  if (status !== 0) throw new Error(`${specifier} could not be installed; it is built with Debian's ${LIBRARIES.join(', ')}`)
}

function requireWorkbench() {
  if (!existsSync(join(nodeFolder, 'node'))) install('node', `node@${NODE}`)
  if (!existsSync(entry)) install('code-server', `code-server@${CODE_SERVER}`)
}

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })

async function untilServed(url, child) {
  for (let tries = 0; tries < 240; tries++) {
    if (child.exitCode !== null) throw new Error(`the workbench ended with ${child.exitCode}`)
    const served = await fetch(`${url}/healthz`).catch(() => null)
    if (served?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  throw new Error('the workbench did not start in two minutes')
}

/**
 * Installs the extension and serves `workspace`; `root` is the copy that is edited. With `web` the extension runs in the
 * browser, as it does where there is no machine behind the page.
 */
export async function serveWorkbench({ vsix, workspace, web = false }) {
  requireWorkbench()
  const home = mkdtempSync(join(tmpdir(), 'espalier-vscode-'))
  const root = join(home, 'policies')
  cpSync(workspace, root, { recursive: true })
  mkdirSync(join(home, 'data/User'), { recursive: true })
  writeFileSync(
    join(home, 'data/User/settings.json'),
    JSON.stringify(web ? { ...SETTINGS, 'remote.extensionKind': { 'espalier.espalier': ['web'] } } : SETTINGS),
  )
  writeFileSync(join(home, 'config.yaml'), '')
  const places = ['--user-data-dir', join(home, 'data'), '--extensions-dir', join(home, 'extensions')]
  const words = [entry, ...places, '--config', join(home, 'config.yaml')]
  const node = join(nodeFolder, 'node')
  const installed = spawnSync(node, [...words, '--install-extension', vsix], { env, encoding: 'utf8' })
  if (installed.status !== 0) throw new Error(`the extension cannot be installed: ${installed.stdout}${installed.stderr}`)
  const port = await freePort()
  const flags = ['--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, '--disable-telemetry', '--disable-update-check']
  const child = spawn(node, [...words, ...flags, '--disable-workspace-trust'], { env, stdio: 'ignore' })
  const url = `http://127.0.0.1:${port}`
  const stop = async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    if (child.exitCode === null && child.kill()) await ended
    rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
  try {
    await untilServed(url, child)
  } catch (error) {
    await stop()
    throw error
  }
  return { url: `${url}/?folder=${encodeURIComponent(root)}`, root, stop }
}
