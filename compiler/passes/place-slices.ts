/**
 * place-slices: a state of which one slice changes is not written as a whole. Where the new value of a state is the old one with
 * a slice put into it, the output becomes that slice and its place: the host puts it there once everything has succeeded.
 */
import type { Func, FuncOutput, Node, ValueId } from '../ir/node.ts'
import { attrAxes } from '../ir/op.ts'
import { definitions } from '../ir/walk.ts'
import { definePass, type PassContext } from './pass.ts'

export const placeSlices = definePass({
  name: 'place-slices',
  summary: 'Writes only the slice of a state that changes.',
  from: 'policy',
  to: 'same',
  example: {
    before: `module running policy {
  state mean: f32[layer, channel] = 0
  entry observe (%0 x: f32[channel] input, %1 mean: f32[layer, channel] state, %2 at: int argument) axes(layer, channel) {
    %3 = put(%1, %0, %2) {axes = ["layer"]} : f32[layer, channel]
    return mean = %3 state
  }
}`,
    after: `module running policy {
  state mean: f32[layer, channel] = 0
  entry observe (%0 x: f32[channel] input, %1 mean: f32[layer, channel] state, %2 at: int argument) axes(layer, channel) {
    %3 = put(%1, %0, %2) {axes = ["layer"]} : f32[layer, channel]
    return mean = %0 state at [layer = %2] as [layer, channel]
  }
}`,
  },
  run: (module, ctx) => {
    const funcs = module.funcs.map((func) => (func.role === 'entry' ? placed(func, ctx) : func))
    return funcs.every((func, at) => func === module.funcs[at]) ? module : { ...module, funcs }
  },
})

function placed(func: Func, ctx: PassContext): Func {
  const defs = definitions(func)
  const outputs = func.outputs.map((output) => sliceOutput(func, output, defs.get(output.value), ctx))
  if (outputs.every((output, at) => output === func.outputs[at])) return func
  return { ...func, outputs, body: { ...func.body, yields: outputs.map((output) => output.value) } }
}

function sliceOutput(func: Func, output: FuncOutput, node: Node | undefined, ctx: PassContext): FuncOutput {
  if (output.role !== 'state' || node?.op !== 'put') return output
  const [before, value, ...positions] = node.operands as readonly [ValueId, ValueId, ...ValueId[]]
  const where = { func: func.name, span: node.span }
  const isWhole = func.params.some((param) => param.id === before && param.role === 'state' && param.name === output.name)
  if (!isWhole) {
    ctx.missed('place-slice', `more than one slice of \`${output.name}\` changes, so all of it is written`, where)
    return output
  }
  if (!ctx.spend()) return output
  ctx.fired('place-slice', `one slice of \`${output.name}\` is written`, where)
  const at = attrAxes(node.attrs).map((axis, place) => ({ axis, position: positions[place] as ValueId }))
  return { ...output, value, at }
}
