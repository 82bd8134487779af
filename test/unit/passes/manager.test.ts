/** The pass manager: what it checks, records and wraps. */
import { describe, expect, test } from 'vitest'
import { CompilerBug } from '../../../compiler/diagnostics/bug.ts'
import { DiagnosticSink } from '../../../compiler/diagnostics/sink.ts'
import type { Module } from '../../../compiler/ir/node.ts'
import { ops } from '../../../compiler/ir/ops/index.ts'
import { readModule } from '../../../compiler/ir/text/parse.ts'
import { printModule } from '../../../compiler/ir/text/print.ts'
import { runPipeline, type PipelineOptions, type VerifyLevel } from '../../../compiler/passes/manager.ts'
import { definePass, type Pass, type PassDef } from '../../../compiler/passes/pass.ts'

function parse(text: string): Module {
  const { module, problems } = readModule(text, { ops })
  if (module === null) throw new Error(problems.map(({ problem }) => problem).join('; '))
  return module
}

const module = parse(`entry e(%0 x: f32[n] input) axes(n) {
  %1 = abs(%0) : f32[n]
  return y = %1
}`)

const pass = (name: string, run: PassDef['run'], more: Partial<PassDef> = {}): Pass =>
  definePass({ name, summary: '', from: 'policy', to: 'same', example: { before: '', after: '' }, run, ...more })

const same = pass('same', (each) => each)

/** Replaces every op; makes a module that does not verify when the op does not fit. */
const renameOp = (name: string, op: string): Pass =>
  pass(name, (each) => ({
    ...each,
    funcs: each.funcs.map((func) => ({
      ...func,
      body: { ...func.body, nodes: func.body.nodes.map((node) => ({ ...node, op })) },
    })),
  }))

function bugOf(passes: readonly Pass[], options: Partial<PipelineOptions> = {}): CompilerBug {
  try {
    runPipeline(module, passes, { ops, ...options })
  } catch (error) {
    if (error instanceof CompilerBug) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('runPipeline', () => {
  test('runs passes in order, dumps, times and counts', () => {
    const dumps: string[] = []
    let now = 0
    const result = runPipeline(module, [renameOp('to-neg', 'neg'), renameOp('to-exp', 'exp')], {
      ops,
      clock: () => (now += 5),
      onDump: (each, { funcs }) => dumps.push(`${each?.name ?? 'start'} ${funcs[0]?.body.nodes[0]?.op}`),
    })
    expect(dumps).toEqual(['start abs', 'to-neg neg', 'to-exp exp'])
    expect(result.steps).toEqual([
      { pass: 'to-neg', ms: 5, ops: { neg: 1, 'e/neg': 1 } },
      { pass: 'to-exp', ms: 5, ops: { exp: 1, 'e/exp': 1 } },
    ])
    expect(result.stoppedBy).toBeNull()
    expect(printModule(module)).toContain('abs')
  })

  test('does not touch a clock that is not given', () => {
    expect(runPipeline(module, [same], { ops }).steps[0]?.ms).toBeNull()
  })

  test('wraps an exception with the pass, the IR and the cause', () => {
    const cause = new TypeError('oh no')
    const bug = bugOf([
      same,
      pass('throws', () => {
        throw cause
      }),
    ])
    expect(bug.message).toBe('compiler bug (in pass throws): oh no')
    expect([bug.pass, bug.cause, bug.after]).toEqual(['throws', cause, null])
    expect(bug.before).toContain('%1 = abs(%0) : f32[n] @ "<pir>"')
  })

  test.each<[VerifyLevel, string | null]>([
    ['off', null],
    ['boundaries', null],
    ['each', 'breaks'],
    ['roundtrip', 'breaks'],
  ])('with verify %s a module that is wrong for one pass is noticed: %s', (verify, where) => {
    const passes = [renameOp('breaks', 'not'), renameOp('mends', 'abs')]
    if (where === null) expect(runPipeline(module, passes, { ops, verify }).module.funcs[0]?.body.nodes[0]?.op).toBe('abs')
    else expect(bugOf(passes, { verify }).message).toContain(`in pass ${where}): gives a module that is not valid: e: not:`)
  })

  test('verifies what goes in and what comes out', () => {
    expect(bugOf([renameOp('breaks', 'not')]).pass).toBe('breaks')
    const broken = runPipeline(module, [renameOp('breaks', 'not')], { ops, verify: 'off' }).module
    expect(() => runPipeline(broken, [same], { ops })).toThrow('the module given to the passes is not valid')
  })

  test('holds passes to their levels', () => {
    expect(bugOf([pass('late', (each) => each, { from: ['sparse', 'kernel'] })]).message).toContain(
      'does not take modules of level policy',
    )
    expect(bugOf([pass('lazy', (each) => each, { to: 'sparse' })]).message).toContain(
      'gives a module of level policy, not sparse',
    )
  })

  test('checks what passes require and establish', () => {
    const calls = parse(`fn f(%0 x: f32[n]) axes(n) { return y = %0 }
      entry e(%0 x: f32[n] input) axes(n) {
        %1 = call(%0) {callee = "f", results = [{"axes": ["n"], "dtype": "f32", "kind": "tensor"}]} : f32[n]
        return y = %1
      }`)
    const needs = pass('needs', (each) => each, { requires: ['no-calls'] })
    const claims = pass('claims', (each) => each, { establishes: ['no-calls'] })
    expect(() => runPipeline(calls, [needs], { ops })).toThrow('requires no-calls, which does not hold: e: call: a call is left')
    expect(() => runPipeline(calls, [claims], { ops })).toThrow('establishes no-calls, which does not hold')
    expect(() => runPipeline(calls, [needs, claims], { ops, verify: 'off' })).not.toThrow()
  })

  test('hands out gas and says how much was used', () => {
    const greedy = pass('greedy', (each, ctx) => {
      while (ctx.spend() && ctx.spend()) ctx.fired('greedy-rule', 'there was gas', { func: 'e' })
      return each
    })
    const result = runPipeline(module, [greedy, greedy], { ops, gas: 5 })
    expect(result.gasUsed).toBe(5)
    expect(result.remarks).toEqual(
      Array.from({ length: 2 }, () => ({
        pass: 'greedy',
        kind: 'fired',
        rule: 'greedy-rule',
        reason: 'there was gas',
        func: 'e',
        span: null,
      })),
    )
  })

  test('keeps the reason why something did not happen', () => {
    const shy = pass('shy', (each, ctx) => {
      ctx.missed('fuse', 'the score is used twice')
      return each
    })
    expect(runPipeline(module, [shy], { ops }).remarks[0]).toMatchObject({
      pass: 'shy',
      kind: 'missed',
      rule: 'fuse',
      reason: 'the score is used twice',
    })
  })

  test('stops at the pass that reports an error, with the module from before it', () => {
    const sink = new DiagnosticSink()
    const refuses = pass('refuses', (each, ctx) => {
      ctx.sink.report('ESP3903', null, { entry: 'e', limit: 1 })
      return { ...each, name: 'half-done' }
    })
    const never = pass('never', () => {
      throw new Error('must not run')
    })
    const result = runPipeline(module, [same, refuses, never], { ops, sink })
    expect([result.stoppedBy, result.module.name, sink.errorCount]).toEqual(['refuses', 'example', 1])
  })
})
