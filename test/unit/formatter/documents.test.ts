/** Policies in documents are formatted, as files are; Prettier leaves the documents themselves alone. */
import { expect, test } from 'vitest'
import { formatted } from '../../support/formatting.ts'
import { filesBelow, readSource } from '../../support/source-tree.ts'

const WIDTH = (JSON.parse(readSource('package.json')) as { prettier: { printWidth: number } }).prettier.printWidth

const FENCES = filesBelow('.', ['.md'])
  .filter((path) => !path.startsWith('test/golden/'))
  .flatMap((path) =>
    [...readSource(path).matchAll(/^```prune\n([\s\S]*?)^```$/gm)].map((match) => ({ path, text: match[1] ?? '' })),
  )

test('there are some', () => expect(FENCES.length).toBeGreaterThan(20))

test.each(FENCES)('$path', ({ text }) => expect(formatted(text, WIDTH)).toBe(text))
