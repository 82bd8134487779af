/** Text that nobody means as a policy: the server neither dies nor stalls. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CancellationTokenSource, LSPErrorCodes } from 'vscode-languageserver-protocol'
import type { CompletionItem, DocumentSymbol, Hover } from 'vscode-languageserver-protocol'
import { ensureBuilt } from '../unit/cli/espalier.ts'
import { Client } from './client.ts'

const client = new Client()
let files = 0

beforeAll(async () => {
  ensureBuilt()
  await client.start()
})
afterAll(() => client.stop())

/** Milliseconds within which anything must be answered: far more than it takes, so that a busy machine passes. */
const PATIENCE = 5000

/** Opens the text and asks for everything an editor asks for. */
async function survives(text: string): Promise<readonly string[]> {
  const uri = `file:///hostile/${files++}.prune`
  const started = performance.now()
  await client.open(uri, text)
  const place = { line: 0, character: Math.min(text.length, 50) }
  const range = { start: { line: 0, character: 0 }, end: { line: 1000, character: 0 } }
  await Promise.all([
    client.at<Hover | null>('hover', uri, place),
    client.at<CompletionItem[]>('completion', uri, place),
    client.at('signatureHelp', uri, place),
    client.at('definition', uri, place),
    client.at('documentHighlight', uri, place),
    client.of<DocumentSymbol[]>('documentSymbol', uri),
    client.of('foldingRange', uri),
    client.of('semanticTokens/full', uri),
    client.of('inlayHint', uri, { range }),
    client.of('codeLens', uri),
    client.of('codeAction', uri, { range, context: { diagnostics: [] } }),
  ])
  const codes = (await client.diagnostics(uri)).map(({ code }) => String(code))
  expect(performance.now() - started).toBeLessThan(PATIENCE)
  return codes
}

/** Numbers that look random and are the same in every run. */
function* numbers(seed: number): Generator<number> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    yield state
  }
}

function garbage(length: number, alphabet: string): string {
  const source = numbers(7)
  return Array.from({ length }, () => alphabet[(source.next().value as number) % alphabet.length]).join('')
}

test('a file of 1 MB is refused as a whole, and says so', async () => {
  expect(await survives('x '.repeat(500_000))).toEqual(['ESP0114'])
})

test('a file without a line break', async () => {
  expect(await survives(`policy p { ${'entry e(W: f32[a]) { return y: W } '.repeat(500)} }`)).toContain('ESP1002')
})

test('random bytes', async () => {
  const bytes = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i))
  expect((await survives(garbage(100_000, bytes))).length).toBeGreaterThan(0)
  expect((await survives(garbage(100_000, '(){}[] \n=.:,keepof1%"/'))).length).toBeGreaterThan(0)
})

test('random words of the language', async () => {
  const source = numbers(11)
  const words = 'policy p { entry e ( W : f32 [ a ] ) return keep 2 of by abs sum state fn test use std . " } = :='.split(' ')
  const text = Array.from({ length: 20_000 }, () => words[(source.next().value as number) % words.length]).join(' ')
  expect((await survives(text)).length).toBeGreaterThan(0)
})

test.each(['(', '[', '{', 'not ', '-', 'f(', 'sum[', '// ', '"'])('10,000 times %s', async (mark) => {
  await survives(`policy p { entry e(W: f32[a]) { return y: ${mark.repeat(10_000)} } }`)
  await survives(mark.repeat(10_000))
})

test('a thousand quick changes: the last one counts', async () => {
  const uri = 'file:///hostile/quick.prune'
  const text = (n: number): string =>
    `policy p {\n  entry e(W: f32[out]) { return y: W * ${n} + ${'W + '.repeat(50)} missing_${n} }\n}\n`
  const started = performance.now()
  await client.open(uri, text(0))
  const asked: Promise<unknown>[] = []
  for (let n = 1; n <= 1000; n++) {
    await client.change(uri, text(n))
    if (n % 10 === 0) asked.push(client.at('hover', uri, { line: 1, character: 10 }))
  }
  await Promise.all(asked)
  expect((await client.diagnostics(uri))[0]?.message).toContain('missing_1000')
  expect(performance.now() - started).toBeLessThan(4 * PATIENCE)
})

test('a request that is cancelled at once is answered with that', async () => {
  const uri = 'file:///hostile/cancelled.prune'
  await client.open(uri, 'policy p { entry e(W: f32[a]) { return y: W } }')
  const cancel = new CancellationTokenSource()
  const answer = client.connection.sendRequest('textDocument/documentSymbol', { textDocument: { uri } }, cancel.token)
  cancel.cancel()
  await expect(answer).rejects.toMatchObject({ code: LSPErrorCodes.RequestCancelled })
  expect(await client.of<DocumentSymbol[]>('documentSymbol', uri)).toHaveLength(1)
})

test('requests about documents that are not there', async () => {
  const uri = 'file:///nowhere/at-all.prune'
  expect(await client.at('hover', uri, { line: 0, character: 0 })).toBeNull()
  expect(await client.at('completion', uri, { line: 99, character: 99 })).toEqual([])
  await expect(client.request('espalier/explain', { uri })).rejects.toThrow(/there is no document/)
  await expect(client.request('espalier/explain', { uri: 'not a uri %' })).rejects.toThrow(/there is no document/)
})
