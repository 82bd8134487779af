/** What a reader of a policy is shown: hover, outline, folding, colours, hints, lenses. Over the real server. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type {
  CodeLens,
  DocumentSymbol,
  FoldingRange,
  Hover,
  InlayHint,
  MarkupContent,
  SemanticTokens,
} from 'vscode-languageserver-protocol'
import { legend } from '../../lsp/requests/semantic-tokens.ts'
import { ensureBuilt } from '../unit/cli/espalier.ts'
import { Client } from './client.ts'
import { marked } from './marked.ts'

const URI = 'file:///policies/a.prune'
const SOURCE = marked(`// A file for tests.
// With two lines of comment.

/// Half of it (arXiv 2306.11695).
policy /*policy*/halves(sparsity: ratio = 50%) {
  axes in = quad * lane(4)
  /// Running sums.
  state power: f32[in] = 0

  entry prune(/*input*/W: f16[out, in]) {
    score = abs(/*use*/W) * /*sqrt*/sqrt(/*state*/power)
    power := sum[out](score)
    /*mask*/mask = /*keep*/keep 2 of /*axis*/lane by score
    half = drop sparsity of quad by sum[lane](score)
    return mask, half, packed: pack W by mask as /*format*/nm(2, 4), power
  }
}

test "keeps the two largest" for halves {
  prune(W = [[1, 2, 3, 4]])
  expect mask = [[1, 1, 0, 0]]
}
`)
const WHOLE = { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } }

const client = new Client()

beforeAll(async () => {
  ensureBuilt()
  await client.start()
  await client.open(URI, SOURCE.text)
})
afterAll(() => client.stop())

async function hoverText(mark: string): Promise<string> {
  const found = await client.at<Hover | null>('hover', URI, SOURCE.at(mark))
  return (found?.contents as MarkupContent | undefined)?.value ?? ''
}

test('hover over a value: its type with axes, what is proven, its bytes', async () => {
  expect(await hoverText('input')).toContain('W: f16[out, in]')
  expect(await hoverText('use')).toContain('8·out·quad bytes')
  expect(await hoverText('mask')).toContain('keeps exactly 2 of lane')
})

test('hover over a state: its documentation', async () => {
  const text = await hoverText('state')
  expect(text).toContain('state power: f32[in]')
  expect(text).toContain('Running sums.')
})

test('hover over a policy: its head, and the paper as a link', async () => {
  const text = await hoverText('policy')
  expect(text).toContain('policy halves(sparsity: ratio = 50%)')
  expect(text).toContain('(https://arxiv.org/abs/2306.11695)')
})

test('hover over functions, forms, axes, formats', async () => {
  expect(await hoverText('sqrt')).toContain('square root')
  expect(await hoverText('keep')).toContain('keep AMOUNT of AXIS by SCORE')
  expect(await hoverText('axis')).toContain('in = quad * lane(4)')
  expect(await hoverText('format')).toContain('nm(n, m)')
})

test('the outline has policies with their parts, and tests', async () => {
  const symbols = await client.of<DocumentSymbol[]>('documentSymbol', URI)
  expect(symbols.map(({ name }) => name)).toEqual(['halves', 'keeps the two largest'])
  expect(symbols[0]?.children?.map(({ name }) => name)).toEqual(['sparsity', 'in', 'power', 'prune'])
})

test('comments, policies and entries fold', async () => {
  const ranges = await client.of<FoldingRange[]>('foldingRange', URI)
  const lines = ranges.map(({ startLine, endLine }) => `${startLine}-${endLine}`)
  expect(lines).toContain('0-1') // the comment
  expect(lines).toContain('4-15') // the policy
  expect(lines).toContain('9-14') // the entry
})

interface Word {
  readonly word: string
  readonly type: string
}

function words({ data }: SemanticTokens): readonly Word[] {
  const lines = SOURCE.text.split('\n')
  const found: Word[] = []
  let [line, column] = [0, 0]
  for (let at = 0; at < data.length; at += 5) {
    const [down = 0, along = 0, length = 0, type = 0] = data.slice(at, at + 4)
    line += down
    column = down === 0 ? column + along : along
    found.push({ word: (lines[line] ?? '').slice(column, column + length), type: legend.tokenTypes[type] ?? '' })
  }
  return found
}

test('words are coloured by what they mean', async () => {
  const all = words(await client.of<SemanticTokens>('semanticTokens/full', URI))
  const typeOf = (word: string): string | undefined => all.find((one) => one.word === word)?.type
  expect(typeOf('halves')).toBe('class')
  expect(typeOf('lane')).toBe('typeParameter')
  expect(typeOf('power')).toBe('property')
  expect(typeOf('score')).toBe('variable')
  expect(typeOf('sqrt')).toBe('function')
  expect(typeOf('keep')).toBe('keyword')
  expect(typeOf('f16')).toBe('type')
  expect(typeOf('nm')).toBe('type')
  expect(typeOf('// A file for tests.')).toBe('comment')
})

test('colours of a range are those of the whole file within it', async () => {
  const range = { start: { line: 9, character: 0 }, end: { line: 10, character: 0 } }
  const some = words(await client.of<SemanticTokens>('semanticTokens/range', URI, { range }))
  expect(some.map(({ word }) => word)).toEqual(['entry', 'prune', 'W', 'f16', 'out', 'in'])
})

test('hints: inferred axes, how many are kept, bytes of what is packed', async () => {
  const hints = await client.of<InlayHint[]>('inlayHint', URI, { range: WHOLE })
  const labels = hints.map(({ label }) => label)
  expect(labels).toContain(': f32[out, in]')
  expect(labels).toContain(': bool[out, in], keeps 2 of lane')
  expect(labels).toContain(': bool[out, quad], keeps quad - floor(sparsity·quad) of quad')
  const packed = hints.find(({ label }) => label === ': nm(2, 4) f16[out, in]')
  expect(packed?.tooltip).toContain('4·out·quad')
})

test('lenses run tests, explain entries, show kernels', async () => {
  const lenses = await client.of<CodeLens[]>('codeLens', URI)
  const found = lenses.map(({ command }) => `${command?.title} ${command?.command}`)
  expect(found).toContain('run test espalier.runTests')
  expect(found).toContain('explain espalier.explain')
  expect(found).toContain('kernels: wasm espalier.showKernel')
})
