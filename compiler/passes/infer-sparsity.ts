/**
 * infer-sparsity: where the definition of a mask proves how many elements it keeps, packing and compaction are told. Rows of
 * an exact packing have constant size: no offsets, no prefix sum, no counting on the device. Where the proof fails the remark
 * says why. Other facts (non-negative scores, windows, n of m) are asked of `ir/facts.ts` by the passes that use them.
 */
import { FuncBuilder } from '../ir/builder.ts'
import { formats, readFormat } from '../ir/formats/formats.ts'
import { emitExactCount, emitExtent, proveExactCount, type ExactCount, type Unproven } from '../ir/facts.ts'
import type { Axis, Func, Node, ValueId } from '../ir/node.ts'
import { attrAxes, attrString, NONE } from '../ir/op.ts'
import { replaceInNode, withBody } from '../ir/substitute.ts'
import { funcValues } from '../ir/walk.ts'
import { definePass, type PassContext } from './pass.ts'

export const inferSparsity = definePass({
  name: 'infer-sparsity',
  summary: 'Proves how many elements masks keep, and makes packing and compaction exact where it can.',
  from: 'policy',
  to: 'same',
  example: {
    before: `
      entry example(%0 x: f16[row, column] input, %1 sparsity: ratio param) axes(row, column) {
        %2 = abs(%0) : f32[row, column]
        %3 = size() {axis = "column"} : int
        %4 = budget(%1, %3, _, _) {amount = "ratio", mode = "drop", round = "down"} : int
        %5 = keep(%2, %4, _, _) {axes = ["column"], ties = "first"} : bool[row, column]
        %6 = pack(%0, %5, _) {exact = false, format = {"kind": "bitmap", "width": 64}, over = ["column"]} : bitmap(64) over [column] f16[row, column]
        return out = %6
      }`,
    after: `
      entry example(%0 x: f16[row, column] input, %1 sparsity: ratio param) axes(row, column) {
        %2 = abs(%0) : f32[row, column]
        %3 = size() {axis = "column"} : int
        %4 = budget(%1, %3, _, _) {amount = "ratio", mode = "drop", round = "down"} : int
        %5 = keep(%2, %4, _, _) {axes = ["column"], ties = "first"} : bool[row, column]
        %6 = pack(%0, %5, %4) {exact = true, format = {"kind": "bitmap", "width": 64}, over = ["column"]} : bitmap(64) over [column] exact f16[row, column]
        return out = %6
      }`,
  },
  run: (module, ctx) => ({ ...module, funcs: module.funcs.map((func) => new Inference(func, ctx).run()) }),
})

class Inference {
  private readonly func: Func
  private readonly ctx: PassContext
  private readonly builder: FuncBuilder
  private readonly replaced = new Map<ValueId, ValueId>()
  private axes: readonly Axis[]

  constructor(func: Func, ctx: PassContext) {
    this.func = func
    this.ctx = ctx
    this.axes = func.axes
    this.builder = new FuncBuilder(ctx.ops)
    this.builder.adopt([...funcValues(func)])
  }

  run(): Func {
    for (const node of this.func.body.nodes) {
      this.builder.at(node.span)
      this.place(this.refine(this.renamed(node)), node)
    }
    if (this.replaced.size === 0) return this.func
    const read = (id: ValueId): ValueId => this.replaced.get(id) ?? id
    const body = { ...this.func.body, nodes: this.builder.take(), yields: this.func.body.yields.map(read) }
    return withBody({ ...this.func, axes: this.axes }, body, read)
  }

  private renamed(node: Node): Node {
    return replaceInNode(node, (id) => this.replaced.get(id) ?? id)
  }

  /** A node that changed is typed anew: an exact packing is another type, and so is what is made of it. */
  private place(node: Node, old: Node): void {
    if (node === old) return this.builder.append(node)
    const typed = this.builder.create(node.op, node.operands, node.attrs, node.regions)
    this.builder.append(typed)
    typed.results.forEach((result, at) => this.replaced.set(old.results[at]!.id, result.id))
  }

  private refine(node: Node): Node {
    if (node.op === 'pack' && node.attrs['exact'] === false) return this.refinePack(node)
    if (node.op === 'kept_indices' && (node.operands[1] ?? NONE) === NONE) return this.refineIndices(node)
    return node
  }

  private refinePack(node: Node): Node {
    const [x = NONE, m = NONE] = node.operands
    const over = attrAxes(node.attrs, 'over')
    const format = readFormat(node.attrs['format'])
    if (format === null || !formats[format.kind].constantRows) return node
    const proof = proveExactCount(m, this.builder)
    if ('reason' in proof) return this.missed(node, proof)
    const outside = proof.axes.filter((axis) => !over.includes(axis))
    if (outside.length > 0)
      return this.missed(node, { reason: `the mask is counted over ${outside.join(', ')}, and a row is not`, value: m })
    const k = this.countOver(proof, over)
    this.ctx.fired('exact-packing', 'every row keeps the same number of elements: rows need no offsets', this.at(node))
    return { ...node, operands: [x, m, k], attrs: { ...node.attrs, exact: true } }
  }

  /** Along axes of a row that the mask is not counted over, the count repeats. */
  private countOver(proof: ExactCount, over: readonly string[]): ValueId {
    const count = emitExactCount(this.builder, proof)
    const repeated = over.filter((axis) => !proof.axes.includes(axis))
    return repeated.length === 0 ? count : this.builder.emit('mul', [count, emitExtent(this.builder, repeated)])
  }

  private refineIndices(node: Node): Node {
    const [m = NONE] = node.operands
    const proof = proveExactCount(m, this.builder)
    if ('reason' in proof) return this.missed(node, proof)
    if (proof.axes.length !== 1 || proof.axes[0] !== node.attrs['axis'])
      return this.missed(node, { reason: `the mask is counted over ${proof.axes.join(', ')}`, value: m })
    const k = emitExactCount(this.builder, proof)
    const as = attrString(node.attrs, 'as')
    this.axes = this.axes.map((axis) =>
      axis.name === as && axis.extent.kind === 'counted' ? { name: as, extent: { kind: 'scalar', value: k } } : axis,
    )
    this.ctx.fired('exact-compaction', `axis ${as} has an extent known before anything runs`, this.at(node))
    return { ...node, operands: [m, k] }
  }

  private missed(node: Node, { reason }: Unproven): Node {
    this.ctx.missed(node.op === 'pack' ? 'exact-packing' : 'exact-compaction', reason, this.at(node))
    return node
  }

  private at(node: Node): { func: string; span: Node['span'] } {
    return { func: this.func.name, span: node.span }
  }
}
