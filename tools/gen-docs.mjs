/**
 * Writes the reference pages that are nothing but the contents of a table: docs/generated/{ops,passes,diagnostics}.md and
 * docs/stdlib.md. The tables are imported from the compiler, so a page cannot say something else than the code.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadTypeScript, root } from './load-typescript.mjs'
import { diagnosticsPage } from './pages/diagnostics.mjs'
import { opsPage } from './pages/ops.mjs'
import { passesPage } from './pages/passes.mjs'
import { stdlibPage } from './pages/stdlib.mjs'

function write(path, text) {
  const full = join(root, path)
  if (existsSync(full) && readFileSync(full, 'utf8') === text) return
  writeFileSync(full, text)
  console.log(`wrote ${path}`)
}

const filesIn = (folder, ending) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(ending))
    .sort()

/** The passes of the WebAssembly pipeline in the order of their first run, then the rest of what compiler/passes exports. */
async function allPasses() {
  const { pipelineFor } = await loadTypeScript('compiler/passes/pipelines.ts')
  const { wasmCaps } = await loadTypeScript('backends/wasm/caps.ts')
  const modules = await Promise.all(filesIn('compiler/passes', '.ts').map((name) => loadTypeScript(`compiler/passes/${name}`)))
  const isPass = (value) => typeof value === 'object' && value !== null && 'run' in value && 'example' in value
  const others = modules.flatMap((module) => Object.values(module).filter(isPass)).sort((a, b) => (a.name < b.name ? -1 : 1))
  return [...new Map([...pipelineFor(wasmCaps), ...others].map((pass) => [pass.name, pass])).values()]
}

async function allPolicies() {
  const { parseSource } = await loadTypeScript('compiler/frontend/parse.ts')
  return filesIn('stdlib', '.prune').map((name) => {
    const text = readFileSync(join(root, 'stdlib', name), 'utf8')
    const sink = { report: (code) => console.error(`stdlib/${name}: ${code}`) }
    return { name, text, file: parseSource({ name, text }, sink) }
  })
}

mkdirSync(join(root, 'docs/generated'), { recursive: true })
const { ops } = await loadTypeScript('compiler/ir/ops/index.ts')
const { catalogue } = await loadTypeScript('compiler/diagnostics/catalogue.ts')
write('docs/generated/ops.md', opsPage(ops))
write('docs/generated/diagnostics.md', diagnosticsPage(catalogue))
write('docs/generated/passes.md', passesPage(await allPasses()))
write('docs/stdlib.md', stdlibPage(await allPolicies()))
