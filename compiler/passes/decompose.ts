/** decompose: composite ops become the simpler ops that their record spells them in, so that fusion sees sums and maps. */
import type { Node, ValueId } from '../ir/node.ts'
import type { Builder } from '../ir/op.ts'
import { rewriteFunc, rule, type RuleScope } from '../ir/rewrite.ts'
import { definePass } from './pass.ts'

/** An expansion appends nodes through a rule's scope; spans are the rule driver's business. */
const builderOf = (scope: RuleScope): Builder => ({
  emit: (op, operands, attrs) => scope.emit(op, operands, attrs),
  emitAll: (op, operands, attrs) => [scope.emit(op, operands, attrs)],
  typeOf: (id) => scope.typeOf(id),
  at: () => undefined,
})

const expandComposite = rule('expand-composite', (node: Node, scope: RuleScope): readonly ValueId[] | null => {
  const expand = Object.hasOwn(scope.ops, node.op) ? scope.ops[node.op]?.expand : undefined
  return expand === undefined ? null : expand(builderOf(scope), node.operands, node.attrs)
})

export const decompose = definePass({
  name: 'decompose',
  summary: 'Spells composite ops (mean, softmax, norm, …) in simpler ones.',
  from: 'policy',
  to: 'same',
  example: {
    before: `
      entry example(%0 x: f32[row, column] input) axes(row, column) {
        %1 = norm(%0, _, _) {axes = ["column"]} : f32[row]
        return out = %1
      }`,
    after: `
      entry example(%0 x: f32[row, column] input) axes(row, column) {
        %1 = mul(%0, %0) : f32[row, column]
        %2 = reduce(%1, _, _) {axes = ["column"], kind = "sum"} : f32[row]
        %3 = sqrt(%2) : f32[row]
        return out = %3
      }`,
  },
  run: (module, ctx) => {
    const funcs = module.funcs.map((func) =>
      rewriteFunc(func, [expandComposite], {
        ops: ctx.ops,
        onFired: (fired, node) => ctx.fired(fired.name, `${node.op} is spelled out`, { func: func.name, span: node.span }),
      }),
    )
    return funcs.every((func, at) => func === module.funcs[at]) ? module : { ...module, funcs }
  },
})
