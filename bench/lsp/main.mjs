/**
 * How long an editor waits: every request, asked of the real server over its standard streams right after a keystroke, on the
 * largest policy of the library and on generated files of 300 and 2,000 lines. What was computed for the version before is
 * of no use then. The same requests again, without a change, show what is kept.
 */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createProtocolConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-languageserver-protocol/node'
import { median, printTable, writeResults } from '../statistics.mjs'

const ROUNDS = 100
/** Of the longest file, and nothing else. */
const LONG_ROUNDS = 30
const root = fileURLToPath(new URL('../..', import.meta.url))
const command = join(root, 'dist/espalier.js')
if (!existsSync(command)) {
  console.error('dist/espalier.js is missing: run `npm run build`')
  process.exit(1)
}

const library = readdirSync(join(root, 'stdlib'))
  .filter((name) => name.endsWith('.prune'))
  .map((name) => ({ name: `std:${name.slice(0, -6)}`, text: readFileSync(join(root, 'stdlib', name), 'utf8') }))
const largest = library.reduce((most, one) => (one.text.length > most.text.length ? one : most))

/** Policies of the library one after the other, under names of their own, until there are as many lines. */
function generated(lines) {
  const sources = library.filter(({ text }) => /^policy /m.test(text) && !/^use /m.test(text) && !/^fn /m.test(text))
  const parts = []
  let count = 0
  for (let n = 0; count < lines; n++) {
    const { text } = sources[n % sources.length]
    const part = text.replace(/^policy (\w+)/gm, `policy $1_${n}`).replace(/^(test .* for )(\w+)/gm, `$1$2_${n}`)
    const named = part.replace(/^(test "[^"]*") \{/gm, (_, head) => `${head} for ${/^policy (\w+)/m.exec(part)?.[1]} {`)
    parts.push(named)
    count += named.split('\n').length
  }
  return parts.join('\n').split('\n').slice(0, count).join('\n')
}

const child = spawn(process.execPath, [command, 'lsp'], { stdio: ['pipe', 'pipe', 'inherit'] })
const connection = createProtocolConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin))
connection.onNotification('textDocument/publishDiagnostics', () => {})
connection.listen()
await connection.sendRequest('initialize', { processId: process.pid, rootUri: null, capabilities: {}, workspaceFolders: null })
await connection.sendNotification('initialized', {})

/** A name in the middle of the text that is used more than once, and the place after it. */
function middle(text) {
  const lines = text.split('\n')
  for (let line = lines.length >> 1; line < lines.length; line++) {
    const found = /^ {4}(\w+) = (\w+)/.exec(lines[line])
    if (found !== null) return { line, character: 5, end: found[0].length }
  }
  throw new Error('no statement in the middle')
}

async function measure(name, text, rounds) {
  const uri = `file:///bench/${encodeURIComponent(name)}.prune`
  const { end, ...position } = middle(text)
  const whole = { start: { line: 0, character: 0 }, end: { line: text.split('\n').length, character: 0 } }
  const screen = {
    start: { line: Math.max(0, position.line - 25), character: 0 },
    end: { line: position.line + 25, character: 0 },
  }
  const document = { textDocument: { uri } }
  const requests = {
    completion: { ...document, position: { line: position.line, character: end } },
    hover: { ...document, position },
    signatureHelp: { ...document, position },
    definition: { ...document, position },
    references: { ...document, position, context: { includeDeclaration: true } },
    documentHighlight: { ...document, position },
    rename: { ...document, position, newName: 'renamed_value' },
    documentSymbol: document,
    foldingRange: document,
    'semanticTokens/full': document,
    'semanticTokens/range': { ...document, range: screen },
    inlayHint: { ...document, range: screen },
    codeLens: document,
    codeAction: { ...document, range: whole, context: { diagnostics: [] } },
  }
  let version = 1
  await connection.sendNotification('textDocument/didOpen', { textDocument: { uri, languageId: 'prune', version, text } })
  const keystroke = () => {
    const at = { line: position.line, character: end }
    const typed = version++ % 2 === 1
    const range = typed ? { start: at, end: at } : { start: at, end: { ...at, character: end + 1 } }
    const contentChanges = [{ range, text: typed ? ' ' : '' }]
    return connection.sendNotification('textDocument/didChange', { textDocument: { uri, version }, contentChanges })
  }
  const timed = async (method) => {
    const start = performance.now()
    await connection.sendRequest(`textDocument/${method}`, requests[method])
    return performance.now() - start
  }
  const after = Object.fromEntries(Object.keys(requests).map((method) => [method, []]))
  const again = Object.fromEntries(Object.keys(requests).map((method) => [method, []]))
  for (let round = -3; round < rounds; round++) {
    for (const method of Object.keys(requests)) {
      await keystroke()
      const [first, second] = [await timed(method), await timed(method)]
      if (round < 0) continue
      after[method].push(first)
      again[method].push(second)
    }
  }
  return { lines: text.split('\n').length, characters: text.length, after, again }
}

const percentile = (values, share) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]
const rounded = (value) => Number(value.toFixed(1))

const results = {}
for (const [name, text] of [
  [largest.name, largest.text],
  ['generated-300', generated(300)],
  ['generated-2000', generated(2000)],
]) {
  // prettier-ignore
  const { lines, characters, after, again } = await measure(name, text, text.length > 50_000 ? LONG_ROUNDS : ROUNDS)
  const rows = Object.keys(after).map((method) => ({
    method,
    median: rounded(median(after[method])),
    p99: rounded(percentile(after[method], 0.99)),
    again: rounded(median(again[method])),
  }))
  console.log(`\n${name}: ${lines} lines, ms from a request right after a keystroke to its answer\n`)
  printTable(
    ['', 'median', 'p99', 'unchanged'],
    rows.map(({ method, ...row }) => [method, row.median, row.p99, row.again]),
  )
  results[name] = { lines, characters, requests: Object.fromEntries(rows.map(({ method, ...row }) => [method, row])) }
}
await connection.sendRequest('shutdown', null)
await connection.sendNotification('exit', null)
// The machine may have had other work: then waiting for a processor is in the numbers.
writeResults('lsp', { rounds: ROUNDS, loadAverage: rounded(loadavg()[0]), documents: results })
