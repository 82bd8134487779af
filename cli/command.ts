/** What a command is: a description and a function. One file per command. */
import type { Arguments } from './arguments.ts'
import type { CommandSpec } from './command-spec.ts'
import type { ExitStatus } from './refusal.ts'
import type { Terminal } from './terminal.ts'

export { jsonOption, timeOption } from './command-spec.ts'

export interface Command {
  readonly spec: CommandSpec
  run(args: Arguments, terminal: Terminal): Promise<ExitStatus> | ExitStatus
}
