/** The diagnostics catalogue: codes in the range of their area, said once, and documented. */
import { describe, expect, test } from 'vitest'
import { call } from '../compiler/diagnostics/catalogue/call.ts'
import { command } from '../compiler/diagnostics/catalogue/command.ts'
import { ir } from '../compiler/diagnostics/catalogue/ir.ts'
import { selection } from '../compiler/diagnostics/catalogue/selection.ts'
import { syntax } from '../compiler/diagnostics/catalogue/syntax.ts'
import { target } from '../compiler/diagnostics/catalogue/target.ts'
import { types } from '../compiler/diagnostics/catalogue/types.ts'
import { diagnosticCodes, diagnosticRow, isDiagnosticCode } from '../compiler/diagnostics/catalogue.ts'
import { explainPage } from '../compiler/diagnostics/explain.ts'
import { reportedCodes } from './support/reported-codes.ts'
import { filesBelow, readSource } from './support/source-tree.ts'

const AREAS: readonly (readonly [string, RegExp, object])[] = [
  ['syntax', /^ESP0\d{3}$/, syntax],
  ['types', /^ESP1\d{3}$/, types],
  ['selection', /^ESP2\d{3}$/, selection],
  ['target', /^ESP3[0-8]\d{2}$/, target],
  ['ir', /^ESP39\d{2}$/, ir],
  ['call', /^ESP4\d{3}$/, call],
  ['command', /^ESP5\d{3}$/, command],
]

describe('codes', () => {
  test.each(AREAS)('%s keeps to its range', (_area, range, rows) => {
    expect(Object.keys(rows).filter((code) => !range.test(code))).toEqual([])
    expect(Object.keys(rows).length).toBeGreaterThan(0)
  })

  test('no code is given twice', () => {
    const count = AREAS.reduce((sum, [, , rows]) => sum + Object.keys(rows).length, 0)
    expect(diagnosticCodes()).toHaveLength(count)
  })

  test('every code is reported by some source, and every code in a source is in the catalogue', () => {
    const sources = ['compiler', 'abi', 'backends', 'host', 'cli'].flatMap((folder) => filesBelow(folder, ['.ts']))
    const reporters = sources.filter((path) => !path.startsWith('compiler/diagnostics/'))
    const mentioned = new Set(reporters.flatMap((path) => readSource(path).match(/(?<=')ESP\d{4}(?=')/g) ?? []))
    expect([...mentioned].filter((code) => !isDiagnosticCode(code))).toEqual([])
    expect(diagnosticCodes().filter((code) => !mentioned.has(code))).toEqual([])
  })
})

describe.each(diagnosticCodes())('%s', (code) => {
  const row = diagnosticRow(code)

  test('is documented', () => {
    expect(row.title).toMatch(/^.{2,79}[^.]$/)
    expect(row.explain.trim().length).toBeGreaterThan(20)
    expect(row.example.wrong).not.toEqual(row.example.right)
    expect(explainPage(code)).toContain(row.title)
  })

  // Calls and command lines are run by the tests of the host and of the command line.
  if (row.example.kind === 'policy') {
    const { wrong, right, files } = row.example
    test('is what its wrong example reports, and nothing is reported for the right one', async () => {
      const reported = await reportedCodes(wrong, files)
      // What a syntax error hides from the checker may be missed by it; a rule of the checker has no such excuse.
      const relevant = code.startsWith('ESP0') ? reported.filter((each) => each.startsWith('ESP0')) : reported
      expect(new Set(relevant)).toEqual(new Set([code]))
      expect(await reportedCodes(right, files)).toEqual([])
    })
  }
})
