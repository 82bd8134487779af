/**
 * inline: every call becomes the body of the fn it calls, spans kept, and the fns are gone. Axes that a fn makes itself
 * come along. Refuses (ESP3903) what would not fit: fns that double at every level, or call themselves.
 */
import { FuncBuilder } from '../ir/builder.ts'
import type { Block, Func, Module, Node, ValueId } from '../ir/node.ts'
import type { OpDef } from '../ir/op.ts'
import { replaceIds, withBody } from '../ir/substitute.ts'
import { funcValues } from '../ir/walk.ts'
import { definePass, type PassContext } from './pass.ts'

/** An entry with more nodes than this is not a policy anybody wrote. */
const maxNodes = 100_000
const maxDepth = 200

export const inline = definePass({
  name: 'inline',
  summary: 'Replaces every call by the body of the fn it calls.',
  from: 'policy',
  to: 'same',
  establishes: ['no-calls'],
  example: {
    before: `
      fn double(%0 x: f32[row] input) axes(row) {
        %1 = add(%0, %0) : f32[row]
        return out = %1
      }
      entry example(%0 x: f32[row] input) axes(row) {
        %1 = call(%0) {callee = "double", results = [{"axes": ["row"], "dtype": "f32", "kind": "tensor"}]} : f32[row]
        %2 = abs(%1) : f32[row]
        return out = %2
      }`,
    after: `
      entry example(%0 x: f32[row] input) axes(row) {
        %1 = add(%0, %0) : f32[row]
        %2 = abs(%1) : f32[row]
        return out = %2
      }`,
  },
  run: (module, ctx) => inlineModule(module, ctx),
})

function inlineModule(module: Module, ctx: PassContext): Module {
  const fns = new Map(module.funcs.filter((func) => func.role === 'fn').map((func) => [func.name, func]))
  const rest = module.funcs.filter((func) => func.role !== 'fn')
  const funcs: Func[] = []
  for (const func of rest) {
    const inlined = new Inliner(func, fns, ctx.ops).run()
    if (inlined === null) {
      ctx.sink.report('ESP3903', func.span, { entry: func.name, limit: maxNodes })
      return module
    }
    funcs.push(inlined)
  }
  return { ...module, funcs }
}

/** Ids of a fn's values in the entry, for one call of it. */
type Mapping = Map<ValueId, ValueId>

class Inliner {
  private readonly func: Func
  private readonly fns: ReadonlyMap<string, Func>
  private readonly ops: Readonly<Record<string, OpDef>>
  private readonly builder: FuncBuilder
  private readonly axes: Func['axes'][number][]
  /** The entry's own values that were the results of calls. */
  private readonly own: Mapping = new Map()
  private placed = 0

  constructor(func: Func, fns: ReadonlyMap<string, Func>, ops: Readonly<Record<string, OpDef>>) {
    this.func = func
    this.fns = fns
    this.ops = ops
    this.builder = new FuncBuilder(ops)
    this.builder.adopt([...funcValues(func)])
    this.axes = [...func.axes]
  }

  /** Null when the entry would become too large. */
  run(): Func | null {
    const body = this.block(this.func.body, this.own, 'keep', 0)
    if (this.placed > maxNodes) return null
    const replace = (id: ValueId): ValueId => this.own.get(id) ?? id
    const own = withBody(this.func, body, replace)
    return { ...own, axes: [...own.axes, ...this.axes.slice(this.func.axes.length)] }
  }

  /** `keep`: values keep their numbers, as in the entry itself; `renew`: they get new ones, as in every copy of a fn. */
  private block(block: Block, mapping: Mapping, numbers: 'keep' | 'renew', depth: number): Block {
    const params = numbers === 'keep' ? block.params : block.params.map((param) => this.newParam(param, mapping))
    return this.builder.block(params, () => {
      for (const node of block.nodes) this.node(node, mapping, numbers, depth)
      return replaceIds(block.yields, (id) => mapping.get(id) ?? id)
    })
  }

  private newParam(param: Block['params'][number], mapping: Mapping): Block['params'][number] {
    const copy = this.builder.param(param.name, param.type)
    mapping.set(param.id, copy.id)
    return copy
  }

  private node(node: Node, mapping: Mapping, numbers: 'keep' | 'renew', depth: number): void {
    this.placed += depth > maxDepth ? maxNodes : 1
    if (this.placed > maxNodes) return
    const operands = replaceIds(node.operands, (id) => mapping.get(id) ?? id)
    const callee = this.calleeOf(node)
    if (callee !== undefined) {
      const results = this.expand(callee, operands, depth + 1)
      node.results.forEach(({ id }, i) => mapping.set(id, results[i] ?? id))
      return
    }
    const regions = node.regions.map((region) => this.block(region, mapping, numbers, depth))
    const results = numbers === 'keep' ? node.results : node.results.map((result) => this.newResult(result, mapping))
    this.builder.append({ ...node, operands, regions, results })
  }

  private newResult({ id, type }: Node['results'][number], mapping: Mapping): Node['results'][number] {
    const copy = this.builder.param('', type)
    mapping.set(id, copy.id)
    return { id: copy.id, type }
  }

  private calleeOf(node: Node): Func | undefined {
    const def = this.ops[node.op]
    const name = def !== undefined && 'callee' in def.attrs ? node.attrs['callee'] : undefined
    return typeof name === 'string' ? this.fns.get(name) : undefined
  }

  private expand(callee: Func, args: readonly ValueId[], depth: number): readonly ValueId[] {
    const mapping: Mapping = new Map(callee.params.map((param, i) => [param.id, args[i] ?? param.id]))
    for (const node of callee.body.nodes) this.node(node, mapping, 'renew', depth)
    for (const axis of callee.axes) {
      const { extent } = axis
      if (extent.kind === 'bound' || this.axes.some(({ name }) => name === axis.name)) continue
      this.axes.push({ ...axis, extent: { ...extent, value: mapping.get(extent.value) ?? extent.value } })
    }
    return callee.body.yields.map((id) => mapping.get(id) ?? id)
  }
}
