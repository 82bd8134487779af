/**
 * Imports a TypeScript module of this repository from a plain Node script: bundles it (packages stay outside) into the
 * cache folder of node_modules and imports that. For tools only; Node 20 cannot read TypeScript itself.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** @param {string} path of a module, relative to the repository */
export async function loadTypeScript(path) {
  const { outputFiles } = await build({
    entryPoints: [join(root, path)],
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    write: false,
    logLevel: 'silent',
  })
  const code = outputFiles[0].text
  const folder = join(root, 'node_modules', '.cache', 'espalier')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${createHash('sha256').update(code).digest('hex').slice(0, 16)}.mjs`)
  const aside = `${file}.${process.pid}`
  writeFileSync(aside, code)
  renameSync(aside, file)
  return import(pathToFileURL(file).href)
}
