/**
 * Folds for many threads. A fold takes its scores one after the other, so it is cut into parts that run side by side; what they
 * found is joined by reductions over the parts, which what follows the fold takes in.
 */
import { FuncBuilder } from '../ir/builder.ts'
import type { Func, Node, Value, ValueId } from '../ir/node.ts'
import { attrAxes, NONE } from '../ir/op.ts'
import type { TensorType, Type } from '../ir/types.ts'
import { definitions, funcValues, nextId, typesOf } from '../ir/walk.ts'
import { dropDead } from './canonicalize/drop-dead.ts'
import { countsBehind } from './fuse/anchors.ts'
import { definePass, type PassContext } from './pass.ts'
import { partSizes } from './split-folds/part-sizes.ts'

export const splitFolds = definePass({
  name: 'split-folds',
  summary: 'cuts folds into parts for many threads to run side by side, and joins what they found',
  from: 'policy',
  to: 'same',
  example: {
    before: `
      entry example(
          %0 s: f32[head, token] input, %1 v: f32[token, channel] input
      ) axes(head, token, channel) {
        %2, %3, %4 = fold_softmax(%0, %1) {axes = ["token"]} : f32[head], f32[head], f32[head, channel]
        return out = %4
      }`,
    after: `
      entry example (
          %0 s: f32[head, token] input,
          %1 v: f32[token, channel] input
      ) axes(head, token, channel, token.part: %42) {
        %5 = literal() {scalar = "int", value = "1"} : int
        %6 = size() {axis = "token"} : int
        %7 = mul(%5, %6) : int
        %8 = size() {axis = "head"} : int
        %9 = mul(%5, %8) : int
        %10 = literal() {scalar = "int", value = "4"} : int
        %11 = add(%9, %10) : int
        %12 = sub(%11, %5) : int
        %13 = floordiv(%12, %10) : int
        %14 = mul(%5, %13) : int
        %15 = literal() {scalar = "int", value = "2048"} : int
        %16 = max(%14, %5) : int
        %17 = add(%15, %16) : int
        %18 = sub(%17, %5) : int
        %19 = floordiv(%18, %16) : int
        %20 = literal() {scalar = "int", value = "32"} : int
        %21 = add(%7, %20) : int
        %22 = sub(%21, %5) : int
        %23 = floordiv(%22, %20) : int
        %24 = max(%23, %5) : int
        %25 = min(%19, %24) : int
        %26 = literal() {scalar = "int", value = "512"} : int
        %27 = min(%25, %26) : int
        %28 = literal() {scalar = "int", value = "32"} : int
        %29 = add(%7, %27) : int
        %30 = sub(%29, %5) : int
        %31 = floordiv(%30, %27) : int
        %32 = add(%31, %28) : int
        %33 = sub(%32, %5) : int
        %34 = floordiv(%33, %28) : int
        %35 = max(%34, %5) : int
        %36 = mul(%35, %28) : int
        %37 = add(%7, %36) : int
        %38 = sub(%37, %5) : int
        %39 = floordiv(%38, %36) : int
        %40 = max(%39, %5) : int
        %41 = literal() {scalar = "int", value = "512"} : int
        %42 = min(%40, %41) : int
        %43, %44, %45 = fold_parts(%36, %0, %1) {axes = ["token"], part = "token.part", points = []} : f32[head, token.part], f32[head, token.part], f32[token.part, head, channel]
        %46 = literal() {scalar = "int", value = "0"} : int
        %2 = reduce(%43, _, _) {axes = ["token.part"], kind = "max"} : f32[head]
        %48 = sub(%2, %2) : f32[head]
        %49 = eq(%48, %46) : bool[head]
        %50 = select(%49, %2, %46) : f32[head]
        %51 = sub(%43, %50) : f32[head, token.part]
        %52 = min(%51, %46) : f32[head, token.part]
        %53 = sub(%43, %43) : f32[head, token.part]
        %54 = eq(%53, %46) : bool[head, token.part]
        %55 = select(%54, %52, %46) : f32[head, token.part]
        %56 = exp(%55) : f32[head, token.part]
        %59 = mul(%45, %56) : f32[token.part, head, channel]
        %4 = reduce(%59, _, _) {axes = ["token.part"], kind = "sum"} : f32[head, channel]
        return out = %4
      }`,
  },
  run: (module, ctx) => ({
    ...module,
    funcs: module.funcs.map((func) => (func.role === 'entry' ? splitFunc(func, ctx) : func)),
  }),
})

function splitFunc(func: Func, ctx: PassContext): Func {
  const folds = func.body.nodes.filter((node) => node.op === 'fold_softmax')
  const counted = countedAxes(func)
  const chosen = folds.filter((node) => {
    const axes = node.results.flatMap(({ type }) => axesOf(type)).concat(attrAxes(node.attrs))
    const waiting = axes.find((axis) => counted.has(axis))
    if (waiting === undefined) return ctx.spend()
    const reason = `how long \`${waiting}\` is, is counted while the entry runs, and parts are made before`
    ctx.missed('split-folds', reason, { func: func.name, span: node.span })
    return false
  })
  return chosen.length === 0 ? func : new Splitter(func, ctx, new Set(chosen)).run()
}

const axesOf = (type: Type | undefined): readonly string[] => (type?.kind === 'tensor' ? type.axes : [])

/** Axes whose extents are counted while the function runs, or depend on one that is. */
function countedAxes(func: Func): ReadonlySet<string> {
  const behind = countsBehind(func)
  const isOpen = ({ extent }: Func['axes'][number]): boolean =>
    extent.kind === 'counted' || (extent.kind === 'scalar' && behind.has(extent.value))
  return new Set(func.axes.filter(isOpen).map(({ name }) => name))
}

class Splitter {
  private readonly func: Func
  private readonly ctx: PassContext
  private readonly folds: ReadonlySet<Node>
  private readonly builder: FuncBuilder
  private readonly defs: ReadonlyMap<ValueId, Node>
  private readonly types: ReadonlyMap<ValueId, Type>
  private axes: Func['axes']

  constructor(func: Func, ctx: PassContext, folds: ReadonlySet<Node>) {
    this.func = func
    this.ctx = ctx
    this.folds = folds
    this.defs = definitions(func)
    this.types = typesOf(func)
    this.builder = new FuncBuilder(ctx.ops, nextId(func))
    this.builder.adopt([...funcValues(func)])
    this.axes = func.axes
  }

  run(): Func {
    const { func, builder } = this
    for (const node of func.body.nodes) {
      if (this.folds.has(node)) this.split(node)
      else builder.append(node)
    }
    return dropDead({ ...func, axes: this.axes, body: { ...func.body, nodes: builder.take() } }, this.ctx.ops)
  }

  private split(fold: Node): void {
    const { builder } = this
    builder.at(fold.span)
    const [score, ...values] = fold.operands as [ValueId, ...ValueId[]]
    const scores = axesOf(this.types.get(score))
    const axes = scores.filter((axis) => attrAxes(fold.attrs).includes(axis))
    const points = this.pointsOf([score, ...values], scores, axes)
    const heads = scores.filter((axis) => !axes.includes(axis) && !points.includes(axis))
    const { count, length } = partSizes(builder, { axes, points, heads })
    const part = this.partAxis(axes, count)
    const parts = builder.emitAll('fold_parts', [length, score, ...values], { axes, part, points })
    this.join(fold.results, parts, part)
    const reason = `scores over (${axes.join(', ')}) are taken in parts, side by side`
    this.ctx.fired('split-folds', reason, { func: this.func.name, span: fold.span })
  }

  /**
   * Axes that everything has that is read along with the scores. Along the other axes of scores it is shared: what belongs to the
   * same read is computed together.
   */
  private pointsOf(roots: readonly ValueId[], scores: readonly string[], axes: readonly string[]): readonly string[] {
    const read = roots.slice(1).map((id) => axesOf(this.types.get(id)))
    const seen = new Set<ValueId>(roots)
    for (const id of seen) {
      const def = this.defs.get(id)
      if (def?.op === 'unpack') read.push(axesOf(this.types.get(id)))
      else for (const operand of def?.operands ?? []) if (operand !== NONE) seen.add(operand)
    }
    const along = read.filter((own) => axes.some((axis) => own.includes(axis)))
    return scores.filter((axis) => !axes.includes(axis) && along.every((own) => own.includes(axis)))
  }

  /** No axis of a policy has a name with a point in it. */
  private partAxis(axes: readonly string[], value: ValueId): string {
    const base = `${axes.join('.')}.part`
    const known = this.axes.filter(({ name }) => name.startsWith(base)).length
    const name = known === 0 ? base : `${base}${known + 1}`
    this.axes = [...this.axes, { name, extent: { kind: 'scalar', value } }]
    return name
  }

  /** The largest score of all; totals and sums of the parts, each brought from its own shift to that of all. */
  private join(results: readonly Value[], [peaks, ...sums]: readonly ValueId[], part: string): void {
    const { builder } = this
    const zero = builder.emit('literal', [], { scalar: 'int', value: '0' })
    const isFinite = (x: ValueId): ValueId => builder.emit('eq', [builder.emit('sub', [x, x]), zero])
    const over = (x: ValueId, kind: string, result: Value): ValueId => {
      const made = builder.create('reduce', [x, NONE, NONE], { axes: [part], kind }, [])
      const order = axesOf(made.results[0]?.type)
      const wanted = (result.type as TensorType).axes
      if (order.join() !== wanted.join()) throw new Error('the parts of a fold lie in its order')
      builder.append({ ...made, results: [result] })
      return result.id
    }
    const [peak, ...totals] = results as [Value, ...Value[]]
    const largest = over(peaks!, 'max', peak)
    const shift = builder.emit('select', [isFinite(largest), largest, zero])
    const fall = builder.emit('min', [builder.emit('sub', [peaks!, shift]), zero])
    // Without a finite largest score of its own, a part was summed with shift 0 and keeps it.
    const scale = builder.emit('exp', [builder.emit('select', [isFinite(peaks!), fall, zero])])
    sums.forEach((sum, i) => over(builder.emit('mul', [sum, scale]), 'sum', totals[i]!))
  }
}
