/** Compiles a policy file to WebAssembly in this process and makes an instance. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadTypeScript } from '../tools/load-typescript.mjs'

/** @param dtypes what `float` inputs are stored as, by entry and input; f32 when absent */
export async function compiledPolicy(url, dtypes = undefined) {
  const { compile } = await loadTypeScript('compiler/driver.ts')
  const { DiagnosticSink } = await loadTypeScript('compiler/diagnostics/sink.ts')
  const { wasmBackend } = await loadTypeScript('backends/wasm/index.ts')
  const { instantiate } = await loadTypeScript('host/runtime/wasm/index.ts')
  const sink = new DiagnosticSink()
  const source = { name: basename(fileURLToPath(url)), text: readFileSync(url, 'utf8') }
  const [compiled] = await compile({ source, load: () => null, sink, target: wasmBackend, version: 'bench', dtypes })
  if (compiled === undefined)
    throw new Error(
      sink
        .list()
        .map(({ message }) => message)
        .join('\n'),
    )
  const kernels = compiled.artifacts.find((artifact) => artifact.role === 'kernels')
  return instantiate(compiled.manifest, kernels.content)
}
