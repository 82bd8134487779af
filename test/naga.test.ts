/**
 * Another front end than Dawn's reads the WGSL of every policy of the library and of the tests: naga, which Firefox and wgpu have. It
 * parses and validates what devices run that do not offer subgroups: it refuses `enable subgroups` as not supported yet, and does not know
 * all of their functions.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseWgsl, validate } from 'naga-wasm'
import { describe, expect, test } from 'vitest'
import { withFeatures, type ShaderFeature } from '../abi/shader-variants.ts'
import { wgslBackend } from '../backends/wgsl/index.ts'
import { DiagnosticSink } from '../compiler/diagnostics/sink.ts'
import { compile } from '../compiler/driver.ts'
import { loadLibrary } from './support/library-source.ts'
import { readSource, repositoryRoot } from './support/source-tree.ts'

/** Devices for which it reads the text. */
const OFFERS: readonly (readonly ShaderFeature[])[] = [[], ['shader-f16']]

/** What naga says against a module; null when nothing. */
function refusal(source: string): string | null {
  try {
    const module = parseWgsl(source)
    validate(module).free()
    module.free()
    return null
  } catch (error) {
    return error instanceof Error && 'formatted' in error ? String(error.formatted) : String(error)
  }
}

const policiesIn = (folder: string): readonly string[] =>
  readdirSync(join(repositoryRoot, folder)).filter((name) => name.endsWith('.prune')).map((name) => `${folder}/${name}`) // prettier-ignore

async function modulesOf(file: string, dtype: 'f16' | 'f32'): Promise<readonly string[]> {
  const sink = new DiagnosticSink()
  const source = { name: file, text: readSource(file) }
  const compiled = await compile({ source, load: loadLibrary, sink, target: wgslBackend, version: 'test', dtypes: () => dtype })
  expect(sink.list().filter(({ severity }) => severity === 'error')).toEqual([])
  return compiled.map(({ artifacts }) => String(artifacts.find(({ role }) => role === 'kernels')?.content))
}

describe('naga', () => {
  test('sees what is wrong', () => {
    expect(refusal('fn f() -> u32 { return 1i; }')).toMatch(/return/)
    expect(refusal('fn f( {')).toMatch(/expected/)
  })

  test.each([...policiesIn('stdlib'), ...policiesIn('test/policies')])('%s', { timeout: 120_000 }, async (file) => {
    for (const dtype of ['f16', 'f32'] as const)
      for (const text of await modulesOf(file, dtype))
        for (const offer of OFFERS) expect(refusal(withFeatures(text, new Set(offer))), `${dtype}, ${offer.join()}`).toBeNull()
  })
})
