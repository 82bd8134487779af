/** Runs the bundled command as a process of its own, with a cache of its own. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))
export const command = join(root, 'dist', 'espalier.js')

export interface Outcome {
  /** Exit status; null when a signal ended the process. */
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string | Uint8Array
  /** Milliseconds after which it is killed. */
  readonly killAfter?: number
}

export function espalier(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: options.cwd ?? tmpdir(), ...options.env }
  const child = spawn(process.execPath, [command, ...args], { cwd: options.cwd ?? tmpdir(), env })
  const text = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => void (text.stdout += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => void (text.stderr += chunk))
  child.stdin.on('error', () => undefined) // a command that does not read its input may be gone already
  child.stdin.end(options.input ?? '')
  const timer = options.killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), options.killAfter)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => {
      clearTimeout(timer)
      resolve({ status, ...text })
    })
  })
}

/** Builds the bundle when a source is newer than it. For `beforeAll`. */
export function ensureBuilt(): void {
  const built = statSync(command, { throwIfNoEntry: false })?.mtimeMs ?? 0
  const folders = ['abi', 'compiler', 'backends', 'host', 'formatter', 'cli', 'grammar', 'stdlib', 'tools', 'lsp']
  if (folders.every((folder) => newest(join(root, folder)) <= built)) return
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'tools/build.mjs')], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`the command could not be built: ${stderr}`)
}

function newest(folder: string): number {
  let latest = 0
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) latest = entry.name === 'generated' ? latest : Math.max(latest, newest(path))
    else latest = Math.max(latest, statSync(path).mtimeMs)
  }
  return latest
}

/** A folder that is removed by `remove`. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'espalier-test-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}
