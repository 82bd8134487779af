/** Programs far larger than anybody writes: they compile in reasonable time, without exhausting the stack. */
import { expect, test } from 'vitest'
import { DiagnosticSink } from '../../compiler/diagnostics/sink.ts'
import { compile } from '../../compiler/driver.ts'
import { wasmBackend } from '../../backends/wasm/index.ts'
import { differences } from '../support/differential.ts'

const repeat = (n: number, statement: (i: number) => string): string =>
  Array.from({ length: n }, (_, i) => statement(i)).join('\n')
const policy = (body: string): string => `policy p { entry e(X: f32[a, b], Y: f32[b]) {\n${body}\n} }`

async function codesOf(text: string): Promise<readonly string[]> {
  const sink = new DiagnosticSink()
  await compile({ source: { name: 't.prune', text }, load: () => null, sink, target: wasmBackend, version: 'test' })
  return sink.list().map(({ code }) => code)
}

const chain = `s0 = softmax[b](X)\n${repeat(5000, (i) => `s${i + 1} = s${i} * 0.5 + Y`)}`

test('5,000 statements behind a softmax, and a reduction of them', async () => {
  expect(await codesOf(policy(`${chain}\nreturn y: s5000, z: sum[b](s5000 * Y)`))).toEqual([])
}, 60_000)

test('loops nested thirty deep', async () => {
  let body = ''
  for (let i = 0; i < 30; i++)
    body = `t${i} = iterate 2 times with (x${i} = X) { ${body} next x${i} = x${i} + ${i === 0 ? 'Y' : `t${i - 1}`} }`
  expect(await codesOf(policy(`${body}\nreturn y: t29`))).toEqual([])
}, 30_000)

test('more reductions than one kernel holds give what the evaluator gives', async () => {
  const body = `s0 = Y\n${repeat(150, (i) => `s${i + 1} = s${i} * 0.5 - mean[b](s${i})`)}\nreturn y: s150 + sum[a](X)`
  expect(await differences({ text: policy(body), extents: { a: 3, b: 7 }, calls: [{ entry: 'e' }] })).toEqual([])
}, 30_000)

test('a cascade of twelve selections gives what the evaluator gives', async () => {
  const body = `m0 = Y > -1\n${repeat(12, (i) => `m${i + 1} = keep ${14 - i} of b by Y * ${i % 2 === 0 ? -1 : 1} within m${i}`)}\nreturn y: m12, x: sum[a, b](X where m12)`
  expect(await differences({ text: policy(body), extents: { a: 3, b: 17 }, calls: [{ entry: 'e' }] })).toEqual([])
}, 20_000)

test('a chain longer than is followed at once gives what the evaluator gives', async () => {
  const body = `s0 = softmax[b](X)\n${repeat(600, (i) => `s${i + 1} = s${i} * 0.5 + Y`)}\nreturn y: s600, z: sum[b](s600 where s300 > 0)`
  expect(await differences({ text: policy(body), extents: { a: 3, b: 7 }, calls: [{ entry: 'e' }] })).toEqual([])
}, 30_000)
