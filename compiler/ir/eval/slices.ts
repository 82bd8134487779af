/**
 * Contractions without their intermediates. An elementwise result that is large and only read by other such results or by
 * ops that leave an axis alone (`mixes`) is not computed when its turn comes; the op at the end computes it slice by slice
 * along that axis. `sum[channel](Q * K)` then never holds query x token x channel elements. Only how it is computed
 * changes: every slice goes through the ops' own evaluators.
 */
import { capturedValues } from '../captured.ts'
import type { EvalContext, EvalValue, TensorValue } from '../eval-value.ts'
import { computedExtents } from '../needed-extents.ts'
import type { Block, Func, Node, ValueId } from '../node.ts'
import { hasTrait, NONE, type OpDef } from '../op.ts'
import type { TensorType } from '../types.ts'
import { blockNodes } from '../walk.ts'
import { EvalError } from './eval-error.ts'
import { elementCount, tensorValue } from './tensor-value.ts'

/** Results larger than this are put off where possible. */
export const LARGE = 2 ** 22
/** Aim for slices that stay in the caches. */
const SLICE = 2 ** 17

/** An elementwise node whose result has not been computed. */
export interface Deferred {
  readonly kind: 'deferred'
  readonly node: Node
  readonly shape: readonly number[]
}
export type Held = EvalValue | Deferred
export type Lookup = (id: ValueId) => Held
export type Ops = Readonly<Record<string, OpDef>>

/** The nodes of a function whose results may be put off: elementwise, and read only by such nodes or by ops with one result that mix. */
export function deferrableNodes(func: Func, ops: Ops): ReadonlySet<Node> {
  const fixed = new Set<ValueId>(computedExtents(func).values())
  const deferrable = new Set<Node>()
  const visit = (block: Block): void => {
    for (const id of block.yields) fixed.add(id)
    for (const node of [...block.nodes].reverse()) {
      node.regions.forEach(visit)
      // A loop would compute again in every step what it reads from before it.
      if (node.regions.length > 0) capturedValues(node).forEach((id) => fixed.add(id))
      const def = ops[node.op]
      const result = node.results[0]
      const late =
        def !== undefined && hasTrait(def, 'elementwise') && node.results.length === 1 && result?.type.kind === 'tensor'
      if (late && result !== undefined && !fixed.has(result.id)) deferrable.add(node)
      else if (def?.mixes === undefined || node.regions.length > 0 || node.results.length > 1)
        node.operands.forEach((id) => fixed.add(id))
    }
  }
  visit(func.body)
  return deferrable
}

/** The last node to read each value of the body. Absent: read by regions, by deferred nodes, or by whoever called. */
export function lastReaders(func: Func, deferrable: ReadonlySet<Node>): ReadonlyMap<ValueId, Node> {
  const last = new Map<ValueId, Node>()
  const never = new Set<ValueId>(func.body.yields)
  for (const { extent } of func.axes) if (extent.kind !== 'bound') never.add(extent.value)
  for (const { at = [] } of func.outputs) for (const { position } of at) never.add(position)
  for (const node of func.body.nodes) {
    for (const inner of [node, ...node.regions.flatMap((region) => [...blockNodes(region)])]) {
      for (const id of inner.operands) {
        if (deferrable.has(inner) || inner !== node) never.add(id)
        last.set(id, node)
      }
    }
    for (const region of node.regions) for (const id of region.yields) never.add(id)
  }
  for (const id of never) last.delete(id)
  return last
}

/** The shape of an elementwise result before it is computed; null when an operand does not tell. */
export function shapeBefore(node: Node, operands: readonly Held[], context: EvalContext): readonly number[] | null {
  const type = node.results[0]?.type
  if (type?.kind !== 'tensor') return null
  const shapes = new Map<string, number>()
  for (const held of operands) {
    if (held.kind === 'tensor') held.axes.forEach((axis, at) => shapes.set(axis, held.shape[at] as number))
    if (held.kind === 'deferred') resultType(held.node).axes.forEach((axis, at) => shapes.set(axis, held.shape[at] as number))
  }
  return type.axes.map((axis) => shapes.get(axis) ?? context.extent(axis))
}

const resultType = (node: Node): TensorType => node.results[0]?.type as TensorType

function sliceOf(value: TensorValue, axis: string, from: number, to: number): TensorValue {
  const at = value.axes.indexOf(axis)
  if (at < 0) return value
  const extent = value.shape[at] as number
  const inner = elementCount(value.shape.slice(at + 1))
  const outer = elementCount(value.shape.slice(0, at))
  const shape = value.shape.map((size, i) => (i === at ? to - from : size))
  if (outer === 1) return tensorValue(value.dtype, value.axes, shape, value.data.subarray(from * inner, to * inner))
  const data = new Float64Array(outer * (to - from) * inner)
  for (let block = 0; block < outer; block++)
    data.set(value.data.subarray((block * extent + from) * inner, (block * extent + to) * inner), block * (to - from) * inner)
  return tensorValue(value.dtype, value.axes, shape, data)
}

function writeSlice(into: TensorValue, slice: TensorValue, axis: string, from: number): void {
  const at = into.axes.indexOf(axis)
  const inner = elementCount(into.shape.slice(at + 1))
  const outer = elementCount(into.shape.slice(0, at))
  const extent = into.shape[at] as number
  const run = (slice.shape[at] as number) * inner
  for (let block = 0; block < outer; block++)
    into.data.set(slice.data.subarray(block * run, (block + 1) * run), (block * extent + from) * inner)
}

export interface Evaluation {
  readonly ops: Ops
  readonly lookup: Lookup
  readonly context: EvalContext
}

/** Computes a node of which some operands were put off. */
export function evaluateDeferred(node: Node, evaluation: Evaluation): readonly EvalValue[] {
  const sliced = sliceAxis(node, evaluation)
  if (sliced === null) return evaluateWith(node, evaluation, (value) => value)
  const { axis, extent, perIndex } = sliced
  const chunk = Math.max(1, Math.floor(SLICE / Math.max(1, perIndex)))
  let out: TensorValue | null = null
  for (let from = 0; from < extent; from += chunk) {
    const to = Math.min(extent, from + chunk)
    const context: EvalContext = {
      ...evaluation.context,
      extent: (name) => (name === axis ? to - from : evaluation.context.extent(name)),
    }
    const [part] = evaluateWith(node, { ...evaluation, context }, (value) => sliceOf(value, axis, from, to))
    if (part?.kind !== 'tensor') throw new EvalError(`${node.op} gives a tensor`)
    out ??= emptyLike(part, axis, extent)
    writeSlice(out, part, axis, from)
  }
  return out === null ? [] : [out]
}

function emptyLike(part: TensorValue, axis: string, extent: number): TensorValue {
  const shape = part.axes.map((name, at) => (name === axis ? extent : (part.shape[at] as number)))
  return tensorValue(part.dtype, part.axes, shape, new Float64Array(elementCount(shape)))
}

/** The longest axis of the result that the op does not mix, with the number of domain elements per position. */
function sliceAxis(node: Node, { ops, lookup }: Evaluation): { axis: string; extent: number; perIndex: number } | null {
  const mixed = ops[node.op]?.mixes?.(node.attrs)
  const [result, ...others] = node.results
  if (mixed === undefined || result?.type.kind !== 'tensor' || result.type.packing !== undefined || others.length > 0) return null
  const put = node.operands
    .filter((id) => id !== NONE)
    .map(lookup)
    .filter((held) => held.kind === 'deferred')
  const axes = result.type.axes.filter(
    (axis) => !mixed.includes(axis) && put.some((held) => resultType(held.node).axes.includes(axis)),
  )
  const extent = (axis: string): number => {
    const holder = put.find((held) => resultType(held.node).axes.includes(axis)) as Deferred
    return holder.shape[resultType(holder.node).axes.indexOf(axis)] as number
  }
  const [longest] = axes.map((axis) => ({ axis, extent: extent(axis) })).sort((a, b) => b.extent - a.extent)
  if (longest === undefined || longest.extent === 0) return null
  const largest = Math.max(...put.map((held) => elementCount(held.shape)))
  return { ...longest, perIndex: largest / longest.extent }
}

/** Evaluates a node and whatever it waits for, every computed tensor passing through `view` first. */
function evaluateWith(node: Node, evaluation: Evaluation, view: (value: TensorValue) => TensorValue): readonly EvalValue[] {
  const seen = new Map<ValueId, EvalValue>()
  const valueOf = (id: ValueId): EvalValue => {
    const known = seen.get(id)
    if (known !== undefined) return known
    const held = evaluation.lookup(id)
    const value = held.kind === 'deferred' ? (run(held.node)[0] as EvalValue) : held.kind === 'tensor' ? view(held) : held
    seen.set(id, value)
    return value
  }
  const run = (each: Node): readonly EvalValue[] => {
    const def = evaluation.ops[each.op]
    if (def?.eval === undefined) throw new EvalError(`${each.op} has no evaluator`, each.span)
    return def.eval(
      each.operands.map((id) => (id === NONE ? null : valueOf(id))),
      each,
      evaluation.context,
    )
  }
  return run(node)
}
