/**
 * Loops and branches. A carried value lives in a variable that is set before the loop and at the end of every iteration; the same
 * variable is the result afterwards.
 */
import type { Node } from '../../../compiler/ir/node.ts'
import { assignAll } from '../../source/assign-all.ts'
import { named, wrapped, type Expr } from '../../source/text.ts'
import { constant } from '../constants.ts'
import { cudaType } from '../types.ts'
import { regionOf, resultDType, scalarDType, type OpContext } from './context.ts'

/** Sets all variables at once; one that is about to change is copied first, though it is a name already. */
export const assign = (c: OpContext, targets: readonly Expr[], values: readonly Expr[]): void =>
  assignAll(c.writer, targets, values, (value) => c.share({ ...named(`(${value.text})`) }, 'next', 'auto'))

/** Variables that start as the operands from `first` on, named like the parameters of the region that they are for. */
export function carriedVariables(c: OpContext, params: readonly { readonly name: string }[], first: number): readonly Expr[] {
  return c.node.operands
    .slice(first)
    .map((_, i) => c.declare(params[i]?.name ?? 'carried', cudaType(scalarDType(c.typeOf(first + i))), c.arg(first + i)))
}

/** `for` with any step; the index must not wrap around at the end of its range. */
export function countedLoop(c: OpContext, step: number): readonly Expr[] {
  const body = regionOf(c.node, 0)
  const [indexParam, ...params] = body.params
  const dtype = scalarDType(c.typeOf(0))
  const end = c.share(c.arg(1), 'end', cudaType(dtype))
  const carried = carriedVariables(c, params, 2)
  const index = named(c.fresh(indexParam?.name ?? 'i'))
  const stride = constant(dtype, step).text
  const head = `${cudaType(dtype)} ${index.text} = ${c.arg(0).text}; ${index.text} < ${wrapped(end)}`
  const isFar = step === 1 || (c.isIndex(0) && c.isIndex(1))
  const next = step === 1 ? `++${index.text}` : `${index.text} += ${stride}`
  // More text takes longer to be fetched than it saves.
  if (c.node.attrs.rolled === true) c.writer.line('#pragma unroll 1')
  c.writer.block(`for (${head}; ${isFar ? next : ''})`, () => {
    assign(c, carried, c.region(body, [index, ...carried]))
    if (isFar) return
    c.writer.line(`if (u32(${end.text}) - u32(${index.text}) <= ${step}u) break;`)
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
    : start.map((_, i) => c.declare(body.params[i]?.name ?? 'tested', cudaType(scalarDType(c.typeOf(i))), null))
  let values: readonly Expr[] = []
  const before = c.aside(() => {
    values = c.region(test, start)
  })
  const condition = values[0] as Expr
  const isSimple = passesOn && before.length === 0
  c.writer.block(`while (${isSimple ? condition.text : 'true'})`, () => {
    if (!isSimple) {
      for (const line of before) c.writer.line(line)
      const again = passesOn ? condition : c.share(condition, 'again', 'bool')
      if (!passesOn) assign(c, tested, values.slice(1))
      c.writer.line(`if (!${wrapped(again)}) break;`)
    }
    assign(c, start, c.region(body, tested))
  })
  return tested
}

export function branch(c: OpContext): readonly Expr[] {
  const condition = c.arg(0)
  const results = c.node.results.map(({ id }, i) => c.declare(`v${id}`, cudaType(resultDType(c, i)), null))
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
