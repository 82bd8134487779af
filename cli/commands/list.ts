/** `espalier list`: the standard library, from the sources themselves. */
import { DiagnosticSink } from '../../compiler/diagnostics/sink.ts'
import { parseSource } from '../../compiler/frontend/parse.ts'
import type { PolicyDecl } from '../../compiler/frontend/ast.ts'
import { jsonOption, type Command } from '../command.ts'
import { libraryNames, librarySource } from '../policy-source.ts'
import { exitStatus } from '../refusal.ts'
import { jsonLine, table } from '../terminal.ts'

export const list: Command = {
  spec: {
    name: 'list',
    summary: 'List the policies of the standard library, with their tags and entries.',
    examples: [
      { line: 'espalier list', does: 'names and first lines' },
      { line: 'espalier list --json', does: 'everything, for programs' },
    ],
    options: { json: jsonOption },
    positional: { name: '', doc: '', min: 0, max: 0 },
  },
  run(args, terminal) {
    const policies = libraryNames().flatMap(policiesOf)
    if (args.flag('json')) terminal.out(jsonLine(policies))
    else
      terminal.out(
        table(
          policies.map(({ name, tag, entries, summary }) => [
            `std:${name}`,
            tag ?? '',
            entries.map((entry) => entry.name).join(' '),
            summary,
          ]),
        ),
      )
    return exitStatus.ok
  },
}

function policiesOf(file: string) {
  const { declarations } = parseSource(librarySource(file), new DiagnosticSink())
  return declarations.flatMap((declaration) => (declaration.kind === 'policy' ? [describe(file, declaration)] : []))
}

function describe(file: string, { doc, params, items }: PolicyDecl) {
  const [summary = ''] = (doc ?? '').split('\n')
  return {
    name: file,
    summary,
    doc,
    tag: /^\s*Tag:\s*(\w+)/m.exec(doc ?? '')?.[1] ?? null,
    params: params.map((param) => ({ name: param.name.text, doc: param.doc })),
    entries: items.flatMap((item) =>
      item.kind === 'entry' ? [{ name: item.name.text, doc: item.doc, inputs: item.inputs.map((input) => input.name.text) }] : [],
    ),
  }
}
