/**
 * An exception that nobody expected is a bug of the compiler: everything needed to see it again goes into one file, whose
 * path is printed. The name of the file follows from its content.
 */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CompilerBug } from '../compiler/diagnostics/bug.ts'
import { fileKind } from './files/file-kind.ts'
import { library } from './generated/library.ts'
import type { Terminal } from './terminal.ts'
import { buildId, version } from './version.ts'

export function reportBug(error: unknown, words: readonly string[], terminal: Terminal, folder = tmpdir()): void {
  const message = error instanceof Error ? error.message : String(error)
  terminal.err(`internal error: ${message}\nThis is a bug of the compiler, not of your policy.\n`)
  const text = bugReport(error, words)
  const path = join(folder, `espalier-bug-${createHash('sha256').update(text).digest('hex').slice(0, 12)}.md`)
  try {
    writeFileSync(path, text)
    terminal.err(`Everything needed to reproduce it is in ${path}; please attach that file to a report.\n`)
  } catch {
    terminal.err(`A reproducer could not be written to ${folder}; here it is:\n\n${text}`)
  }
}

function bugReport(error: unknown, words: readonly string[]): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const cause = error instanceof Error && error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : null
  const ir = error instanceof CompilerBug ? error : null
  const sections: (readonly [string, string | null | undefined])[] = [
    ['Command', `espalier ${words.map((word) => (/^[\w.:/=%,-]+$/.test(word) ? word : JSON.stringify(word))).join(' ')}`],
    ['Versions', `espalier ${version} (${buildId}), node ${process.version}, ${process.platform} ${process.arch}`],
    ['Stack', stack],
    ['Cause', cause],
    ['Pass', ir?.pass],
    ['IR before', ir?.before],
    ['IR after', ir?.after],
    ...policyTexts(words),
  ]
  const body = sections.flatMap(([title, text]) =>
    text === null || text === undefined ? [] : [`## ${title}\n\n\`\`\`\n${text.trimEnd()}\n\`\`\`\n`],
  )
  return ['# Internal error of espalier\n', ...body].join('\n')
}

/** The policies that the command line names. */
function policyTexts(words: readonly string[]): (readonly [string, string])[] {
  return words.flatMap((word) => {
    const text = word.startsWith('std:') ? library[word.slice(4)] : /\.(prune|pir)$/.test(word) ? textOf(word) : undefined
    return text === undefined ? [] : [[word, text] as const]
  })
}

function textOf(path: string): string | undefined {
  return fileKind(path) === 'file' ? readFileSync(path, 'utf8') : undefined
}
