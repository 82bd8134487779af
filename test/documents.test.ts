/** Hand-written documents stay true about the tree: what they link to and name exists, and decision records have their parts. */
import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'
import { reportedCodes } from './support/reported-codes.ts'
import { filesBelow, readSource, repositoryRoot } from './support/source-tree.ts'

const DOCUMENTS = filesBelow('.', ['.md']).filter((path) => !path.startsWith('test/golden/'))
const RECORDS = filesBelow('docs/adr', ['.md']).filter((path) => path !== 'docs/adr/README.md')

/** Top-level folders: a code span that starts with one of them is a path. */
const ROOTED = /^(abi|backends|bench|cli|compiler|docs|editors|examples|formatter|grammar|host|lsp|stdlib|test|tools)\/[\w./-]+$/

/** `compiler/ir/ops/LEVEL/NAME.ts` */
const PLACEHOLDER = /\b(LEVEL|NAME|TOPIC|CASE|NNNN)\b/

const prose = (text: string): string => text.replace(/^(`{3,}).*\n[\s\S]*?^\1$/gm, '')

function missingPaths(document: string): readonly string[] {
  const text = prose(readSource(document))
  const links = [...text.replace(/`[^`\n]+`/g, '').matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map((match) => match[1] ?? '')
  const local = links.filter((link) => !/^[a-z]+:/.test(link)).map((link) => normalize(join(dirname(document), link)))
  const named = [...text.matchAll(/`([^`\n]+)`/g)]
    .map((match) => match[1] ?? '')
    .filter((span) => ROOTED.test(span) && !PLACEHOLDER.test(span))
  return [...new Set([...local, ...named])].filter((path) => !existsSync(join(repositoryRoot, path)))
}

describe('documents', () => {
  test.each(DOCUMENTS)('%s names only what exists', (document) => {
    expect(missingPaths(document)).toEqual([])
  })
})

test('policies in the README compile without a remark', async () => {
  const policies = [...readSource('README.md').matchAll(/^```prune\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '')
  expect(policies.length).toBeGreaterThan(0)
  for (const policy of policies) expect(await reportedCodes(policy)).toEqual([])
})

describe('decision records', () => {
  test('are numbered without gaps', () => {
    const numbers = RECORDS.map((path) => Number(/\/(\d{4})-[a-z0-9-]+\.md$/.exec(path)?.[1]))
    expect(numbers).toEqual(numbers.map((_, at) => at + 1))
  })

  test.each(RECORDS)('%s has every part', (path) => {
    const text = readSource(path)
    expect(text).toMatch(/^# \d{4}: \S/)
    expect(text).toMatch(/^Status: (accepted|superseded by \d{4})$/m)
    for (const heading of ['Context', 'Decision', 'Consequences', 'Ways to undo']) expect(text).toContain(`\n## ${heading}\n`)
  })
})
