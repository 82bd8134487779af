/** Which positions of rows of different length hold entries. */
import type { Span } from '../../diagnostics/span.ts'
import type { ValueId } from '../../ir/node.ts'
import type { Elab, TensorElab } from '../types/value.ts'
import { emit, type Scope } from './scope.ts'

/** The mask of the first `counts` positions of `axis`, for every row; null, with a diagnostic, when it is refused. */
export function presentIn(scope: Scope, span: Span, axis: string, counts: ValueId): ValueId | null {
  const index = emit(scope, span, 'index', [], { axis })
  const present = index === null ? null : emit(scope, span, 'gt', [counts, index])
  if (present !== null) scope.ragged.set(axis, [...(scope.ragged.get(axis) ?? []), present])
  return present
}

/** The same for a tensor in the format `compact`; null for other packed tensors, which are present everywhere. */
export function rowsPresent(scope: Scope, value: TensorElab): ValueId | null {
  const { packing } = value.type
  const [axis] = packing?.over ?? []
  if (packing?.format.kind !== 'compact' || axis === undefined) return null
  const key = `entries of ${value.id}`
  const known = scope.numbering.get(key)
  if (known !== undefined) return known
  const counts = emit(scope, value.span, 'row_counts', [value.id], {}, [value])
  const present = counts === null ? null : presentIn(scope, value.span, axis, counts)
  if (present !== null) scope.numbering.set(key, present)
  return present
}

/** The masks of entries among what a domain is made of. */
export function entryMasks(scope: Scope, domain: ValueId | null): readonly ValueId[] {
  const known = new Set([...scope.ragged.values()].flat())
  const walk = (mask: ValueId | null): readonly ValueId[] => {
    if (mask === null || known.has(mask)) return mask === null ? [] : [mask]
    const node = scope.builder.definition(mask)
    return node?.op === 'and' ? node.operands.flatMap(walk) : []
  }
  return [...new Set(walk(domain))]
}

/**
 * An op along other axes gives a value everywhere, also of nothing. But an entry that a row does not have is not there: what
 * is computed of `from` along the axes of an entry has no more entries than that.
 */
export function keepEntries(scope: Scope, from: ValueId | null, value: Elab): Elab {
  if (value.kind !== 'tensor' || value.domain !== null || from === null) return value
  const masks = entryMasks(scope, from).filter((mask) => {
    const type = scope.builder.typeOf(mask)
    return type.kind === 'tensor' && type.axes.every((axis) => value.type.axes.includes(axis))
  })
  const domain = masks.reduce<ValueId | null>(
    (all, mask) => (all === null ? mask : emit(scope, value.span, 'and', [all, mask])),
    null,
  )
  return { ...value, domain }
}
