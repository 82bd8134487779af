/**
 * Bundles the command, split so that it loads what it needs alone: entries and the chunks they share, as files in memory.
 * `tools/build.mjs` leaves packages outside, where npm installs them; the extension for VS Code carries them.
 */
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

export const root = fileURLToPath(new URL('..', import.meta.url))
export const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** A hash of everything that decides what the compiler does: part of every key of its cache. */
function fingerprint() {
  const hash = createHash('sha256')
  const add = (path) => {
    for (const entry of readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const child = join(path, entry.name)
      if (entry.isDirectory()) add(child)
      else if (entry.name.endsWith('.ts'))
        hash.update(child.slice(root.length)).update('\0').update(readFileSync(child)).update('\0')
    }
  }
  for (const folder of ['abi', 'compiler', 'backends', 'host', 'cli', 'grammar', 'lsp']) add(join(root, folder))
  return hash
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
    .slice(0, 16)
}

/** Entries by name, written below `outdir`; `options` are esbuild's, over those that every bundle of the command has. */
export async function bundleCommand({ entryPoints, outdir, ...options }) {
  const { outputFiles } = await build({
    entryPoints: Object.fromEntries(Object.entries(entryPoints).map(([name, path]) => [name, join(root, path)])),
    absWorkingDir: root,
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    define: { __ESPALIER_VERSION__: JSON.stringify(version), __ESPALIER_BUILD__: JSON.stringify(fingerprint()) },
    chunkNames: 'chunk-[hash]',
    charset: 'utf8',
    legalComments: 'none',
    minifyWhitespace: true,
    minifySyntax: true,
    write: false,
    logLevel: 'error',
    ...options,
  })
  return outputFiles
}
