/** Diagnostics ESP50xx: a command line that does not say what to do. All of them end with exit status 2. */
import { defineDiagnostics } from '../define.ts'

const near = (suggestion: string | null, fallback: string): string =>
  suggestion === null ? fallback : `Did you mean \`${suggestion}\`?`

export const commandLine = defineDiagnostics({
  ESP5001: {
    severity: 'error',
    title: 'unknown command',
    message: (p: { command: string; suggestion: string | null }) => `there is no command \`${p.command}\``,
    help: (p) => near(p.suggestion, 'Run `espalier --help` for the list of commands.'),
    explain:
      'The first word after `espalier` names a command. Commands are never abbreviated, so that scripts keep their meaning.',
    example: { kind: 'command', wrong: 'espalier chekc std:magnitude', right: 'espalier check std:magnitude' },
  },
  ESP5002: {
    severity: 'error',
    title: 'unknown option',
    message: (p: { command: string; option: string; suggestion: string | null }) =>
      `\`espalier ${p.command}\` has no option \`${p.option}\``,
    help: (p) => near(p.suggestion, `Run \`espalier ${p.command} --help\` for its options.`),
    explain: 'An option that is not understood stops the command: going on without it would do something else than was asked.',
    example: { kind: 'command', wrong: 'espalier list --jsn', right: 'espalier list --json' },
  },
  ESP5003: {
    severity: 'error',
    title: 'option without its value',
    message: (p: { option: string; value: string }) => `\`${p.option}\` needs a value: ${p.value}`,
    explain: 'The value follows the option as the next word or after `=`. A value that starts with `-` needs the form with `=`.',
    example: {
      kind: 'command',
      wrong: 'espalier build std:magnitude --target',
      right: 'espalier build std:magnitude --target wasm --out out',
    },
  },
  ESP5004: {
    severity: 'error',
    title: 'missing argument',
    message: (p: { command: string; argument: string }) => `\`espalier ${p.command}\` needs ${p.argument}`,
    help: (p) =>
      `Options that take several values (\`--in\`, \`--set\`, \`--data\`) read on to the next option: put the argument first. See \`espalier ${p.command} --help\`.`,
    explain: 'The command cannot guess what it should work on.',
    example: { kind: 'command', wrong: 'espalier check', right: 'espalier check std:magnitude' },
  },
  ESP5005: {
    severity: 'error',
    title: 'one argument too many',
    message: (p: { command: string; argument: string }) => `\`espalier ${p.command}\` does not take \`${p.argument}\``,
    help: (p) => `See \`espalier ${p.command} --help\`.`,
    explain:
      'A word that the command would not look at is most often an option without its dashes, or a file meant for another option.',
    example: { kind: 'command', wrong: 'espalier list json', right: 'espalier list --json' },
  },
  ESP5006: {
    severity: 'error',
    title: 'value that the option does not accept',
    message: (p: { option: string; value: string; expected: string }) =>
      `\`${p.option}\` cannot be \`${p.value}\`: expected ${p.expected}`,
    explain: 'The value is checked before anything is read, compiled or written.',
    example: {
      kind: 'command',
      wrong: 'espalier build std:magnitude --target wasm --dtype W=f12 --out out',
      right: 'espalier build std:magnitude --target wasm --dtype W=f16 --out out',
    },
  },
  ESP5008: {
    severity: 'error',
    title: 'option given twice',
    message: (p: { option: string }) => `\`${p.option}\` is given twice`,
    help: () => 'Leave one of them out.',
    explain: 'Taking the first or the last would silently ignore the other.',
    example: {
      kind: 'command',
      wrong: 'espalier build std:magnitude --target wasm --out out --out elsewhere',
      right: 'espalier build std:magnitude --target wasm --out out',
    },
  },
})
