/**
 * Loops and branches. A carried value lives in a variable that is set before the loop and at the end of every iteration; the same
 * variable is the result afterwards. What has a barrier inside is decided by values that are known to be uniform.
 */
import type { Node, ValueId } from '../../../compiler/ir/node.ts'
import { constant } from '../constants.ts'
import { assignAll } from '../../source/assign-all.ts'
import { named, wrapped, type Expr } from '../../source/text.ts'
import { regionOf, resultDType, scalarDType, type OpContext } from './context.ts'

/** Sets all variables at once; one that is about to change is copied first, though it is a name already. */
export const assign = (c: OpContext, targets: readonly Expr[], values: readonly Expr[]): void =>
  assignAll(c.writer, targets, values, (value) => c.share({ ...named(`(${value.text})`) }, 'next'))

/** Variables that start as the operands from `first` on, named like the parameters of the region that they are for. */
function carriedVariables(c: OpContext, params: readonly { readonly name: string }[], first: number): readonly Expr[] {
  return c.node.operands
    .slice(first)
    .map((_, i) => c.declare(params[i]?.name ?? 'carried', scalarDType(c.typeOf(first + i)), c.arg(first + i)))
}

/** `for` with any step; the index must not wrap around at the end of its range. */
export function countedLoop(c: OpContext, step: number): readonly Expr[] {
  const body = regionOf(c.node, 0)
  const [indexParam, ...params] = body.params
  const [lo, hi] = c.node.operands as [ValueId, ValueId]
  const dtype = scalarDType(c.typeOf(0))
  const end = c.share(c.uniform(c.arg(1), hi), 'end')
  const first = c.uniform(c.arg(0), lo)
  const carried = carriedVariables(c, params, 2)
  const index = c.declare(indexParam?.name ?? 'i', dtype, first)
  const stride = constant(dtype, step).text
  c.writer.block(`for (; ${index.text} < ${wrapped(end)}; ${step === 1 ? `${index.text} += ${stride}` : ''})`, () => {
    assign(c, carried, c.region(body, [index, ...carried]))
    if (step === 1) return
    c.writer.line(`if (u32(${end.text}) - u32(${index.text}) <= ${step}u) { break; }`)
    c.writer.line(`${index.text} += ${stride};`)
  })
  return carried
}

export function whileLoop(c: OpContext): readonly Expr[] {
  const [test, body] = [regionOf(c.node, 0), regionOf(c.node, 1)]
  const start = carriedVariables(c, test.params, 0)
  // When the test yields what it was given, its values and the body's are one set of variables.
  const passesOn = test.params.every((param, i) => test.yields[i + 1] === param.id)
  const tested = passesOn
    ? start
    : start.map((_, i) => c.declare(body.params[i]?.name ?? 'tested', scalarDType(c.typeOf(i)), null))
  c.writer.block('loop', () => {
    const [condition, ...values] = c.region(test, start)
    const holds = c.uniform(condition as Expr, test.yields[0] as ValueId)
    const again = passesOn ? holds : c.share(holds, 'again')
    if (!passesOn) assign(c, tested, values)
    c.writer.line(`if (!${wrapped(again)}) { break; }`)
    assign(c, start, c.region(body, tested))
  })
  return tested
}

export function branch(c: OpContext): readonly Expr[] {
  const condition = c.uniform(c.arg(0), c.node.operands[0] as ValueId)
  const results = c.node.results.map(({ id }, i) => c.declare(`v${id}`, resultDType(c, i), null))
  const side = (index: number) => (): void => assign(c, results, c.region(regionOf(c.node, index), []))
  c.writer.line(`if (${condition.text}) {`)
  c.writer.nested(side(0))
  if (!isEmpty(c.node, 1)) {
    c.writer.line('} else {')
    c.writer.nested(side(1))
  }
  c.writer.line('}')
  return results
}

const isEmpty = (node: Node, index: number): boolean => {
  const { nodes, yields } = regionOf(node, index)
  return nodes.length === 0 && yields.length === 0
}
