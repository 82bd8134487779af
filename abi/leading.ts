/**
 * Extra leading axes. An entry maps over them: inputs that have them must agree, inputs without are shared by all indices.
 * Throws an EspalierError for shapes with too few axes, for disagreement, and where mapping has no meaning.
 */
import type { ShapedTensor } from './axes.ts'
import { problem } from './espalier-error.ts'

export interface LeadingSplit {
  readonly leading: readonly number[]
  readonly mapped: ReadonlySet<string>
  /** The tensors with the shapes of their declared axes alone. */
  readonly own: readonly ShapedTensor[]
}

export function splitLeading(tensors: readonly ShapedTensor[], entry: string, unmappable: string | null): LeadingSplit {
  let first: { readonly owner: string; readonly leading: readonly number[] } | null = null
  const mapped = new Set<string>()
  const own: ShapedTensor[] = []
  for (const tensor of tensors) {
    const extra = tensor.shape.length - tensor.axes.length
    if (extra < 0) throw tooFewAxes(tensor, entry)
    own.push(extra === 0 ? tensor : { ...tensor, shape: tensor.shape.slice(extra) })
    if (extra === 0) continue
    const leading = tensor.shape.slice(0, extra)
    if (unmappable !== null) throw notMapped(tensor, entry, leading, unmappable)
    if (first !== null && !sameShape(first.leading, leading)) throw disagreement(first, tensor, leading)
    first ??= { owner: tensor.owner, leading }
    mapped.add(tensor.owner)
  }
  return { leading: first?.leading ?? [], mapped, own }
}

const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((extent, i) => extent === b[i])

const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`

const tooFewAxes = (tensor: ShapedTensor, entry: string): Error =>
  problem('ESP4205', {
    tensor: tensor.owner,
    shape: tensor.shape,
    entry,
    axes: tensor.axes.map((axis) => axis.name),
    expected: tensor.axes.length,
    got: tensor.shape.length,
  })

const notMapped = (tensor: ShapedTensor, entry: string, leading: readonly number[], reason: string): Error =>
  problem('ESP4305', { entry, tensor: tensor.owner, got: shapeText(leading), reason })

const disagreement = (
  first: { readonly owner: string; readonly leading: readonly number[] },
  second: ShapedTensor,
  leading: readonly number[],
): Error =>
  problem('ESP4304', { first: first.owner, second: second.owner, expected: shapeText(first.leading), got: shapeText(leading) })
