/**
 * The standard library against itself: its `test` blocks on both targets, WebAssembly against the evaluator on extents and
 * values that nobody would choose, the functions of `std.math` against formulas, and what every file must say.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { wasmBackend } from '../backends/wasm/index.ts'
import { wasmInstance } from '../cli/compiled-instance.ts'
import { compiledRunner } from '../cli/compiled-runner.ts'
import { openProgram, type Program } from '../cli/program.ts'
import { referenceRunner } from '../cli/reference-runner.ts'
import { runTest } from '../cli/run-test.ts'
import { dense } from '../cli/runner.ts'
import type { DType } from '../compiler/ir/types.ts'
import { differences, type Differential } from './support/differential.ts'
import { filesBelow, readSource } from './support/source-tree.ts'

const onWasm = { name: 'wasm', target: () => wasmBackend, instantiate: wasmInstance }

const names = filesBelow('stdlib', ['.prune']).map((path) => path.slice('stdlib/'.length, -'.prune'.length))
const source = (name: string): string => readSource(`stdlib/${name}.prune`)
const policies = names.filter((name) => /^policy /m.test(source(name)))

let cache = ''
beforeAll(() => {
  cache = mkdtempSync(join(tmpdir(), 'espalier-library-'))
  process.env['ESPALIER_CACHE'] = cache
})
afterAll(() => {
  delete process.env['ESPALIER_CACHE']
  rmSync(cache, { recursive: true, force: true })
})

type Sizes = Readonly<Record<string, number>>

const runners = [
  ['reference', (program: Program, sizes: Sizes = {}) => referenceRunner(program, sizes)],
  ['wasm', (program: Program, sizes: Sizes = {}) => compiledRunner(program, onWasm, sizes)],
] as const

describe.each(policies)('std:%s', (name) => {
  test('is documented, and checks without a warning', async () => {
    const { signature, unit } = await openProgram(`stdlib/${name}.prune`)
    expect(unit.warnings).toEqual([])
    expect(signature.name).toBe(name)
    expect(signature.doc).toMatch(/arXiv \d{4}\.\d{5}|\b20\d\d\b/)
    expect(signature.doc).toMatch(/^\s*Tag: (exact|variant|inspired)$/m)
    for (const part of ['Cost:', 'Default:', 'Do not ']) expect(signature.doc).toContain(part)
    expect(signature.params.filter((param) => param.doc === null).map((param) => param.name)).toEqual([])
  })

  test.each(runners)('test blocks on %s', async (_, make) => {
    const program = await openProgram(`stdlib/${name}.prune`)
    expect(program.tests.length).toBeGreaterThan(0)
    for (const block of program.tests) {
      const runner = make(program, block.sizes)
      expect([block.title, await runTest(block, runner, program.unit)]).toEqual([block.title, null])
      runner.release()
    }
  })
})

type Setting = Pick<Differential, 'extents' | 'calls' | 'sizes'> & {
  /** Values where sums of infinities or rounding decide are left out. */
  readonly special?: false
}

const attention = { kv: 2, group: 3, query: 5, token: 13, channel: 20 }
const settings: Readonly<Record<string, Setting>> = {
  magnitude: { extents: { out: 7, in: 67 }, calls: [{ entry: 'prune' }, { entry: 'compress', params: { sparsity: 0.9 } }] },
  nm: {
    extents: { out: 5, cluster: 9, lane: 4, quad: 9, place: 4 },
    calls: [{ entry: 'prune' }, { entry: 'prune', params: { n: 1 } }, { entry: 'compress_2_4' }],
  },
  wanda: {
    extents: { token: 9, out: 6, in: 24, quad: 6, lane: 4 },
    calls: [{ entry: 'observe' }, { entry: 'observe' }, { entry: 'prune' }, { entry: 'prune_nm' }],
    special: false,
  },
  sparsegpt: {
    extents: { token: 40, out: 6, in: 12, other: 12, step: 12 },
    calls: [
      { entry: 'observe' },
      { entry: 'observe' },
      { entry: 'factor' },
      { entry: 'remove', params: { column: 3 } },
      { entry: 'prune', params: { width: 5 } },
      { entry: 'prune_nm', params: { m: 5 } },
    ],
    special: false,
  },
  flap: {
    extents: { layer: 3, token: 9, kv: 4, channel: 5, feature: 20, neuron: 33, hidden: 6 },
    sizes: { layer: 3 },
    calls: [
      ...[0, 2, 0, 0].map((layer) => ({ entry: 'observe', params: { layer, head_dim: 5 } })),
      { entry: 'prune', params: { head_dim: 5, head_cost: 7 } },
      { entry: 'prune', params: { head_dim: 5, ratio: 0.6 } },
    ],
    special: false,
  },
  mustafar: {
    extents: { kv: 2, token: 6, channel: 67 },
    calls: [
      { entry: 'compress' },
      { entry: 'compress', params: { rule: 'reference' } },
      { entry: 'compress', params: { k_sparsity: 1, v_sparsity: 0 } },
    ],
  },
  think: { extents: attention, calls: [{ entry: 'prune' }, { entry: 'compress', params: { window: 2 } }], special: false },
  knorm: { extents: attention, calls: [{ entry: 'select' }, { entry: 'compress', params: { ratio: 0.3 } }], special: false },
  streaming: {
    extents: attention,
    calls: [
      { entry: 'select', params: { recent: 5 } },
      { entry: 'compress', params: { recent: 0 } },
    ],
  },
  snapkv: {
    extents: attention,
    calls: [
      { entry: 'select', params: { window: 3, capacity: 6, kernel: 3 } },
      { entry: 'select', params: { capacity: 0 } },
    ],
    special: false,
  },
  topp: {
    extents: { row: 5, token: 67 },
    calls: [{ entry: 'select' }, { entry: 'select', params: { mass: 0.29, least: 0 } }, { entry: 'select', params: { mass: 1 } }],
  },
  tova: { extents: attention, calls: [{ entry: 'select', params: { capacity: 4 } }], special: false },
  h2o: { extents: attention, calls: [{ entry: 'select', params: { heavy: 0.25, recent: 0.2 } }], special: false },
  quest: {
    extents: { kv: 2, group: 2, leaf: 6, slot: 4, channel: 20 },
    calls: [
      { entry: 'select', params: { page: 4, budget: 16 } },
      { entry: 'select', params: { page: 4, budget: 0 } },
    ],
    special: false,
  },
}

test('every setting is of a policy of the library', () => {
  expect(Object.keys(settings).filter((name) => !policies.includes(name))).toEqual([])
})

const special = [0, -0, 1, -1, NaN, Infinity, -Infinity, 2, -2, 0.5]

describe.each(Object.entries(settings))('std:%s, evaluator and WebAssembly', (name, { special: isSpecial, ...given }) => {
  const dtypes: readonly DType[] = ['f32', 'f16', 'bf16']
  const values = isSpecial === false ? (['random'] as const) : (['random', 'special'] as const)
  const cases = dtypes.flatMap((dtype) => values.map((value) => [dtype, value] as const))
  test.each(cases)('%s, %s values', async (dtype, value) => {
    const palette = value === 'special' ? { palette: special } : {}
    expect(await differences({ text: source(name), ...given, dtypes: () => dtype, ...palette })).toEqual([])
  })
})

describe('std.math', () => {
  const text = `
    use std.math
    policy p() {
      entry e(X, Y: f32[row, t]) {
        return softplus: softplus(X), silu: silu(X), rms: rms[t](X), cosine: cosine[t](X, Y), z: standardize[t](X), entropy: entropy[t](softmax[t](X))
      }
    }`
  const X = [0, 1, -2, 40, -100, 3]
  const Y = [1, 1, 1, -1, 0, 2]
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
  const rows = [0, 1].map((row) => X.slice(3 * row, 3 * row + 3))
  const wanted: Readonly<Record<string, readonly number[]>> = {
    softplus: X.map((x) => (x > 30 ? x : Math.log1p(Math.exp(x)))),
    silu: X.map((x) => x / (1 + Math.exp(-x))),
    rms: rows.map((row) => Math.sqrt(sum(row.map((x) => x * x)) / 3)),
    cosine: rows.map((row, i) => {
      const other = Y.slice(3 * i, 3 * i + 3)
      return sum(row.map((x, j) => x * other[j]!)) / Math.hypot(...row) / Math.hypot(...other)
    }),
    z: rows.flatMap((row) => {
      const mean = sum(row) / 3
      const deviation = Math.sqrt(sum(row.map((x) => (x - mean) ** 2)) / 3)
      return row.map((x) => (x - mean) / deviation)
    }),
    entropy: rows.map((row) => {
      const weights = row.map((x) => Math.exp(x - Math.max(...row)))
      const shares = weights.map((weight) => weight / sum(weights)).filter((share) => share > 1e-38)
      return -sum(shares.map((share) => share * Math.log(share)))
    }),
  }

  test('the functions are what their documentation says', async () => {
    const found = await differences({ text, extents: { row: 2, t: 3 }, calls: [{ entry: 'e', data: { X, Y } }] })
    expect(found).toEqual([])
    const file = join(cache, 'math-test.prune')
    writeFileSync(file, text)
    const runner = referenceRunner(await openProgram(file))
    const tensor = (data: readonly number[]) => dense({ dtype: 'f32', shape: [2, 3], data: Float32Array.from(data) })
    const outputs = await runner.call('e', { X: tensor(X), Y: tensor(Y) }, {})
    for (const [name, values] of Object.entries(wanted)) {
      const got = outputs[name]
      expect(got?.kind).toBe('dense')
      values.forEach((value, i) => expect((got as ReturnType<typeof tensor>).data[i], name).toBeCloseTo(value, 5))
    }
  })
})

describe('std.schedules', () => {
  const text = `
    use std.schedules
    policy p(step: count = 0) {
      entry e(x: f32[row]) {
        return linear: linear(step, 2, 12, 50%, 5%), cubic: cubic(step, 2, 12, 100%, 10%), cosine: cosine(step, 2, 12, 3, 1), exponential: exponential(step, 2, 12, 8, 1), stairs: stairs(step, 4, 9, 1), due: due(step, 2, 12, 5), exactly: floor(linear(step, 2, 12, 90%, 10%) * 1000), short: linear(step, 7, 7, 0, 1)
      }
    }`
  const way = (step: number): number => Math.min(Math.max(step - 2, 0) / 10, 1)
  const wanted: Readonly<Record<string, (step: number) => number>> = {
    linear: (step) => 0.5 - 0.45 * way(step),
    cubic: (step) => 0.1 + 0.9 * (1 - way(step)) ** 3,
    cosine: (step) => 2 + Math.cos(Math.PI * way(step)),
    exponential: (step) => 8 * (1 / 8) ** way(step),
    stairs: (step) => 9 - 2 * step,
    due: (step) => Number([2, 7, 12].includes(step)),
    exactly: (step) => 900 - 80 * Math.min(Math.max(step - 2, 0), 10),
    short: (step) => (step > 7 ? 1 : 0),
  }

  test.each([0, 2, 3, 7, 8, 11, 12, 40])('at step %d', async (step) => {
    expect(await differences({ text, extents: { row: 1 }, calls: [{ entry: 'e', params: { step } }] })).toEqual([])
    const file = join(cache, `schedules-${step}.prune`)
    writeFileSync(file, text)
    const runner = referenceRunner(await openProgram(file))
    const x = dense({ dtype: 'f32', shape: [1], data: Float32Array.of(0) })
    const outputs = await runner.call('e', { x }, { step })
    for (const [name, value] of Object.entries(wanted))
      expect((outputs[name] as typeof x).data[0], name).toBeCloseTo(value(step), 6)
  })
})
