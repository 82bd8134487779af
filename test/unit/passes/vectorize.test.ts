/** The vectorize pass, which needs a lane table: its example, and loops it must leave alone. */
import { expect, test } from 'vitest'
import { ops } from '../../../compiler/ir/ops/index.ts'
import type { Module } from '../../../compiler/ir/node.ts'
import { renumber } from '../../../compiler/ir/substitute.ts'
import { readModule } from '../../../compiler/ir/text/parse.ts'
import { printModule } from '../../../compiler/ir/text/print.ts'
import { runPipeline } from '../../../compiler/passes/manager.ts'
import { vectorize } from '../../../compiler/passes/vectorize.ts'
import { wasmCaps } from '../../../backends/wasm/caps.ts'

const pass = vectorize(wasmCaps)

function parse(text: string): Module {
  const { module, problems } = readModule(text, { ops })
  if (module === null) throw new Error(problems.map((one) => one.problem).join('\n'))
  return module
}

const canonical = (module: Module): string => printModule({ ...module, funcs: module.funcs.map(renumber) })
const run = (text: string): string => canonical(runPipeline(parse(text), [pass], { ops, verify: 'roundtrip' }).module)

const kernel = (body: string): string => `module m kernel {
  kernel k (%0 n: i32, %1 x: read f32[] argument, %2 y: readwrite f32[] argument) {
    %3 = constant() {dtype = "i32", lanes = 1, value = 0} : i32
${body}
  }
}`

test('the example', () => {
  expect(run(pass.example.before)).toBe(canonical(parse(pass.example.after)))
})

test('a store that strides keeps the loop scalar', () => {
  const text = run(
    kernel(`    lanes(%3, %0) {combine = []} { (%4 i: i32)
      %5 = mul(%4, %0) : i32
      %6 = load(%1, %4) {lanes = 1} : f32
      store(%2, %5, %6)
    }`),
  )
  expect(text).toContain('for(')
  expect(text).not.toContain('lanes = 4')
})

test('carried values that are not combined keep the loop scalar', () => {
  const text = run(
    kernel(`    %9 = lanes(%3, %0, %3) {combine = ["none"]} : i32 { (%4 i: i32, %5 c: i32)
      %6 = add(%5, %4) : i32
      yield %6
    }`),
  )
  expect(text).not.toContain('i32x4')
})

test('a short reduction gets several accumulators and combines them with what was carried in', () => {
  const text = run(
    kernel(`    %8 = load(%1, %3) {lanes = 1} : f32
    %9 = lanes(%3, %0, %8) {combine = ["max"]} : f32 { (%4 i: i32, %5 c: f32)
      %6 = load(%1, %4) {lanes = 1} : f32
      %7 = max(%5, %6) : f32
      yield %7
    }
    store(%2, %3, %9)`),
  )
  expect(text.match(/lane_reduce/g)).toHaveLength(1)
  expect(text).toContain('step = 16')
  expect(text).toContain('step = 4')
  expect(text).toContain('step = 1')
})
