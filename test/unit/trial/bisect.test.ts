/** Bisection against passes that are wrong on purpose. */
import { describe, expect, test } from 'vitest'
import { DiagnosticSink } from '../../../compiler/diagnostics/sink.ts'
import { frontEnd } from '../../../compiler/driver.ts'
import type { Module, Node } from '../../../compiler/ir/node.ts'
import { ops } from '../../../compiler/ir/ops/index.ts'
import { printModule } from '../../../compiler/ir/text/print.ts'
import { definePass, type Pass } from '../../../compiler/passes/pass.ts'
import { policyPipeline } from '../../../compiler/passes/pipelines.ts'
import { bisect } from '../../../compiler/trial/bisect.ts'
import { isEvaluable, meaningDifference, meaningOf } from '../../../compiler/trial/meaning.ts'
import { bisectedText } from '../../../cli/dev/examine.ts'

const TEXT = `policy p {
  entry e(X, Y: f32[row, column]) {
    total = X + Y
    return mask: keep 50% of column by abs(total), spread: sum[column](total * (X - Y))
  }
}`
const sources = new Map([['p.prune', TEXT]])

function moduleOf(text: string): Module {
  const sink = new DiagnosticSink()
  const { modules } = frontEnd({ source: { name: 'p.prune', text }, load: () => null, sink })
  expect(sink.list()).toEqual([])
  return modules[0]!
}

/** Rewrites one op into another wherever it has gas, and says so: right for none of them. */
const renaming = (from: string, to: string): Pass =>
  definePass({
    name: `${from}-to-${to}`,
    summary: 'wrong',
    from: 'policy',
    to: 'same',
    example: { before: '', after: '' },
    run: (module, ctx) => {
      const node = (one: Node): Node => {
        if (one.op !== from || !ctx.spend()) return one
        ctx.fired(`${from}-to-${to}`, `a ${from} becomes a ${to}`, { span: one.span })
        return { ...one, op: to }
      }
      const funcs = module.funcs.map((func) => ({ ...func, body: { ...func.body, nodes: func.body.nodes.map(node) } }))
      return { ...module, funcs }
    },
  })

const trials = [0, 1].map((seed) => ({ sizes: new Map([['column', 8]]), params: new Map(), seed }))

const bisected = (passes: readonly Pass[], text = TEXT) => {
  const module = moduleOf(text)
  const meaning = meaningOf(module, trials)
  expect(meaning).toMatchObject({ refused: [] })
  return bisect({
    module,
    passes,
    ops,
    judge: async (stages) => {
      const last = stages.findLast((stage) => isEvaluable(stage.module))
      return last === undefined ? null : meaningDifference(meaning, last.module)
    },
  })
}

describe('bisection', () => {
  test('says that nothing is wrong', async () => {
    const found = await bisected(policyPipeline)
    expect(found.kind).toBe('right')
    expect(bisectedText(found, sources, false)).toMatch(/^nothing is wrong with all \d+ optional rewrites made\n$/)
  })

  test('finds the wrong rewrite among right ones, with its place and the module around it', async () => {
    // The pass before it spends gas on harmless rewrites.
    const found = await bisected([renaming('sub', 'sub'), renaming('mul', 'min'), ...policyPipeline])
    expect(found).toMatchObject({ kind: 'found', gas: 2, pass: 'mul-to-min', remark: { rule: 'mul-to-min' } })
    if (found.kind !== 'found') return
    expect(found.problem).toMatch(/^e, inputs 0: spread at \[row \d+\] is .*, not /)
    expect(printModule(found.before)).toContain('= mul(')
    expect(printModule(found.after)).not.toContain('= mul(')
    const text = bisectedText(found, sources, false)
    expect(text).toContain('makes it so: mul-to-min/mul-to-min: a mul becomes a min\n  --> p.prune:4:')
    expect(text).toMatch(/^- .*= mul\(/m)
    expect(text).toMatch(/^\+ .*= min\(/m)
  })

  test('finds it in the middle of many', async () => {
    const many = `policy p {
  entry e(X, Y: f32[row, column]) {
    return ${Array.from({ length: 12 }, (_, i) => `o${i}: ${i === 7 ? 'X + abs(Y)' : `X + ${i} + X`}`).join(', ')}
  }
}`
    // Two of the same are added: only where the operands differ does a commuted subtraction show.
    const wrong: Pass = {
      ...renaming('add', 'sub'),
      run: (module, ctx) => {
        const rename = renaming('add', 'sub').run
        const keepsMost = { ...ctx, spend: () => ctx.spend() }
        return module.name === 'p' ? onlyAbsolute(module, rename(module, keepsMost)) : module
      },
    }
    const found = await bisected([wrong, ...policyPipeline], many)
    expect(found).toMatchObject({ kind: 'found', pass: 'add-to-sub' })
    if (found.kind === 'found') expect(found.problem).toContain('o7 at ')
  })

  test('a pass that is wrong without gas is another matter', async () => {
    const always: Pass = {
      ...renaming('add', 'sub'),
      run: (module, ctx) => renaming('add', 'sub').run(module, { ...ctx, spend: () => true }),
    }
    const found = await bisected([always, ...policyPipeline])
    expect(found).toMatchObject({ kind: 'always-wrong' })
    expect(bisectedText(found, sources, false)).toContain('This is so without any optional rewrite')
  })
})

/** Takes the rewritten node only where an operand is an absolute value. */
function onlyAbsolute(before: Module, after: Module): Module {
  const funcs = after.funcs.map((func, i) => {
    const nodes = before.funcs[i]!.body.nodes
    const absolute = new Set(nodes.filter(({ op }) => op === 'abs').map(({ results }) => results[0]!.id))
    const chosen = func.body.nodes.map((node, at) => (node.operands.some((id) => absolute.has(id)) ? node : nodes[at]!))
    return { ...func, body: { ...func.body, nodes: chosen } }
  })
  return { ...after, funcs }
}
