/** inline beyond its example: sharing, recursion, growth, spans. `.pir` cases are in test/ir/inline. */
import { describe, expect, test } from 'vitest'
import { DiagnosticSink } from '../../../compiler/diagnostics/sink.ts'
import type { Module } from '../../../compiler/ir/node.ts'
import { ops } from '../../../compiler/ir/ops/index.ts'
import { readModule } from '../../../compiler/ir/text/parse.ts'
import { inline } from '../../../compiler/passes/inline.ts'
import { runPipeline, type PipelineResult } from '../../../compiler/passes/manager.ts'

const results = 'results = [{"axes": ["n"], "dtype": "f32", "kind": "tensor"}]'
const call = (id: number, arg: number, callee: string): string =>
  `%${id} = call(%${arg}) {callee = "${callee}", ${results}} : f32[n]`
const fn = (name: string, ...body: readonly string[]): string =>
  `fn ${name}(%0 x: f32[n]) axes(n) { ${body.join('\n')} return y = %${body.length} }\n`

function run(text: string): { readonly result: PipelineResult; readonly sink: DiagnosticSink; readonly module: Module } {
  const { module, problems } = readModule(text, { ops })
  if (module === null) throw new Error(problems.map(({ problem }) => problem).join('; '))
  const sink = new DiagnosticSink()
  return { result: runPipeline(module, [inline], { ops, sink, verify: 'roundtrip' }), sink, module }
}

describe('inline', () => {
  test('gives every call a copy of its own', () => {
    const { result } = run(
      `${fn('f', '%1 = abs(%0)')}entry e(%0 x: f32[n] input) axes(n) { ${call(1, 0, 'f')} ${call(2, 1, 'f')} return y = %2, z = %1 }`,
    )
    const [entry, ...rest] = result.module.funcs
    expect(rest).toEqual([])
    expect(entry?.body.nodes.map(({ op, operands }) => [op, ...operands])).toEqual([
      ['abs', 0],
      ['abs', 3],
    ])
    expect(entry?.outputs.map(({ value }) => value)).toEqual([4, 3])
  })

  test('keeps the spans of the function', () => {
    const { result, module } = run(
      `${fn('f', '%1 = abs(%0)')}entry e(%0 x: f32[n] input) axes(n) { ${call(1, 0, 'f')} return y = %1 }`,
    )
    expect(result.module.funcs[0]?.body.nodes[0]?.span).toEqual(module.funcs[0]?.body.nodes[0]?.span)
  })

  test('passes through a function that returns its parameter', () => {
    const { result } = run(`${fn('f')}entry e(%0 x: f32[n] input) axes(n) { ${call(1, 0, 'f')} return y = %1 }`)
    expect(result.module.funcs[0]?.body).toMatchObject({ nodes: [], yields: [0] })
  })

  test('refuses functions that call themselves or each other', () => {
    const { result, sink } = run(
      `${fn('f', call(1, 0, 'g'))}${fn('g', call(1, 0, 'f'))}entry e(%0 x: f32[n] input) axes(n) { ${call(1, 0, 'f')} return y = %1 }`,
    )
    expect(sink.list().map(({ code }) => code)).toEqual(['ESP3903'])
    expect(result.stoppedBy).toBe('inline')
  })

  test('refuses functions that double forty times, at once', () => {
    const doubling = Array.from({ length: 40 }, (_, i) => fn(`f${i + 1}`, call(1, 0, `f${i}`), call(2, 1, `f${i}`))).join('')
    const start = performance.now()
    const { sink } = run(
      `${fn('f0', '%1 = abs(%0)')}${doubling}entry e(%0 x: f32[n] input) axes(n) { ${call(1, 0, 'f40')} return y = %1 }`,
    )
    expect(sink.list().map(({ code }) => code)).toEqual(['ESP3903'])
    expect(performance.now() - start).toBeLessThan(20_000)
  })
})
