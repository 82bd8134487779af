/** The examples of ESP4xxx: the refused call gives exactly the code, the accepted one runs. */
import { describe, expect, test } from 'vitest'
import { EspalierError } from '../../../abi/espalier-error.ts'
import { callProblems } from '../../../abi/call-problems.ts'
import { diagnosticCodes, diagnosticRow } from '../../../compiler/diagnostics/catalogue.ts'
import { call } from '../../../compiler/diagnostics/catalogue/call.ts'
import { playCallExample } from '../../support/call-example.ts'
import { compilePolicy } from '../../support/differential.ts'

test('every problem of a call is in the catalogue, and the other way round', () => {
  expect(Object.keys(call).sort()).toEqual(Object.keys(callProblems).sort())
})

const codes = diagnosticCodes().filter((code) => diagnosticRow(code).example.kind === 'call')

describe.each(codes)('%s', (code) => {
  const { example } = diagnosticRow(code)
  if (example.kind !== 'call') throw new Error('unreachable')

  test('refused, and accepted', async () => {
    const compiled = await compilePolicy({ text: example.policy })
    const refused = await playCallExample(compiled, example.entry, example.wrong).then(
      () => null,
      (error: unknown) => error,
    )
    expect(refused).toBeInstanceOf(EspalierError)
    expect((refused as EspalierError).message).toMatch(new RegExp(`^${code}: `))
    expect((refused as EspalierError).code).toBe(code)
    await playCallExample(compiled, example.entry, example.right)
  })
})
