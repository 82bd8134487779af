/** Manifests from elsewhere: the hand-written check and the published schema agree, and problems are named by their path. */
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Manifest } from '../../../abi/manifest.ts'
import { manifestProblems, requireManifest } from '../../../host/manifest-check.ts'
import { manifestShape } from '../../../host/manifest/manifest-shape.ts'
import type { ShapeProblem } from '../../../host/manifest/shape.ts'
import { sampleManifest } from './sample-policy.ts'

const schema = JSON.parse(readFileSync(new URL('../../../host/manifest.schema.json', import.meta.url), 'utf8')) as object
const bySchema = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false }).compile(schema)

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
type Path = readonly (string | number)[]

const copy = (): Json => JSON.parse(JSON.stringify(sampleManifest)) as Json

function pathsOf(value: Json, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  return [
    path,
    ...Object.entries(value).flatMap(([key, child]) => pathsOf(child, [...path, Array.isArray(value) ? Number(key) : key])),
  ]
}

/** Every form that the parts of a manifest have, once. */
const small: Manifest = {
  ...sampleManifest,
  entries: sampleManifest.entries
    .filter((entry) => ['scale', 'pack_positive', 'observe', 'compact', 'constant'].includes(entry.name))
    .map((entry) => ({ ...entry, variants: entry.variants.slice(0, 1) })),
}

/** Runs with what is at the path replaced, or removed when `by` is undefined. */
function changed<T>(root: Json, path: Path, by: Json | undefined, run: (value: Json) => T): T {
  const last = path.at(-1)
  if (last === undefined) return run(by ?? null)
  let at = root as Record<string | number, Json>
  for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, Json>
  const before = at[last] as Json
  if (by === undefined && !Array.isArray(at)) delete at[last]
  else at[last] = by ?? null
  const result = run(root)
  at[last] = before
  return result
}

function shapeProblems(value: Json): ShapeProblem[] {
  const found: ShapeProblem[] = []
  manifestShape(value, '', found)
  return found
}

describe('schema and check', () => {
  test('both accept the sample', () => {
    expect(bySchema(copy()), JSON.stringify(bySchema.errors)).toBe(true)
    expect(manifestProblems(copy())).toEqual([])
    expect(requireManifest(copy())).toEqual(JSON.parse(JSON.stringify(sampleManifest)))
  })

  test('agree on every change of every value', () => {
    const wrong: (Json | undefined)[] = [
      undefined,
      null,
      true,
      -1,
      0,
      1.5,
      33,
      '',
      'x',
      'inf',
      [],
      {},
      [1],
      { kind: 'nm', op: 'launch', type: 'choice' },
    ]
    const root = JSON.parse(JSON.stringify(small)) as Json
    const disagreements = pathsOf(root).flatMap((path) =>
      wrong.flatMap((by) => {
        const agree = changed(root, path, by, (value) => bySchema(value) === (shapeProblems(value).length === 0))
        return agree ? [] : [`${path.join('.')} = ${JSON.stringify(by)}`]
      }),
    )
    expect(disagreements).toEqual([])
  })

  test('agree on JSON of any kind', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(shapeProblems(value as Json).length === 0).toBe(bySchema(value))
      }),
    )
  })
})

describe('problems', () => {
  const broken = (change: (manifest: Record<string, never>) => void): string[] => {
    const manifest = copy() as Record<string, never>
    change(manifest)
    return manifestProblems(manifest).map(({ path, expected, got }) => `${path}: ${expected}, not ${got}`)
  }
  const variantOf = (manifest: Record<string, never>, entry: number): Record<string, Json[] & Json> =>
    (manifest as unknown as Manifest).entries[entry]!.variants[0] as never

  test('are named by path', () => {
    expect(changed(copy(), ['entries', 0, 'inputs', 0, 'name'], 3, manifestProblems)).toEqual([
      { path: 'entries[0].inputs[0].name', expected: 'a name', got: '3' },
    ])
    expect(
      changed(copy(), ['entries', 0, 'variants', 0, 'buffers', 1, 'role'], 'scrap', manifestProblems)[0]?.expected,
    ).toContain("'temp'")
    expect(() => requireManifest('no')).toThrow(/ESP4001: the manifest is not usable: it should be an object/)
    expect(() => changed(copy(), ['abi'], 7, requireManifest)).toThrow(/ESP4002: .* ABI version 7/)
  })

  test('references to nothing', () => {
    expect(broken((manifest) => (variantOf(manifest, 0)['buffers']![0] = { role: 'input', dtype: 'f32', length: 99 }))).toEqual([
      'entries[0].variants[0].buffers[0].length: one of 4 scalars, not 99',
    ])
    expect(broken((manifest) => (variantOf(manifest, 0)['scalars']![1] = { op: 'mul', args: [0, 1] }))).toEqual([
      'entries[0].variants[0].scalars[1].args[1]: an earlier scalar, not 1',
    ])
    expect(broken((manifest) => (variantOf(manifest, 0)['scalars']![1] = { op: 'cbrt', args: [0] }))[0]).toContain(
      'an operation of this ABI',
    )
    expect(broken((manifest) => (variantOf(manifest, 0)['scalars']![1] = { op: 'add', args: [0] }))[0]).toContain('2 arguments')
    expect(broken((manifest) => (variantOf(manifest, 0)['scalars']![3] = { op: 'param', name: 'factr' }))[0]).toContain(
      "a parameter, not 'factr'",
    )
    expect(broken((manifest) => (variantOf(manifest, 0)['scalars']![0] = { op: 'size', axis: 'rows' }))[0]).toContain(
      'an axis of the variant',
    )
    expect(broken((manifest) => (variantOf(manifest, 5)['steps']![0] = { op: 'fill', buffer: 9, value: 0 }))[0]).toContain(
      'one of 3 buffers',
    )
    expect(broken((manifest) => (variantOf(manifest, 0)['axes'] = [{ name: 'row', kind: 'bound' }]))).toContain(
      'entries[0].variants[0].axes: axis `channel` of `X`, not missing',
    )
    expect(
      broken(
        (manifest) =>
          (variantOf(manifest, 1)['outputs']![0] = { name: 'P', packing: null, parts: { words: 1 }, dtype: 'f32', kept: 4 }),
      )[0],
    ).toContain('a part of its format')
  })

  test('names given twice, axes in a circle, defaults of another type', () => {
    expect(
      broken((manifest) => (manifest['params'] = [sampleManifest.params[0], sampleManifest.params[0]] as never))[0],
    ).toContain('`factor` twice')
    expect(broken((manifest) => (manifest['axes'] = [{ name: 'in', factors: ['in'], pinned: null }] as never)).join()).toContain(
      '`in` twice',
    )
    expect(
      broken((manifest) => (manifest['params'] = [{ name: 'sparsity', doc: null, type: 'ratio', default: '7' }] as never)).join(),
    ).toContain("a value of type ratio, not '7'")
    expect(broken((manifest) => (manifest['axes'] = [{ name: 'lane', factors: [], pinned: 'page' }] as never))[0]).toContain(
      'a count parameter',
    )
  })
})
