/** Above tests: run it. Above entries: explain its plan. Above policies: run all tests, show kernels. The client has the commands. */
import type { CodeLens } from 'vscode-languageserver'
import type { Span } from '../../compiler/diagnostics/span.ts'
import type { Name } from '../../compiler/frontend/ast.ts'
import type { Analysis } from '../analysis.ts'

export function codeLenses(analysis: Analysis, uri: string, targets: readonly string[] | null): CodeLens[] {
  const { lines, tree } = analysis
  const lens = (span: Span, title: string, command: string, argument: Readonly<Record<string, string>>): CodeLens => ({
    range: lines.range(span),
    command: { title, command, arguments: [{ uri, ...argument }] },
  })
  if (targets === null) return []
  return tree.file.declarations.flatMap((declaration): CodeLens[] => {
    if (declaration.kind === 'test')
      return [lens(declaration.title.span, 'run test', 'espalier.runTests', { name: unquoted(declaration.title) })]
    if (declaration.kind !== 'policy') return []
    const policy = declaration.name.text
    const kernels = targets.map((target) =>
      lens(declaration.name.span, `kernels: ${target}`, 'espalier.showKernel', { policy, target }),
    )
    const entries = declaration.items.flatMap((item): CodeLens[] => {
      if (item.kind !== 'entry') return []
      const entry = `${policy}.${item.name.text}`
      return [
        lens(item.name.span, 'explain', 'espalier.explain', { entry }),
        ...targets.map((target) => lens(item.name.span, `kernels: ${target}`, 'espalier.showKernel', { entry, target })),
      ]
    })
    return [...kernels, ...entries]
  })
}

const unquoted = ({ text }: Name): string => text.replace(/^"|"$/g, '')
