/** The codes a policy text leads to when it is checked and compiled for wasm, in reading order. */
import { wasmBackend } from '../../backends/wasm/index.ts'
import { compile } from '../../compiler/driver.ts'
import { DiagnosticSink } from '../../compiler/diagnostics/sink.ts'
import { loadLibrary } from './library-source.ts'

/** `files`: what `use` finds beside the text. */
export async function reportedCodes(text: string, files: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const sink = new DiagnosticSink()
  const load = (path: string) => {
    const beside = files[path] ?? files[path.replace(/^\.\//, '')]
    return beside === undefined ? loadLibrary(path) : { name: path, text: beside }
  }
  await compile({ source: { name: 'example.prune', text }, load, sink, target: wasmBackend, version: '0', verify: 'each' })
  return sink.list().map((diagnostic) => diagnostic.code)
}
