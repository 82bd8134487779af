/** Compiles a policy of the library, or a text, for a target in this process: its manifest and its kernels as bytes. */
import { library } from '../../cli/generated/library.ts'
import { DiagnosticSink } from '../../compiler/diagnostics/sink.ts'
import { compile } from '../../compiler/driver.ts'

/** @param dtype what `float` inputs are stored as */
export async function compiled(target, name, text, dtype) {
  const sink = new DiagnosticSink()
  const [policy] = await compile({
    source: { name, text: text ?? library[name] },
    load: (path) => ({ name: path, text: library[path.replace(/^std[:.]/, '')] }),
    sink,
    target,
    version: 'bench',
    dtypes: () => dtype,
  })
  if (policy === undefined) throw new Error(sink.list().map(({ message }) => message).join('\n')) // prettier-ignore
  const { content } = policy.artifacts.find(({ role }) => role === 'kernels')
  return { manifest: policy.manifest, kernels: typeof content === 'string' ? new TextEncoder().encode(content) : content }
}
