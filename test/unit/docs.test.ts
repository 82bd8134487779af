/** The language manual is true: its examples are accepted without a word, its wrong examples give the code they announce. */
import { describe, expect, test } from 'vitest'
import { builtinNames } from '../../compiler/frontend/check/expr.ts'
import { RESERVED } from '../../compiler/frontend/keywords.ts'
import { check } from '../support/check-policy.ts'
import { filesBelow, readSource } from '../support/source-tree.ts'

interface Block {
  readonly name: string
  readonly code: string | null
  readonly text: string
}

function blocksOf(path: string): readonly Block[] {
  const fences = readSource(path).matchAll(/^```(prune|prune-error (ESP\d{4}))\n([\s\S]*?)^```$/gm)
  return [...fences].map((match, at) => ({ name: `${path} ${at + 1}`, code: match[2] ?? null, text: match[3] ?? '' }))
}

const BLOCKS = filesBelow('docs', ['.md'])
  .filter((path) => !path.startsWith('docs/generated/'))
  .flatMap(blocksOf)

describe('examples in the documents', () => {
  test('are there', () => expect(BLOCKS.length).toBeGreaterThan(10))

  test.each(BLOCKS)('$name', ({ code, text }) => {
    expect(check(text).diagnostics.map((one) => `${one.code}: ${one.message}`)).toEqual(
      code === null ? [] : [expect.stringMatching(code)],
    )
  })

  test('no fence is misspelt', () => {
    for (const path of filesBelow('docs', ['.md']))
      for (const [, info] of readSource(path).matchAll(/^```(prune\S* ?.*)$/gm)) expect(info).toMatch(/^prune(-error ESP\d{4})?$/)
  })
})

describe('the language manual', () => {
  const manual = readSource('docs/language.md')
  const prose = manual.replace(/^```[\s\S]*?^```$/gm, '')
  const words = new Set([...prose.matchAll(/`([^`]+)`/g)].flatMap((match) => (match[1] ?? '').match(/[a-z_][a-z0-9_]*/gi) ?? []))
  const written = new Set(manual.match(/[a-z_][a-z0-9_]*/gi))

  test.each([...builtinNames])('names the function %s', (name) => expect(words.has(name)).toBe(true))
  test.each(RESERVED)('uses the word %s', (word) => expect(written.has(word)).toBe(true))
})
