/** How an op walks its operands, as fusion and lowering see it. */
import type { Node } from '../../ir/node.ts'
import type { Type } from '../../ir/types.ts'

/**
 * point: the result at a position needs its operands at that position only; `moved` lists, per operand, the axes along
 * which the operand is read at another position instead.
 * reduce: needs all positions of `inner`; one that `splits` may also be accumulated in memory across grid points. When it
 * has several results, `common` are the axes that the loops of all of them have.
 * rows: needs whole rows over `inner`, one row per combination of `rows`.
 */
export type Role =
  | { readonly kind: 'point'; readonly moved: readonly (readonly string[])[] }
  | {
      readonly kind: 'reduce'
      readonly inner: readonly string[]
      readonly splits: boolean
      readonly common: readonly string[] | null
    }
  | { readonly kind: 'rows'; readonly rows: readonly string[]; readonly inner: readonly string[] }

export function tensorAxes(type: Type | undefined): readonly string[] {
  return type?.kind === 'tensor' ? type.axes : []
}

/** Kernels compute in f32, so a value rounded to a narrower float takes its rounding from being stored. */
export const rounds = (node: Node): boolean => {
  const to = node.op === 'convert' ? node.attrs.to : node.op === 'broadcast' ? node.attrs.dtype : undefined
  return to === 'f16' || to === 'bf16'
}
