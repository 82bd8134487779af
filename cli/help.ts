/** The help texts, from the commands' own descriptions: examples first, then options. */
import type { CommandSpec, OptionSpec } from './command-spec.ts'
import { table } from './terminal.ts'

export interface CommandSummary {
  readonly name: string
  readonly summary: string
}

export function overview(commands: readonly CommandSummary[], version: string): string {
  return `espalier ${version}: a compiler for declarative pruning policies

  espalier run std:magnitude --in W=w.npy --set sparsity=70%    prune a tensor
  espalier build std:mustafar --target wasm --out dist          kernels and a typed host shim
  espalier check my.prune                                       diagnostics only

Commands:
${table(commands.map(({ name, summary }) => [`  ${name}`, summary]))}
\`espalier COMMAND --help\` has examples and options. Diagnostics: \`espalier explain ESP1004\`.
Exit status: 0 fine, 1 errors or failures, 2 wrong command line, 3 target not available, 70 a bug of the compiler.
`
}

export function commandHelp(spec: CommandSpec): string {
  const options = Object.entries(spec.options)
  const usage = [`espalier ${spec.name}`, spec.positional.name, ...(options.length > 0 ? ['[options]'] : [])].filter(
    (word) => word !== '',
  )
  const parts = [
    `${spec.summary}\n`,
    table(spec.examples.map(({ line, does }) => [`  ${line}`, does])),
    `Usage: ${usage.join(' ')}\n`,
    spec.positional.doc === '' ? '' : table([[`  ${spec.positional.name}`, spec.positional.doc]]),
    options.length === 0
      ? ''
      : `Options:\n${table(options.map(([name, option]) => [`  ${optionText(name, option)}`, option.doc]))}`,
  ]
  return parts.filter((part) => part !== '').join('\n')
}

function optionText(name: string, { kind, value }: OptionSpec): string {
  if (kind === 'flag') return `--${name}`
  return `--${name} ${value ?? 'VALUE'}${kind === 'list' ? '…' : ''}`
}
