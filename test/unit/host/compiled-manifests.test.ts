/** Manifests that the compiler makes, of every policy in the repository: valid by check and schema, and their shims type-check. */
import { readdirSync, readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { Manifest } from '../../../abi/manifest.ts'
import { emitRuntime, emitShim } from '../../../host/emit.ts'
import { manifestProblems } from '../../../host/manifest-check.ts'
import { compilePolicy } from '../../support/differential.ts'
import { readSource, repositoryRoot } from '../../support/source-tree.ts'
import { typeProblems } from './type-problems.ts'

const paths = ['stdlib', 'test/policies'].flatMap((folder) =>
  readdirSync(join(repositoryRoot, folder))
    .filter((name) => name.endsWith('.prune'))
    .sort()
    .map((name) => `${folder}/${name}`),
)
const manifests = new Map<string, Manifest>()

beforeAll(async () => {
  for (const path of paths) {
    const text = readSource(path)
    if (/^policy /m.test(text)) manifests.set(path, (await compilePolicy({ text })).manifest)
  }
}, 60_000)

test('are valid, also after a round trip through JSON', () => {
  const schema = JSON.parse(readFileSync(join(repositoryRoot, 'host/manifest.schema.json'), 'utf8')) as object
  const bySchema = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false }).compile(schema)
  expect(manifests.size).toBeGreaterThan(10)
  for (const [path, manifest] of manifests) {
    const read = JSON.parse(JSON.stringify(manifest)) as Manifest
    expect(manifestProblems(read), path).toEqual([])
    expect(bySchema(read), `${path} ${JSON.stringify(bySchema.errors)}`).toBe(true)
    expect(read, path).toEqual(manifest)
  }
})

test('give shims that type-check', () => {
  const files: Record<string, string> = { 'espalier-runtime.d.ts': emitRuntime('wasm').dts }
  for (const [path, manifest] of manifests) files[`${path.replace(/\W/g, '-')}.ts`] = emitShim(manifest, { target: 'wasm' }).ts
  const roots = Object.keys(files).filter((name) => !name.endsWith('.d.ts'))
  expect(typeProblems(files, roots)).toEqual([])
})
