/**
 * nvcc takes the CUDA C of every policy of the library and of the tests, without a warning; and the kernels of the library take no more
 * of a GPU than they did: `golden/cuda-resources.json`, written anew with UPDATE_CUDA_RESOURCES=1, give or take what differs between
 * compilers.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { cudaBackend } from '../backends/cuda-c/index.ts'
import { DiagnosticSink } from '../compiler/diagnostics/sink.ts'
import { compile } from '../compiler/driver.ts'
import { emitCHost } from '../host/emit/c/emit-c-host.ts'
import { compilePolicy } from './support/differential.ts'
import { loadLibrary } from './support/library-source.ts'
import { compileCuda, definitions, describeNvcc, linkCuda, type Resources } from './support/nvcc.ts'
import { readSource, repositoryRoot } from './support/source-tree.ts'

const GOLDEN = join(import.meta.dirname, 'golden', 'cuda-resources.json')
const isUpdated = (process.env['UPDATE_CUDA_RESOURCES'] ?? '') !== ''
/** What a compiler may need more. */
const ALLOWED = [16, 64, 128, 1024]
const WHAT = ['registers', 'bytes of stack', 'bytes of spills', 'bytes of shared memory']
/** Policies of which many threads with long rows are compiled too, which takes nvcc long. */
const LONG = ['wanda', 'topp']

/** Few threads with rows of 128 in registers: of numbers, of keys of halves, of other keys, of sums of products. */
const HELD = ['t16_c1', 't4_c4', 't8_c2', 't8_c4', 't32_c4']

/** Few threads with rows in registers; kernels without rows. */
function usual(policy: string, variants: readonly string[]): readonly string[] {
  const held = HELD.find((name) => variants.includes(name))
  if (held === undefined) return ['t256_c0']
  return LONG.includes(policy) ? [held, 't256_c4'] : [held]
}
const inMemory = (variants: readonly string[]): readonly string[] => [variants.includes('t256_c0') ? 't256_c0' : 't32_c0']
const small = (variants: readonly string[]): readonly string[] => [
  variants.includes('t32_c1') ? 't32_c1' : (HELD.find((name) => variants.includes(name)) ?? 't128_c0'),
]

/** Registers, and bytes of stack, of spills, of shared memory. */
type Row = readonly [number, number, number, number]
type Report = Record<string, Row>
const golden = JSON.parse(readFileSync(GOLDEN, 'utf8')) as Report
const found: Report = {}

const policiesIn = (folder: string): readonly string[] =>
  readdirSync(join(repositoryRoot, folder)).filter((name) => name.endsWith('.prune')).map((name) => `${folder}/${name}`) // prettier-ignore

/** The modules of the policies of a file by name; none where it has functions alone. */
async function modulesOf(file: string): Promise<ReadonlyMap<string, string>> {
  const sink = new DiagnosticSink()
  const source = { name: file, text: readSource(file) }
  const dtypes = (): 'f16' => 'f16'
  const compiled = await compile({ source, load: loadLibrary, sink, target: cudaBackend, version: 'test', dtypes })
  expect(sink.list().filter(({ severity }) => severity === 'error')).toEqual([])
  return new Map(compiled.map(({ name, artifacts }) => [name, String(artifacts[0]?.content)]))
}

describeNvcc('CUDA C', () => {
  afterAll(() => {
    if (isUpdated) writeFileSync(GOLDEN, reportText())
  })

  test.concurrent.each(policiesIn('stdlib'))('%s', { timeout: 300_000 }, async (file) => {
    for (const [policy, source] of await modulesOf(file)) {
      check(
        policy,
        await compileCuda(
          source,
          'sm_90',
          definitions(source, (variants) => usual(policy, variants)),
          '-cubin',
        ),
      )
      await compileCuda(source, 'sm_80', definitions(source, inMemory), '-ptx')
    }
  })

  test.concurrent.each(policiesIn('test/policies'))('%s', { timeout: 300_000 }, async (file) => {
    for (const source of (await modulesOf(file)).values()) await compileCuda(source, 'sm_80', definitions(source, small), '-ptx')
  })

  test('a chain of integers whose values are read twice takes no longer than others', { timeout: 60_000 }, async () => {
    const text = 'policy p { entry e(X: f32[n]) { return Y: X * norm[n](uniform[n](1, 0)) } }'
    const source = String((await compilePolicy({ text }, cudaBackend)).artifacts[0]?.content)
    await compileCuda(source, 'sm_90', definitions(source, inMemory), '-ptx')
  })

  test('functions of two policies go into one library', { timeout: 300_000 }, async () => {
    const files: Record<string, string> = {}
    for (const policy of ['doubled', 'halved']) {
      const text = `policy ${policy} { entry e(X: f32[n]) { return Y: X * ${policy === 'doubled' ? 2 : 0.5} } }`
      const compiled = await compilePolicy({ text }, cudaBackend)
      const { before, source, header, headerFile } = emitCHost(compiled.manifest)
      files[headerFile] = header
      files[`${policy}.cu`] = `${before}\n${String(compiled.artifacts[0]?.content)}\n${source}`
    }
    await linkCuda(files)
  })
})

/** The most that one of the kernels takes of each. */
function check(policy: string, report: ReadonlyMap<string, Resources>): void {
  const all = [...report.values()]
  const most = (what: keyof Resources): number => Math.max(0, ...all.map((one) => one[what]))
  const now: Row = [most('registers'), most('stack'), most('spilled'), most('shared')]
  found[policy] = now
  if (isUpdated) return
  const before = golden[policy] ?? expect.fail(`${policy} is not in the golden file`)
  ALLOWED.forEach((more, i) =>
    expect(now[i], `${WHAT[i]} of a kernel of ${policy}`).toBeLessThanOrEqual((before[i] as number) + more),
  )
}

/** By policy, a line for each, as Prettier has it. */
function reportText(): string {
  const policies = Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{\n${policies.map(([name, row]) => `  "${name}": [${row.join(', ')}]`).join(',\n')}\n}\n`
}
