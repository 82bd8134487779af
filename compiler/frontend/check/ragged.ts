/**
 * Rows of different length. Inside an entry such a value is as long as its longest row, and present where the position is
 * below the number of entries of its row. When it leaves the entry only those entries are stored, in the format `compact`.
 */
import type { ValueId } from '../../ir/node.ts'
import { NONE } from '../../ir/op.ts'
import type { TensorElab } from '../types/value.ts'
import { entryMasks } from './present.ts'
import { emit, type Scope } from './scope.ts'
import { filled, intersect, valueOf } from './values.ts'

/** What an output is made of: absent entries zero, and of rows of different length those entries alone. */
export function delivered(scope: Scope, value: TensorElab): TensorElab | null {
  const whole = filled(scope, value)
  const axes = value.type.axes.filter((axis) => scope.ragged.has(axis))
  const [axis] = axes
  // Two such axes are no rows of entries; they stay as long as the longest, zeros at the end.
  if (whole === null || axis === undefined || axes.length > 1) return whole
  const present = presence(scope, value, axis)
  const maskAxes = present === null ? [] : axesOf(scope, present)
  if (present === null || !maskAxes.every((each) => value.type.axes.includes(each))) return whole
  const inside = value.type.axes.slice(value.type.axes.indexOf(axis) + 1).filter((each) => !maskAxes.includes(each))
  const attrs = { format: { kind: 'compact' }, over: [axis], ...(inside.length > 0 && { inside }), exact: false }
  const packed = valueOf(scope, emit(scope, value.span, 'pack', [whole.id, present, NONE], attrs, [whole]), value.span)
  return packed.kind === 'tensor' ? packed : null
}

/** Which positions of the axis hold an entry: as far as the domain of the value says, else those of the axis itself. */
function presence(scope: Scope, value: TensorElab, axis: string): ValueId | null {
  const known = scope.ragged.get(axis) ?? []
  const own = entryMasks(scope, value.domain).filter((mask) => known.includes(mask))
  return own.length === 0 ? (known[0] ?? null) : intersect(scope, value.span, ...own)
}

function axesOf(scope: Scope, id: ValueId): readonly string[] {
  const type = scope.builder.typeOf(id)
  return type.kind === 'tensor' ? type.axes : []
}
