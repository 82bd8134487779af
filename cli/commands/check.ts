/** `espalier check`: what is wrong with policies, and nothing else. Must start fast, so it loads the front end alone. */
import { DiagnosticSink } from '../../compiler/diagnostics/sink.ts'
import { renderJson, type Sources } from '../../compiler/diagnostics/render.ts'
import type { Diagnostic } from '../../compiler/diagnostics/diagnostic.ts'
import { checkFile } from '../../compiler/frontend/check.ts'
import { parseSource } from '../../compiler/frontend/parse.ts'
import type { Source } from '../../compiler/frontend/source.ts'
import { jsonOption, timeOption, type Command } from '../command.ts'
import { loadUsed, readPolicySource } from '../policy-source.ts'
import { exitStatus, Refusal } from '../refusal.ts'
import { jsonLine, showDiagnostics } from '../terminal.ts'
import { Stopwatch } from '../stopwatch.ts'

export const check: Command = {
  spec: {
    name: 'check',
    summary: 'Report what is wrong with policies: errors, and warnings about policies that cannot do what they seem to.',
    examples: [
      { line: 'espalier check my.prune', does: 'check one file' },
      { line: 'espalier check policies/*.prune std:wanda', does: 'check several' },
      { line: 'cat my.prune | espalier check - --json', does: 'from stdin, for programs' },
    ],
    options: {
      'deny-warnings': { kind: 'flag', doc: 'Fail on warnings too.' },
      json: jsonOption,
      time: timeOption,
    },
    positional: { name: 'FILE…', doc: 'Policy files, `std:NAME`, or `-` for stdin.', min: 1, max: Infinity },
  },
  async run(args, terminal) {
    const watch = new Stopwatch()
    const results: Checked[] = []
    for (const path of args.positionals) results.push(await checkOne(path, watch))
    if (args.flag('json'))
      terminal.out(jsonLine({ diagnostics: results.flatMap(({ diagnostics, sources }) => renderJson(diagnostics, sources)) }))
    else for (const { diagnostics, sources, dropped } of results) showDiagnostics(terminal, diagnostics, sources, dropped)
    if (args.flag('time')) terminal.err(watch.text())
    const strict = args.flag('deny-warnings')
    const failed = results.some(({ diagnostics }) => diagnostics.some(({ severity }) => strict || severity === 'error'))
    return failed ? exitStatus.failed : exitStatus.ok
  },
}

interface Checked {
  readonly diagnostics: readonly Diagnostic[]
  readonly sources: Sources
  readonly dropped: number
}

/** A file that cannot be read does not keep the others from being checked. */
async function checkOne(path: string, watch: Stopwatch): Promise<Checked> {
  try {
    return checkSource(await watch.time('read', () => readPolicySource(path)), watch)
  } catch (error) {
    if (error instanceof Refusal) return { diagnostics: [error.diagnostic], sources: new Map(), dropped: 0 }
    throw error
  }
}

function checkSource(source: Source, watch: Stopwatch): Checked {
  const sink = new DiagnosticSink()
  const file = watch.timeSync('parse', () => parseSource(source, sink))
  const { used } = watch.timeSync('check', () => checkFile(file, { load: loadUsed, sink }))
  const sources = new Map([source, ...used].map(({ name, text }) => [name, text]))
  return { diagnostics: sink.list(), sources, dropped: sink.dropped }
}
