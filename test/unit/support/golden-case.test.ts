/** The golden case format: nothing in a case is ignored by mistake. */
import { describe, expect, test } from 'vitest'
import { parseGoldenCase, updateGoldenCase } from '../../support/golden-case.ts'

const block = (language: string, text: string) => '```' + language + '\n' + (text === '' ? '' : text + '\n') + '```\n'
const source = '## SOURCE\n\n' + block('prune', 'policy p {}')
const structure = '## STRUCTURE@lower\n\n' + block('text', 'e: kernel 1')

describe('parseGoldenCase', () => {
  test('reads title, options and sections', () => {
    const text = `# A case\n\nProse.\n\n## META\n\n${block('text', 'entry: e')}\n${source}\n${structure}`
    const parsed = parseGoldenCase(text)
    expect(parsed).toMatchObject({ title: 'A case', meta: { entry: 'e' }, source: 'policy p {}' })
    expect(parsed.expected).toMatchObject([{ name: 'STRUCTURE', argument: 'lower', text: 'e: kernel 1' }])
  })

  test.each([
    ['a missing title', source + structure, /opens with/],
    ['an unknown section', `# T\n${source}## STRUCTUR@x\n${block('text', '')}`, /line 7: unknown section/],
    ['an unknown option', `# T\n## META\n${block('text', 'entri: e')}${source}${structure}`, /line 4: META knows/],
    ['a section without its argument', `# T\n${source}## IR\n${block('pir', '')}`, /needs a pass/],
    ['an argument too many', `# T\n## SOURCE@x\n${block('prune', '')}`, /takes no argument/],
    ['a block of another language', `# T\n## SOURCE\n${block('js', '')}`, /marked `prune`/],
    ['a section without a block', `# T\n${source}## STRUCTURE@x\n`, /no fenced block/],
    ['a section followed by another', `# T\n## SOURCE\n${structure}`, /no fenced block/],
    ['an open block', '# T\n## SOURCE\n```prune\npolicy', /not closed/],
    ['a block outside sections', `# T\n${block('prune', '')}`, /belongs to no section/],
    ['a section given twice', `# T\n${source}${structure}${structure}`, /given twice/],
    ['no source', `# T\n${structure}`, /either a SOURCE/],
    ['two sources', `# T\n## META\n${block('text', 'source: std:nm')}${source}${structure}`, /either a SOURCE/],
    ['no expectation', `# T\n${source}`, /proves nothing/],
  ])('refuses %s', (_what, text, reason) => {
    expect(() => parseGoldenCase(text)).toThrow(reason)
  })
})

describe('updateGoldenCase', () => {
  const text = `# T\n\n${source}\n${structure}\nprose between\n\n## DIAGNOSTICS\n\n${block('text', '')}`

  test('replaces blocks, filled and empty, and nothing else', () => {
    const [first, second] = parseGoldenCase(text).expected
    if (first === undefined || second === undefined) throw new Error('two sections expected')
    const updated = updateGoldenCase(
      text,
      new Map([
        [first, 'e: kernel 2\nf: kernel 1'],
        [second, 'error'],
      ]),
    )
    expect(updated).toBe(text.replace('e: kernel 1', 'e: kernel 2\nf: kernel 1').replace('```text\n```', '```text\nerror\n```'))
  })

  test('is the identity when nothing changed', () => {
    const { expected } = parseGoldenCase(text.replace('```text\n```', '```text\nx\n```'))
    const same = text.replace('```text\n```', '```text\nx\n```')
    expect(updateGoldenCase(same, new Map(expected.map((section) => [section, section.text])))).toBe(same)
  })
})
