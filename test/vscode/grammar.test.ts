/** The generated grammar, through the tokenizer that VS Code has: marked sources, and a snapshot of every policy of the library. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CONTEXTUAL, ELEMENT_TYPES, RESERVED, SCALAR_TYPES } from '../../compiler/frontend/keywords.ts'
import { builtinSignatures } from '../../compiler/frontend/builtins.ts'
import { formats } from '../../compiler/ir/formats/formats.ts'
import { filesBelow, readSource, repositoryRoot } from '../support/source-tree.ts'

const GRAMMAR = 'editors/vscode/generated/prune.tmLanguage.json'
const POLICIES = filesBelow('stdlib', ['.prune'])

function tokenizer(program: string, words: readonly string[]) {
  const script = join(repositoryRoot, 'node_modules/vscode-tmgrammar-test/dist', program)
  const common = ['--config', 'editors/vscode/package.json', '-g', GRAMMAR]
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...common, ...words], {
    cwd: repositoryRoot,
    encoding: 'utf8',
  })
  return { status, said: stdout + stderr }
}

test('marked sources have the scopes that their marks say', () => {
  const { status, said } = tokenizer('unit.js', ['test/vscode/grammar/*.prune.txt'])
  expect(said).toContain('words.prune.txt')
  expect(status, said).toBe(0)
})

test('every word of the language is in the grammar', () => {
  const text = readSource(GRAMMAR)
  const known = new Set(text.match(/[A-Za-z_][A-Za-z_0-9]*/g))
  const words = [
    ...RESERVED,
    ...CONTEXTUAL,
    ...ELEMENT_TYPES,
    ...SCALAR_TYPES,
    ...builtinSignatures.keys(),
    ...Object.keys(formats),
  ]
  expect(words.filter((word) => !known.has(word))).toEqual([])
})

describe('policies of the library', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'espalier-tokens-'))
    for (const path of POLICIES) copyFileSync(join(repositoryRoot, path), join(folder, basename(path)))
    const { status, said } = tokenizer('snapshot.js', ['-u', '-s', 'source.prune', join(folder, '*.prune')])
    expect(status, said).toBe(0)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test.each(POLICIES)('%s has the same tokens', async (path) => {
    const name = basename(path)
    const tokens = readFileSync(join(folder, `${name}.snap`), 'utf8')
    await expect(tokens).toMatchFileSnapshot(`grammar/snapshots/${name}.snap`)
  })
})
