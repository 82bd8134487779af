#!/usr/bin/env node
/**
 * The command `espalier`: finds the command, parses its words, runs it, and turns what went wrong into messages and an
 * exit status. The only place that ends the process.
 */
import { nearMiss } from '../abi/near-miss.ts'
import { parseArguments } from './arguments.ts'
import { commands, type CommandEntry } from './commands/index.ts'
import { commandHelp, overview } from './help.ts'
import { exitStatus, refuse, Refusal, type ExitStatus } from './refusal.ts'
import { rejectionOf } from './rejected.ts'
import { processTerminal, showDiagnostics, type Terminal } from './terminal.ts'
import { version } from './version.ts'

export async function main(words: readonly string[], terminal: Terminal): Promise<ExitStatus> {
  try {
    return await dispatch(words, terminal)
  } catch (error) {
    if (error instanceof Refusal) {
      showDiagnostics(terminal, [error.diagnostic])
      return error.exit
    }
    const rejected = rejectionOf(error)
    if (rejected !== null) {
      showDiagnostics(terminal, rejected.diagnostics, rejected.sources, rejected.dropped)
      return exitStatus.failed
    }
    const { reportBug } = await import('./bug-report.ts')
    reportBug(error, words, terminal)
    return exitStatus.bug
  }
}

async function dispatch(words: readonly string[], terminal: Terminal): Promise<ExitStatus> {
  const [name, ...rest] = words
  if (name === '--version' || name === '-V') {
    terminal.out(`espalier ${version}\n`)
    return exitStatus.ok
  }
  if (name === '--help' || name === '-h' || name === 'help') return help(rest, terminal)
  if (name === undefined) {
    terminal.err(overview(commands, version))
    return exitStatus.usage
  }
  const command = await find(name).load()
  const args = parseArguments(command.spec, rest)
  if (!args.help) return command.run(args, terminal)
  terminal.out(commandHelp(command.spec))
  return exitStatus.ok
}

function find(name: string): CommandEntry {
  const near = () => nearMiss(name, [...commands.map((command) => command.name), 'help'])
  return commands.find((command) => command.name === name) ?? refuse('ESP5001', { command: name, suggestion: near() })
}

async function help([name]: readonly string[], terminal: Terminal): Promise<ExitStatus> {
  const command = name === undefined || name.startsWith('-') ? undefined : await find(name).load()
  terminal.out(command === undefined ? overview(commands, version) : commandHelp(command.spec))
  return exitStatus.ok
}

/** A reader that closes the pipe early (`| head`) has what it wanted. */
function endQuietlyOnClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? exitStatus.ok : exitStatus.failed))
  }
}

endQuietlyOnClosedPipe()
process.exitCode = await main(process.argv.slice(2), processTerminal())
