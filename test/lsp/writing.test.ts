/** What helps a writer, in files that do not parse yet: diagnostics, fixes, completion, signatures. Over the real server. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CodeAction, CompletionItem, Diagnostic, SignatureHelp, TextEdit } from 'vscode-languageserver-protocol'
import { TextLines } from '../../lsp/text-lines.ts'
import { ensureBuilt } from '../unit/cli/espalier.ts'
import { Client } from './client.ts'
import { marked, type Marked } from './marked.ts'

const client = new Client()
let files = 0

beforeAll(async () => {
  ensureBuilt()
  await client.start()
})
afterAll(() => client.stop())

async function opened(source: string): Promise<Marked & { readonly uri: string }> {
  const uri = `file:///policies/w${files++}.prune`
  const file = marked(source)
  await client.open(uri, file.text)
  return { ...file, uri }
}

const policy = (body: string, head = 'W: f16[out, in], X: f32[token, in]'): string =>
  `/// Doc.\npolicy p(sparsity: ratio = 50%, rule: exact | rough = exact) {\n  axes in = quad * lane(4)\n  /// Sums.\n  state power: f32[in] = 0\n  entry first_entry(${head}) {\n    score = abs(W)\n    ${body}\n  }\n}\n`

describe('diagnostics', () => {
  test('come by themselves, with related places, for the version they are about', async () => {
    const { uri, text } = await opened(policy('score = W\n    return score'))
    const found = await client.diagnostics(uri)
    expect(found.map(({ code }) => code)).toContain('ESP1004')
    const twice = found.find(({ code }) => code === 'ESP1004')
    expect(twice?.relatedInformation?.[0]?.location.range.start.line).toBe(6)
    await client.change(uri, text.replace('score = W\n    ', ''))
    expect((await client.diagnostics(uri)).filter(({ severity }) => severity === 1)).toEqual([])
  })

  test('of all statements, whichever do not parse', async () => {
    const { uri } = await opened(policy('a = sum[in](\n    b = asb(W)\n    c = unknown_name\n    return a, b, c'))
    const codes = (await client.diagnostics(uri)).map(({ code }) => code)
    expect(codes).toContain('ESP0107')
    expect(codes).toContain('ESP1007')
    expect(codes).toContain('ESP1001')
  })

  test('of a used file are shown where it is used', async () => {
    const { uri } = await opened('use "./nowhere.prune"\n')
    const [found] = await client.diagnostics(uri)
    expect(found?.code).toBe('ESP1013')
    expect(found?.range.start.line).toBe(0)
  })
})

describe('quick fixes', () => {
  async function fixed(source: string, title: RegExp): Promise<string> {
    const { uri, text } = await opened(source)
    const found: readonly Diagnostic[] = await client.diagnostics(uri)
    const lines = new TextLines(text)
    const range = { start: lines.position(0), end: lines.position(text.length) }
    const actions = await client.of<CodeAction[]>('codeAction', uri, { range, context: { diagnostics: found } })
    const action = actions.find((one) => title.test(one.title))
    expect(action, actions.map((one) => one.title).join('; ')).toBeDefined()
    const [edit] = action?.edit?.changes?.[uri] ?? []
    if (edit === undefined) return text
    return text.slice(0, lines.offset(edit.range.start)) + edit.newText + text.slice(lines.offset(edit.range.end))
  }

  test.each([
    ['a misspelt value', 'return y: scroe', /Replace `scroe` by `score`/, 'return y: score'],
    ['a misspelt function', 'return y: asb(W)', /by `abs`/, 'return y: abs(W)'],
    ['a misspelt axis', 'return y: sum[int](W)', /by `in`/, 'sum[in](W)'],
    ['a misspelt keyword', 'retrun y: W', /by `return`/, 'return y: W'],
    ['a spelling of another language', 'return y: W > 0 && W < 1', /by `and`/, 'W > 0 and W < 1'],
    ['a fraction for a ratio', 'return y: keep 0.5 of in by score', /by `50%`/, 'keep 50% of in'],
    ['an output without a name', 'return keep 2 of in by score', /Insert `mask:`/, 'return mask: keep 2'],
    ['a function of the library', 'return y: silu(score)', /Add `use std.math`/, 'use std.math\n'],
    ['a variable that nothing reads', 'unread = W\n    return score', /Remove `unread`/, 'abs(W)\n    return score'],
  ])('%s', async (_, body, title, expected) => {
    expect(await fixed(policy(body), title)).toContain(expected)
  })
})

describe('completion in a file that does not parse', () => {
  async function labels(source: string): Promise<readonly string[]> {
    const { uri, at } = await opened(source)
    return (await client.at<CompletionItem[]>('completion', uri, at('here'))).map(({ label }) => label)
  }

  test('after `keep 2 of`: axes', async () => {
    const found = await labels(policy('m = keep 2 of /*here*/'))
    expect(found).toEqual(expect.arrayContaining(['in', 'quad', 'lane', 'out', 'token']))
    expect(found).not.toContain('score')
  })

  test('after `sum[`: axes', async () => {
    expect(await labels(policy('m = sum[/*here*/'))).toEqual(expect.arrayContaining(['in', 'quad', 'lane', 'out']))
  })

  test('in the type of an input: axes, also those that this text alone shows', async () => {
    const found = await labels(policy('return score', 'A: f32[other, in], X: f16[/*here*/'))
    expect(found).toEqual(expect.arrayContaining(['in', 'quad', 'lane', 'other']))
  })

  test('after the colon of an input: dtypes, formats, numbers', async () => {
    expect(await labels(policy('return score', 'X: /*here*/'))).toEqual(
      expect.arrayContaining(['f16', 'float', 'bitmap', 'ratio', 'index']),
    )
  })

  test('after `use std.`: files of the library with functions', async () => {
    expect(await labels(`use std./*here*/\n${policy('return score')}`)).toEqual(['math', 'schedules'])
  })

  test('where a value may stand: values, states, functions, forms', async () => {
    const found = await labels(policy('m = /*here*/'))
    expect(found).toEqual(
      expect.arrayContaining(['score', 'W', 'X', 'power', 'sparsity', 'abs', 'sum', 'keep', 'pack', 'softplus']),
    )
  })

  test('the words that a selection needs next', async () => {
    expect(await labels(policy('m = keep 2 /*here*/'))).toContain('of')
    expect(await labels(policy('m = keep 2 of in /*here*/'))).toContain('by')
    expect(await labels(policy('m = keep 2 of in by score /*here*/'))).toEqual(
      expect.arrayContaining(['within', 'protect', 'round', 'return']),
    )
    expect(await labels(policy('m = keep 2 of in by score ties /*here*/'))).toEqual(['first', 'all'])
  })

  test('formats after `as`, alternatives after a comparison, items, declarations', async () => {
    expect(await labels(policy('return y: pack W by W > 0 as /*here*/'))).toEqual(
      expect.arrayContaining(['bitmap', 'nm', 'csr', 'dense']),
    )
    expect(await labels(policy('m = if rule == /*here*/'))).toEqual(expect.arrayContaining(['exact', 'rough']))
    expect(await labels('policy p {\n  /*here*/\n}')).toEqual(['entry', 'state', 'axes', 'fn'])
    expect(await labels('/*here*/')).toEqual(['policy', 'fn', 'use', 'test'])
    expect(await labels('policy p(k: /*here*/')).toEqual(['ratio', 'count', 'int', 'real', 'bool'])
  })

  test('in tests: entries, their inputs, parameters, outputs', async () => {
    const before = policy('return mask: score > 0')
    expect(await labels(`${before}test "t" for p {\n  /*here*/\n}`)).toEqual(['set', 'size', 'expect', 'first_entry'])
    expect(await labels(`${before}test "t" for p {\n  first_entry(/*here*/\n}`)).toEqual(
      expect.arrayContaining(['W', 'X', 'sparsity']),
    )
    expect(await labels(`${before}test "t" for p {\n  set /*here*/\n}`)).toEqual(['sparsity', 'rule'])
    expect(await labels(`${before}test "t" for p {\n  expect /*here*/\n}`)).toEqual(
      expect.arrayContaining(['mask', 'power', 'error']),
    )
  })

  test('not in comments and texts', async () => {
    expect(await labels('// policy /*here*/ p')).toEqual([])
    expect(await labels('test "a/*here*/" {')).toEqual([])
  })

  test('a function of the library brings its `use`', async () => {
    const { uri, at } = await opened(policy('m = /*here*/'))
    const items = await client.at<CompletionItem[]>('completion', uri, at('here'))
    const found = items.find(({ label }) => label === 'softplus')
    expect(found?.additionalTextEdits?.[0]?.newText).toContain('use std.math')
  })
})

describe('signatures', () => {
  async function help(body: string): Promise<{ readonly label: string | undefined; readonly active: number | null | undefined }> {
    const { uri, at } = await opened(`fn mixed[t](x, weight) = sum[t](x * weight)\n${policy(body)}`)
    const found = await client.at<SignatureHelp | null>('signatureHelp', uri, at('here'))
    return { label: found?.signatures[0]?.label, active: found?.activeParameter }
  }

  test('of functions of the user and of the language, at the argument that is written', async () => {
    expect(await help('m = mixed[in](score, /*here*/')).toEqual({ label: 'mixed[t](x, weight)', active: 1 })
    expect(await help('m = max(score, /*here*/')).toMatchObject({ active: 1 })
    expect(await help('m = kth[in](/*here*/')).toEqual({ label: 'kth[axes](x, k)', active: 0 })
    expect(await help('m = score/*here*/')).toEqual({ label: undefined, active: undefined })
  })
})

describe('formatting', () => {
  const options = { tabSize: 2, insertSpaces: true }
  const messy = 'policy p {\n  entry e(W: f32[out]) {\n    a =   W\n    b  =  a\n    return   b\n  }\n}\n'

  async function formatted(method: string, more: object): Promise<string> {
    const { uri, text } = await opened(messy)
    const [edit] = await client.of<TextEdit[]>(method, uri, { options, ...more })
    const lines = new TextLines(text)
    if (edit === undefined) return text
    return text.slice(0, lines.offset(edit.range.start)) + edit.newText + text.slice(lines.offset(edit.range.end))
  }

  test('of a file, of a range, and none of what does not parse', async () => {
    expect(await formatted('formatting', {})).toContain('    a = W\n    b = a\n    return b\n')
    const line = { start: { line: 3, character: 0 }, end: { line: 3, character: 11 } }
    expect(await formatted('rangeFormatting', { range: line })).toContain('    a =   W\n    b = a\n    return   b\n')
    const { uri } = await opened('policy p { entry e( }')
    expect(await client.of<TextEdit[]>('formatting', uri, { options })).toEqual([])
  })
})
