/** Formatting every policy of the repository, plain and with comments in every place. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseSource } from '../../../compiler/frontend/parse.ts'
import { scan } from '../../../compiler/frontend/parse/scan.ts'
import { DiagnosticSink } from '../../../compiler/diagnostics/sink.ts'
import { programOf } from '../../fuzz/program.ts'
import { recipes } from '../../fuzz/recipe.ts'
import { formattingFault, WIDTHS } from '../../support/formatting.ts'
import { filesBelow, readSource } from '../../support/source-tree.ts'

const seed = Number(process.env['ESPALIER_FUZZ_SEED'] ?? 20)
const programs = Number(process.env['ESPALIER_FUZZ_PROGRAMS'] ?? 300)

const POLICIES = ['stdlib', 'examples', 'test', 'bench'].flatMap((folder) => filesBelow(folder, ['.prune']))

/** Formatting says nothing of a text that does not parse. */
function parses(text: string): boolean {
  const sink = new DiagnosticSink()
  parseSource({ name: 'policy.prune', text }, sink)
  return sink.errorCount === 0
}

describe('every policy of the repository', () => {
  test('is there', () => expect(POLICIES.length).toBeGreaterThan(100))

  test.each(POLICIES)('%s', (path) => {
    const text = readSource(path)
    if (!parses(text)) return
    expect(formattingFault(text)).toBeNull()
  })
})

/** The text with a comment behind some tokens: in the same line, or on a line of its own. */
function commented(text: string, places: readonly { readonly at: number; readonly ownLine: boolean }[]): string {
  const { tokens } = scan({ name: 'policy.prune', text }, new DiagnosticSink())
  const byEnd = new Map(places.map(({ at, ownLine }, index) => [tokens[at % tokens.length]?.end ?? 0, { ownLine, index }]))
  let out = ''
  let from = 0
  for (const [end, { ownLine, index }] of [...byEnd].sort(([a], [b]) => a - b)) {
    out += `${text.slice(from, end)}${ownLine ? '\n' : ' '}// note ${index}\n`
    from = end
  }
  return out + text.slice(from)
}

test('comments in any place stay, in order', { timeout: 120_000 }, () => {
  const place = fc.record({ at: fc.nat(), ownLine: fc.boolean() })
  const policy = fc.constantFrom(...POLICIES).map(readSource)
  const cases = fc.tuple(policy, fc.array(place, { minLength: 1, maxLength: 6 }), fc.constantFrom(...WIDTHS))
  fc.assert(
    fc.property(cases, ([text, places, width]) => {
      const with_ = commented(text, places)
      if (parses(with_)) expect(formattingFault(with_, [width], false)).toBeNull()
    }),
    { seed, numRuns: programs },
  )
})

test('random programs keep their meaning', { timeout: 120_000 }, () => {
  fc.assert(
    fc.property(recipes(8), fc.constantFrom(...WIDTHS), (recipe, width) => {
      expect(formattingFault(programOf(recipe).text, [width])).toBeNull()
    }),
    { seed, numRuns: programs },
  )
})
