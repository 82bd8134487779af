/** The driver of local rules: fixpoint, placement, gas, and the mistakes of rules it catches. */
import { describe, expect, test } from 'vitest'
import type { Func } from '../../../compiler/ir/node.ts'
import { ops } from '../../../compiler/ir/ops/index.ts'
import { rewriteFunc, rule, type Rule } from '../../../compiler/ir/rewrite.ts'
import { readModule } from '../../../compiler/ir/text/parse.ts'
import { printFunc } from '../../../compiler/ir/text/print.ts'
import { verifyModule } from '../../../compiler/ir/verify.ts'

function parse(text: string): Func {
  const { module, problems } = readModule(text, { ops })
  const func = module?.funcs[0]
  if (func === undefined) throw new Error(problems.map(({ problem }) => problem).join('; '))
  return func
}

const chain = parse(`entry e(%0 x: f32[n] input) axes(n) {
  %1 = neg(%0) : f32[n]
  %2 = neg(%1) : f32[n]
  %3 = exp(%2) : f32[n]
  return y = %3
}`)

const negToSub = rule('neg-to-sub', (node, scope) =>
  node.op === 'neg'
    ? [scope.emit('sub', [scope.emit('sub', [node.operands[0] ?? -1, node.operands[0] ?? -1]), node.operands[0] ?? -1])]
    : null,
)

describe('rewriteFunc', () => {
  test('answers the function itself when nothing matches', () => {
    expect(rewriteFunc(chain, [rule('never', () => null)], { ops })).toBe(chain)
  })

  test('puts new nodes where the old one was and follows the replacement', () => {
    expect(printFunc(rewriteFunc(chain, [negToSub], { ops }))).toBe(
      `entry e (%0 x: f32[n] input) axes(n) {
  %4 = sub(%0, %0) : f32[n]
  %5 = sub(%4, %0) : f32[n]
  %6 = sub(%5, %5) : f32[n]
  %7 = sub(%6, %5) : f32[n]
  %3 = exp(%7) : f32[n]
  return y = %7
}
`.replace('y = %7', 'y = %3'),
    )
  })

  test('gives new nodes the span of the node they stand for', () => {
    const { body } = rewriteFunc(chain, [negToSub], { ops })
    expect(body.nodes[0]?.span).toEqual(chain.body.nodes[0]?.span)
    expect(body.nodes[3]?.span).toEqual(chain.body.nodes[1]?.span)
  })

  test('asks for gas and stops when there is none', () => {
    let gas = 1
    const fired: string[] = []
    const result = rewriteFunc(chain, [negToSub], {
      ops,
      spend: () => gas-- > 0,
      onFired: ({ name }, node) => fired.push(`${name} ${node.results[0]?.id}`),
    })
    expect(result.body.nodes.map(({ op }) => op)).toEqual(['sub', 'sub', 'neg', 'exp'])
    expect(fired).toEqual(['neg-to-sub 1'])
  })

  test('leaves no trace of a rule that emits and then declines', () => {
    const hesitant = rule('hesitant', (node, scope) => {
      scope.emit('abs', [node.operands[0] ?? -1])
      return null
    })
    expect(rewriteFunc(chain, [hesitant], { ops })).toBe(chain)
  })

  test('refuses rules that never end', () => {
    const more = rule('more', (node, scope) =>
      node.op === 'exp' ? [scope.emit('exp', [scope.emit('neg', node.operands)])] : null,
    )
    expect(() => rewriteFunc(chain, [more], { ops })).toThrow('the rule more goes on and on at exp in e')
  })

  test.each<[string, Rule]>([
    [
      'changes the type',
      rule('r', (node, scope) => (node.op === 'exp' ? [scope.emit('reduce', [0, -1, -1], { axes: ['n'], kind: 'sum' })] : null)),
    ],
    ['gives 2 values for 1', rule('r', (node) => (node.op === 'exp' ? [0, 0] : null))],
  ])('refuses a rule that %s', (message, bad) => expect(() => rewriteFunc(chain, [bad], { ops })).toThrow(message))

  test('sees in a region what is outside, and not the other way round', () => {
    const func = parse(`kernel k(%0 n: i32, %1 z: f32) {
      %2 = for(%0, %0, %1) {step = 1} : f32 { (%3 i: i32, %4 s: f32)
        %5 = neg(%4) : f32
        yield %5
      }
      %6 = neg(%2) : f32
    }`)
    const seen: Record<string, readonly boolean[]> = {}
    rewriteFunc(
      func,
      [
        rule('look', (node, scope) => {
          if (node.op === 'neg') seen[`%${node.results[0]?.id}`] = [0, 3, 4, 5, 6].map((id) => scope.visible(id))
          return null
        }),
      ],
      { ops },
    )
    expect(seen).toEqual({ '%5': [true, true, true, false, false], '%6': [true, false, false, false, false] })
  })

  test('keeps the list of captured values right', () => {
    const text = `module m sparse { entry e(%0 x: f32[n] input) axes(n) {
      %1 = neg(%0) : f32[n]
      %2 = region(%1, %0) {grid = ["n"], types = [{"axes": ["n"], "dtype": "f32", "kind": "tensor"}]} : f32[n] {
        %3 = add(%1, %0) : f32[n]
        yield %3
      }
      return o = %2
    } }`
    const { module } = readModule(text, { ops })
    if (module === null) throw new Error('does not parse')
    const drop = rule('first', (node) => (node.op === 'add' ? node.operands.slice(1) : null))
    const funcs = module.funcs.map((func) => rewriteFunc(func, [drop], { ops }))
    expect(funcs[0]?.body.nodes[1]?.operands).toEqual([0])
    expect(verifyModule({ ...module, funcs }, ops)).toEqual([])
  })
})
