/** The names of a file. Scopes are those of the checker; a test holds the two together. */
import type { Span } from '../../diagnostics/span.ts'
import type { Name, SourceFile, UseDecl } from '../ast.ts'
import type { Resolved } from '../resolve.ts'
import { bindFunction, bindPolicy, declareFunction, type BoundPolicy } from './bind-policy.ts'
import { bindTest } from './bind-test.ts'
import type { NameIndex, SymbolId } from './name-index.ts'
import { Recorder } from './recorder.ts'

export function bindFile(file: SourceFile, { fns, uses }: Resolved): NameIndex {
  const recorder = new Recorder(file.source)
  const functions = new Map<string, SymbolId>()
  for (const decl of file.declarations) {
    if (decl.kind === 'use') bindUse(recorder, decl, uses.get(decl)?.name)
    if (decl.kind !== 'fn') continue
    const id = declareFunction(recorder, decl)
    if (!functions.has(decl.name.text)) functions.set(decl.name.text, id)
  }
  for (const { decl } of fns.values())
    if (decl.span.source !== file.source) functions.set(decl.name.text, declareFunction(recorder, decl))
  const free: Name[] = []
  const policies = new Map<string, BoundPolicy>()
  for (const decl of file.declarations) {
    if (decl.kind === 'fn') {
      const outside = { recorder, values: new Map(), axes: new Map(), functions, alternatives: new Map(), parts: new Map() }
      bindFunction({ ...outside, unknownAxis: (name) => free.push(name) }, decl)
    }
    if (decl.kind !== 'policy') continue
    const policy = bindPolicy(recorder, decl, functions, () => {})
    if (!policies.has(decl.name.text)) policies.set(decl.name.text, policy)
  }
  for (const name of free) {
    const owner = [...policies.values()].find(({ axes }) => axes.has(name.text))
    recorder.mention(owner?.axes.get(name.text), name.span)
  }
  for (const decl of file.declarations) if (decl.kind === 'test') bindTest(recorder, decl, policies)
  return recorder.finish()
}

/** The last word of a path, or the text in quotes, stands for the file. */
function bindUse(recorder: Recorder, use: UseDecl, source: string | undefined): void {
  const name = use.file ?? use.path.at(-1)
  if (name === undefined || source === undefined) return
  const beginning: Span = { source, start: 0, end: 0 }
  const id = recorder.declare(
    'file',
    { text: source, span: beginning },
    { whole: use.span, scope: { ...use.span, end: use.span.start } },
  )
  recorder.mention(id, name.span)
}
