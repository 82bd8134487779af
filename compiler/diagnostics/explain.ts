/** The page of one code, as Markdown: what it means, why the rule exists, a failing and a fixed example. */
import { diagnosticRow, type DiagnosticCode } from './catalogue.ts'
import type { DiagnosticExample } from './define.ts'

export function explainPage(code: DiagnosticCode): string {
  const row = diagnosticRow(code)
  return [`# ${code}: ${row.title}`, `*${row.severity}*`, row.explain.trim(), ...examplePart(row.example)].join('\n\n') + '\n'
}

function examplePart(example: DiagnosticExample): string[] {
  switch (example.kind) {
    case 'policy':
      return [
        ...fileParts(example.files),
        '## Refused',
        fence('prune', example.wrong),
        '## Accepted',
        fence('prune', example.right),
      ]
    case 'command':
      return [...fileParts(example.files), '## Refused', fence('sh', example.wrong), '## Accepted', fence('sh', example.right)]
    case 'device':
    case 'cuda':
      return ['## Refused', fence('js', example.wrong), '## Accepted', fence('js', example.right)]
    case 'call': {
      const call = (args: Readonly<Record<string, unknown>>) =>
        fence('js', `policy.${example.entry}(${JSON.stringify(args, null, 2)})`)
      return ['## Policy', fence('prune', example.policy), '## Refused', call(example.wrong), '## Accepted', call(example.right)]
    }
  }
}

const fileParts = (files: Readonly<Record<string, string>> = {}): string[] =>
  Object.entries(files).flatMap(([name, text]) => [`\`${name}\`:`, fence('prune', text)])

const fence = (language: string, text: string): string => '```' + language + '\n' + text.trim().replace(LONG, '$1…') + '\n```'

/** Examples of limits have lines that nobody would read to the end. */
const LONG = /^(.{200}).+$/gm
