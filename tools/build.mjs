/**
 * Bundles the command into `dist/`: `espalier.js`, the worker that assembles WebAssembly, the plugin for Prettier, and the
 * chunks they share. Split, so that a command loads what it needs alone; binaryen, prettier and esbuild stay outside and are
 * imported on demand. Beside it, `tfjs.js` with its declarations: what a user imports as `espalier/tfjs`, in browsers too.
 * Files are written aside and renamed, entries last, so a command that starts meanwhile finds a whole program.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { build } from 'esbuild'
import { bundleCommand, root } from './command-bundle.mjs'

const dist = join(root, 'dist')
const HOUR = 3_600_000

/** What the bundle embeds as data. */
for (const generator of ['gen-library.mjs', 'gen-runtime.mjs']) {
  const { status } = spawnSync(process.execPath, [join(root, 'tools', generator)], { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(1)
}

const outputFiles = await bundleCommand({
  entryPoints: {
    espalier: 'cli/main.ts',
    'wasm-worker': 'cli/wasm-worker.ts',
    'prettier-plugin': 'formatter/prettier-plugin.ts',
  },
  outdir: dist,
  external: ['binaryen', 'prettier', 'prettier/*', 'esbuild', 'webgpu', 'koffi', 'vscode-languageserver*'],
})

/** The types that users see are a file of types; its header speaks of this repository. */
function tfjsDeclarations() {
  const types = readFileSync(join(root, 'host/tfjs/types.ts'), 'utf8').replace(/^\/\*\*[\s\S]*?\*\/\n/, '')
  return `${types}\nexport declare const loadFor: LoadFor\nexport declare const onTensors: OnTensors\nexport declare const onTensorsSync: OnTensorsSync\nexport {}\n`
}

const { outputFiles: adapter } = await build({
  entryPoints: { tfjs: join(root, 'host/tfjs/index.ts') },
  absWorkingDir: root,
  outdir: dist,
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  charset: 'utf8',
  write: false,
  logLevel: 'error',
})

mkdirSync(dist, { recursive: true })
const isEntry = ({ path }) => ['espalier.js', 'prettier-plugin.js'].includes(basename(path))
const written = [...adapter, { path: join(dist, 'tfjs.d.ts'), contents: tfjsDeclarations() }, ...outputFiles]
for (const file of written.sort((a, b) => Number(isEntry(a)) - Number(isEntry(b)))) {
  const aside = `${file.path}.${process.pid}.partial`
  writeFileSync(aside, file.contents)
  if (basename(file.path) === 'espalier.js') chmodSync(aside, 0o755)
  renameSync(aside, file.path)
}

/** Chunks of earlier builds, once no process that started with them is likely to be running. */
const current = new Set(outputFiles.map((file) => basename(file.path)))
for (const name of readdirSync(dist)) {
  const path = join(dist, name)
  const isOld = existsSync(path) && Date.now() - statSync(path).mtimeMs > HOUR
  if (!current.has(name) && isOld && /^chunk-.*\.js$|\.partial$/.test(name)) rmSync(path, { force: true })
}
