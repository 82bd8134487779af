/**
 * Fills a folder with what `machine.sh` needs: `node bench/gpu/pack.mjs FOLDER`. The programs for a GPU and the command line as
 * bundles, and from this checkout's `node_modules` Dawn and koffi for Linux on x64. Node and the `.deb` files of the Vulkan loader are put
 * there by hand, once; `NOTES.md` says how.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { bundleCommand } from '../../tools/command-bundle.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const modules = join(root, 'node_modules')
const [folder] = process.argv.slice(2)
if (folder === undefined) {
  console.error('usage: node bench/gpu/pack.mjs FOLDER')
  process.exit(2)
}

const bundle = (programs, options = {}) =>
  build({
    entryPoints: programs.map((path) => join(root, path)),
    outdir: folder,
    entryNames: '[name]',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minifyWhitespace: true,
    external: ['webgpu', 'koffi', 'binaryen', 'esbuild', 'prettier'],
    logLevel: 'error',
    ...options,
  })
await bundle(['bench/gpu/baseline.mjs', 'bench/gpu/policies.mjs', 'bench/gpu/sizes.mjs'])
// They read policies of the repository that they are run in.
await bundle(['test/gpu/differences.mjs', 'test/gpu/cuda-differences.mjs', 'test/gpu/random-programs.mjs'], {
  define: { 'import.meta.url': 'hereInRepository' },
  banner: { js: 'const hereInRepository = `file://${process.cwd()}/test/support/source-tree.ts`' },
})
rmSync(join(folder, 'dist'), { recursive: true, force: true })
for (const { path, contents } of await bundleCommand({
  entryPoints: { espalier: 'cli/main.ts', 'wasm-worker': 'cli/wasm-worker.ts' },
  outdir: join(folder, 'dist'),
  external: ['binaryen', 'prettier', 'prettier/*', 'esbuild', 'webgpu', 'koffi', 'vscode-languageserver*'],
})) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, contents)
}

const copy = (from, name, keep = () => true) =>
  cpSync(join(modules, from), join(folder, 'node_modules', name), { recursive: true, filter: keep })

copy('koffi', 'koffi', (path) => !/\/(doc|vendor|lib)$|\.(cc|hh|inc|asm|S|def)$/.test(path))
copy('@koromix/koffi-linux-x64', '@koromix/koffi-linux-x64', (path) => !path.includes('musl'))
for (const file of ['index.js', 'package.json']) copy(`webgpu/${file}`, `webgpu/${file}`)
mkdirSync(join(folder, 'node_modules/webgpu/dist/linux-x64'), { recursive: true })

const dawn = join(folder, 'dawn.node.xz')
if (!existsSync(dawn)) {
  const { status, stdout } = spawnSync('xz', ['-9', '-c', join(modules, 'webgpu/dist/linux-x64/dawn.node')], {
    maxBuffer: 2 ** 28,
  })
  if (status !== 0) throw new Error('xz failed')
  writeFileSync(dawn, stdout)
}

const missing = ['node.xz', 'debs'].filter((name) => !existsSync(join(folder, name)))
const bytes = readdirSync(folder, { recursive: true })
  .map((name) => statSync(join(folder, name)))
  .reduce((sum, entry) => sum + (entry.isFile() ? entry.size : 0), 0)
console.log(`${folder}: ${(bytes / 2 ** 20).toFixed(1)} MiB${missing.length > 0 ? `, still missing: ${missing.join(', ')}` : ''}`)
