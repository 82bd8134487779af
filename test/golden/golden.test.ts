/**
 * Runs every golden case: the Markdown files in the folders beside this one. `-u` rewrites sections; see
 * docs/adr/0010-golden-cases-in-markdown.md.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseGoldenCase, updateGoldenCase } from '../support/golden-case.ts'
import { goldenSections } from '../support/golden-sections.ts'
import { filesBelow, readSource, repositoryRoot } from '../support/source-tree.ts'

const CASES = filesBelow('test/golden', ['.md']).map((path) => path.slice('test/golden/'.length, -'.md'.length))

/** What `-u` set for this run; CI never updates. */
const updating = (): boolean => {
  const { snapshotState } = expect.getState() as unknown as { snapshotState?: { _updateSnapshot?: string } }
  const asked = snapshotState?._updateSnapshot === 'all'
  if (asked && (process.env['CI'] ?? '') !== '') throw new Error('golden cases are not updated where CI is set')
  return asked
}

let cache = ''
beforeAll(() => {
  cache = mkdtempSync(join(tmpdir(), 'espalier-golden-'))
  process.env['ESPALIER_CACHE'] = cache
})
afterAll(() => {
  delete process.env['ESPALIER_CACHE']
  rmSync(cache, { recursive: true, force: true })
})

test('there are cases', () => {
  expect(CASES.length).toBeGreaterThan(0)
})

test.each(CASES)('%s', async (name) => {
  const path = `test/golden/${name}.md`
  const text = readSource(path)
  const golden = parseGoldenCase(text)
  const actual = await goldenSections(golden)
  if (updating()) {
    writeFileSync(join(repositoryRoot, path), updateGoldenCase(text, actual))
    return
  }
  for (const section of golden.expected) {
    const where = `${path}:${section.line} ${section.name}${section.argument === '' ? '' : `@${section.argument}`}`
    expect(section.text, `${where} is empty: fill it with -u and read it`).not.toBe('')
    expect(actual.get(section), where).toBe(section.text)
    // A recorded failure is a known defect, and says so in its name.
    if (section.name === 'RUN' && !/\/bug-[^/]+$/.test(name)) expect(section.text, where).not.toMatch(/^FAILED/m)
  }
})
