/**
 * Packages the extension for VS Code: `dist/espalier-VERSION.vsix`, from a folder `dist/vscode` that holds all of it.
 * The client is bundled twice, for desktops and browsers, and so is the server: the whole command with the packages it needs,
 * the assembler included, and the worker. `--folder` stops before packaging.
 */
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createVSIX } from '@vscode/vsce'
import { build } from 'esbuild'
import { bundleCommand, root, version } from './command-bundle.mjs'

const source = join(root, 'editors/vscode')
const staged = join(root, 'dist/vscode')

/** Packages of CommonJS ask for `require` inside modules. */
const REQUIRE = `import { createRequire as espalierRequire } from 'node:module'; const require = espalierRequire(import.meta.url);`

/** Inputs of every bundle, from which the packages inside are known. */
const bundled = new Set()
const noteInputs = {
  name: 'note-inputs',
  setup: ({ onEnd }) => onEnd(({ metafile }) => Object.keys(metafile?.inputs ?? {}).forEach((path) => bundled.add(path))),
}
const shared = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'error',
  metafile: true,
  plugins: [noteInputs],
}

/** But for its parts, `prettier/doc` and others, which are bundled. */
const leavePrettier = {
  name: 'leave-prettier',
  setup: ({ onResolve }) => onResolve({ filter: /^prettier$/ }, ({ path }) => ({ path, external: true })),
}

/** The licences of the packages that are carried, which ask for that. */
function stageLicences() {
  const folders = [...bundled].flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [])
  const texts = [...new Set(folders)].sort().map((folder) => {
    const { name, version: release, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
    const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e/i.test(entry))
    const text = file === undefined ? '' : `\n\n${readFileSync(join(root, folder, file), 'utf8').trim()}`
    return `## ${name} ${release} (${license})${text}\n`
  })
  writeFileSync(join(staged, 'THIRD-PARTY.md'), `# Packages inside this extension\n\n${texts.join('\n')}`)
}

async function stageBundles() {
  const client = { ...shared, external: ['vscode'], format: 'cjs' }
  const inClient = (name) => ({ entryPoints: [join(source, `client/${name}.ts`)], outfile: join(staged, `client/${name}.js`) })
  await build({ ...client, ...inClient('desktop'), platform: 'node', target: 'node20' })
  await build({ ...client, ...inClient('web'), platform: 'browser', target: 'es2022' })
  await build({
    ...shared,
    entryPoints: [join(root, 'lsp/browser.ts')],
    outfile: join(staged, 'server/browser.js'),
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
  })
  const files = await bundleCommand({
    entryPoints: { espalier: 'cli/main.ts', 'wasm-worker': 'cli/wasm-worker.ts' },
    outdir: join(staged, 'server'),
    // `espalier fmt` alone needs all of Prettier, and an editor formats by the server; the rest are looked for and may be missing.
    external: ['esbuild', 'webgpu', 'koffi'],
    banner: { js: REQUIRE },
    minify: true,
    metafile: true,
    plugins: [noteInputs, leavePrettier],
  })
  for (const { path, contents } of files) writeFileSync(path, contents)
  writeFileSync(join(staged, 'server/package.json'), '{ "type": "module" }\n')
}

function stageFiles() {
  const names = ['README.md', 'package.json', 'language-configuration.json', 'markdown.tmLanguage.json', 'snippets.json']
  for (const name of [...names, 'generated', 'images']) cpSync(join(source, name), join(staged, name), { recursive: true })
  for (const name of ['LICENSE', 'NOTICE']) cpSync(join(root, name), join(staged, name))
  const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'))
  writeFileSync(join(staged, 'package.json'), `${JSON.stringify({ ...manifest, version }, null, 2)}\n`)
}

rmSync(staged, { recursive: true, force: true })
mkdirSync(join(staged, 'server'), { recursive: true })
stageFiles()
await stageBundles()
stageLicences()
writeFileSync(join(staged, '.vscodeignore'), '')
if (!process.argv.includes('--folder')) {
  const packagePath = join(root, `dist/espalier-${version}.vsix`)
  await createVSIX({ cwd: staged, packagePath, dependencies: false, allowMissingRepository: true, rewriteRelativeLinks: false })
  console.log(`${packagePath}: ${(statSync(packagePath).size / 2 ** 20).toFixed(1)} MiB`)
}
