/** Where names are declared and used, and renaming them. Over the real server. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DocumentHighlight, Location, Position, Range, WorkspaceEdit } from 'vscode-languageserver-protocol'
import { ensureBuilt, temporaryFolder } from '../unit/cli/espalier.ts'
import { Client } from './client.ts'
import { marked, type Marked } from './marked.ts'
import { TextLines } from '../../lsp/text-lines.ts'

const URI = 'file:///policies/names.prune'
const SOURCE = marked(`use std./*module*/math
fn twice(x) = x + x
policy p(⟦amount⟧: count = 2, rule: exact | rough = exact) {
  axes ⟦head⟧ = kv * /*group*/group
  state seen: f32[⟦head⟧] = 0
  entry prune(Q: f16[⟦head⟧, channel], K: f16[kv, token]) {
    s = sum[channel](Q * Q)
    seen := seen + /*rms*/rms[/*channel*/channel](Q)
    /*best*/best = keep /*amount*/⟦amount⟧ of group by /*twice*/twice(s) within rule == /*exact*/exact and size(/*head*/⟦head⟧) > 0
    /*return*/return best, seen, K
  }
}
test "t" {
  set /*set*/⟦amount⟧ = 1
  prune(Q = [[1, 2]], K = [[1]])
  expect best = [[1]]
}
`)

const folder = temporaryFolder()
const client = new Client()

beforeAll(async () => {
  ensureBuilt()
  mkdirSync(join(folder.path, 'lib'))
  writeFileSync(join(folder.path, 'lib', 'shared functions.prune'), 'fn shared(x) = x * 2\n')
  writeFileSync(join(folder.path, 'user.prune'), USER)
  await client.start(pathToFileURL(folder.path).href)
  await client.open(URI, SOURCE.text)
})
afterAll(async () => {
  await client.stop()
  folder.remove()
})

const USER = `use "./lib/shared functions.prune"
policy u { entry e(W: f32[out]) { return y: shared(W) } }
`

const textAt = (range: Range | undefined, { text }: Marked): string => {
  if (range === undefined) return ''
  const lines = new TextLines(text)
  return text.slice(lines.offset(range.start), lines.offset(range.end))
}

async function renamed(at: Position, newName: string, uri = URI, text = SOURCE.text): Promise<string> {
  const edit = await client.at<WorkspaceEdit>('rename', uri, at, { newName })
  const lines = new TextLines(text)
  const edits = [...(edit.changes?.[uri] ?? [])].sort((a, b) => lines.offset(b.range.start) - lines.offset(a.range.start))
  return edits.reduce(
    (so, one) => so.slice(0, lines.offset(one.range.start)) + one.newText + so.slice(lines.offset(one.range.end)),
    text,
  )
}

describe('definition', () => {
  test('of a parameter', async () => {
    const found = await client.at<Location>('definition', URI, SOURCE.at('amount'))
    expect(found.range).toEqual(SOURCE.ranges[0])
  })

  test('of a function of the library: its file', async () => {
    const found = await client.at<Location>('definition', URI, SOURCE.at('rms'))
    expect(found.uri).toBe('espalier-std:/math.prune')
    const text = await client.request<string>('espalier/librarySource', { uri: found.uri })
    expect(text.split('\n')[found.range.start.line]).toContain('fn rms[t](x)')
  })

  test('of a used file', async () => {
    const found = await client.at<Location>('definition', URI, SOURCE.at('module'))
    expect(found.uri).toBe('espalier-std:/math.prune')
  })

  test('of nothing', async () => {
    expect(await client.at<Location | null>('definition', URI, SOURCE.at('return'))).toBeNull()
  })
})

describe('references', () => {
  test('of an axis', async () => {
    const found = await client.at<Location[]>('references', URI, SOURCE.at('head'), { context: { includeDeclaration: true } })
    expect(found.map(({ range }) => range)).toEqual(SOURCE.ranges.filter((range) => textAt(range, SOURCE) === 'head'))
  })

  test('of a parameter, tests included; without its declaration', async () => {
    const found = await client.at<Location[]>('references', URI, SOURCE.at('set'), { context: { includeDeclaration: false } })
    expect(found.map(({ range }) => range)).toEqual(SOURCE.ranges.filter((range) => textAt(range, SOURCE) === 'amount').slice(1))
  })

  test('highlights are the same places', async () => {
    const found = await client.at<DocumentHighlight[]>('documentHighlight', URI, SOURCE.at('head'))
    expect(found.map(({ range }) => textAt(range, SOURCE))).toEqual(['head', 'head', 'head', 'head'])
  })
})

describe('rename', () => {
  test('an axis, in its declaration, types and expressions', async () => {
    const text = await renamed(SOURCE.at('head'), 'query_head')
    expect(text).toContain('axes query_head = kv * group')
    expect(text).toContain('state seen: f32[query_head]')
    expect(text).toContain('Q: f16[query_head, channel]')
    expect(text).toContain('size(query_head)')
    expect(text).not.toMatch(/\bhead\b/)
  })

  test('a factor', async () => {
    expect(await renamed(SOURCE.at('group'), 'share')).toContain('axes head = kv * share')
  })

  test('a value that names an output keeps the output', async () => {
    const text = await renamed(SOURCE.at('best'), 'chosen')
    expect(text).toContain('chosen = keep')
    expect(text).toContain('return best: chosen, seen')
    expect(text).toContain('expect best =')
  })

  test('a function, an alternative, a parameter', async () => {
    expect(await renamed(SOURCE.at('twice'), 'doubled')).toContain('fn doubled(x)')
    expect(await renamed(SOURCE.at('exact'), 'precise')).toContain('rule: precise | rough = precise')
    expect(await renamed(SOURCE.at('set'), 'k')).toContain('set k = 1')
  })

  test.each([
    ['return', 'anything', /keyword/],
    ['rms', 'anything', /library/],
    ['amount', 'seen', /already means something/],
    ['amount', 'keep', /keyword/],
    ['amount', '2x', /not a name/],
  ])('is refused with a reason: %s to %s', async (mark, newName, reason) => {
    await expect(client.at('rename', URI, SOURCE.at(mark), { newName })).rejects.toThrow(reason)
  })

  test('is prepared: the word, or why not', async () => {
    const found = await client.at<{ placeholder: string }>('prepareRename', URI, SOURCE.at('amount'))
    expect(found.placeholder).toBe('amount')
    await expect(client.at('prepareRename', URI, SOURCE.at('return'))).rejects.toThrow(/keyword/)
  })
})

describe('files that use each other', () => {
  const uriOf = (path: string): string => pathToFileURL(join(folder.path, path)).href

  test('definition across files; what is open wins over the disk', async () => {
    const user = uriOf('user.prune')
    await client.open(user, USER)
    const at = { line: 1, character: USER.split('\n')[1]?.indexOf('shared') ?? 0 }
    const found = await client.at<Location>('definition', user, at)
    expect(found.uri).toBe(uriOf('lib/shared functions.prune'))
    expect(found.range.start.line).toBe(0)
    await client.open(found.uri, '// moved\nfn shared(x) = x * 2\n')
    expect((await client.at<Location>('definition', user, at)).range.start.line).toBe(1)
  })

  test('a function is renamed in every file of the workspace', async () => {
    const shared = uriOf('lib/shared functions.prune')
    const edit = await client.at<WorkspaceEdit>('rename', shared, { line: 1, character: 4 }, { newName: 'common' })
    expect(Object.keys(edit.changes ?? {}).sort()).toEqual([shared, uriOf('user.prune')].sort())
  })
})
