/**
 * Runs every generator, `tools/gen-*.mjs`, each of which writes files that are committed. `--check` fails when that changed
 * any file, which means that somebody edited a source of a generator, or a generated file, without running `npm run gen`.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const check = process.argv.includes('--check')

/** Where generators may write: folders named `generated`, and these. */
const GENERATED_FILES = ['docs/stdlib.md']

/** Text of every generated file by path. */
function generated() {
  const found = new Map()
  const visit = (folder, inside) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (['node_modules', 'dist', '.git', '.cache'].includes(entry.name)) continue
      const path = join(folder, entry.name)
      const name = relative(root, path)
      if (entry.isDirectory()) visit(path, inside || entry.name === 'generated')
      else if (inside || GENERATED_FILES.includes(name)) found.set(name, readFileSync(path, 'utf8'))
    }
  }
  visit(root, false)
  return found
}

const before = check ? generated() : new Map()
const generators = readdirSync(join(root, 'tools'))
  .filter((name) => /^gen-.*\.mjs$/.test(name))
  .sort()
for (const name of generators) {
  const { status } = spawnSync(process.execPath, [join(root, 'tools', name)], { cwd: root, stdio: 'inherit' })
  if (status !== 0) {
    console.error(`tools/${name} failed`)
    process.exit(1)
  }
}
if (check) {
  const after = generated()
  const stale = [...new Set([...before.keys(), ...after.keys()])].filter((name) => before.get(name) !== after.get(name)).sort()
  for (const name of stale) console.error(`${name} was stale: run npm run gen and commit the result`)
  process.exitCode = stale.length === 0 ? 0 : 1
}
