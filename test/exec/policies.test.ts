/** Policies that are not in the library, written to combine features, on the evaluator and on WebAssembly. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { differences } from '../support/differential.ts'
import { policyCases, policySettings } from '../support/policy-settings.ts'
import { repositoryRoot } from '../support/source-tree.ts'

const files = readdirSync(join(repositoryRoot, 'test/policies')).filter((file) => file.endsWith('.prune'))

test('every policy has a setting and every setting a policy', () => {
  expect(files.map((file) => file.replace('.prune', '')).sort()).toEqual(Object.keys(policySettings).sort())
})

describe.each(Object.keys(policySettings))('%s', (name) => {
  test.each(policyCases(name))('$size extents, $values values', async ({ options }) => {
    expect(await differences(options)).toEqual([])
  })
})
