/**
 * From op results to elaborated values, and the demands that constructs make on their operands: numbers, masks, host
 * scalars, dense tensors. Each demand reports what it found and returns null when it is not met.
 */
import { toText, type Rational } from '../../../abi/rational.ts'
import type { Span } from '../../diagnostics/span.ts'
import type { ValueId } from '../../ir/node.ts'
import { NONE } from '../../ir/op.ts'
import type { ScalarKind } from '../../ir/types.ts'
import { isMask, isPacked, type Elab, type Operand, type ScalarElab, type Selection, type TensorElab } from '../types/value.ts'
import { rowsPresent } from './present.ts'
import { emit, errorAt, report, text, type Scope } from './scope.ts'

/** The value of an emitted node; an error value when the node was refused. */
export function valueOf(
  scope: Scope,
  id: ValueId | null,
  span: Span,
  domain: ValueId | null = null,
  selection: Selection | null = null,
): Elab {
  if (id === null) return errorAt(span)
  const type = scope.builder.typeOf(id)
  if (type.kind === 'scalar') return { kind: 'scalar', id, scalar: type.scalar, known: null, span }
  if (type.kind === 'tensor') return { kind: 'tensor', id, type, domain, selection, span }
  return errorAt(span)
}

export function literal(scope: Scope, value: Rational | boolean, scalar: ScalarKind, span: Span): ScalarElab {
  const shown = typeof value === 'boolean' ? String(value) : toText(value)
  const id = emit(scope, span, 'literal', [], { value: shown, scalar })
  return { kind: 'scalar', id: id ?? NONE, scalar, known: value, span }
}

/** A copy of the value that points at another expression: a variable's use instead of its definition. */
export const at = <V extends Elab>(value: V, span: Span): V => ({ ...value, span })

/** Both masks; either may be missing. */
export function intersect(scope: Scope, span: Span, ...masks: readonly (ValueId | null)[]): ValueId | null {
  const present = [...new Set(masks.filter((mask) => mask !== null))]
  return present.reduce<ValueId | null>((all, mask) => (all === null ? mask : emit(scope, span, 'and', [all, mask])), null)
}

/** An elementwise op; its result is present where all operands are. */
export function elementwise(
  scope: Scope,
  span: Span,
  op: string,
  operands: readonly Operand[],
  selection: Selection | null = null,
): Elab {
  const dense = operands.map((operand) => unpacked(scope, operand))
  if (dense.some((operand) => operand === null)) return errorAt(span)
  const args = dense.filter((operand) => operand !== null)
  const id = emit(
    scope,
    span,
    op,
    args.map((operand) => operand.id),
    {},
    args,
  )
  return valueOf(scope, id, span, intersect(scope, span, ...args.map(domainOf)), selection)
}

export const domainOf = (value: Operand): ValueId | null => (value.kind === 'tensor' ? value.domain : null)

/** The dense tensor of a packed one, present where a row of different length has entries; other values as they are. */
export function unpacked(scope: Scope, value: Operand): Operand | null {
  if (!isPacked(value) || value.kind !== 'tensor') return value
  const id = emit(scope, value.span, 'unpack', [value.id], {}, [value])
  const dense = valueOf(scope, id, value.span, rowsPresent(scope, value))
  return dense.kind === 'tensor' ? dense : null
}

/** Absent entries become zero (false for a mask): what leaves the entry, is stored, or is addressed by position. */
export function filled(scope: Scope, value: TensorElab): TensorElab | null {
  if (value.domain === null) return value
  const op = value.type.dtype === 'bool' ? 'and' : 'mask'
  const result = valueOf(scope, emit(scope, value.span, op, [value.id, value.domain], {}, [value]), value.span)
  return result.kind === 'tensor' ? result : null
}

/** A number or a tensor of numbers. `use` says for what: "arithmetic", "the score". */
export function numeric(scope: Scope, value: Elab, use: string): Operand | null {
  const operand = plain(scope, value)
  if (operand === null) return null
  if (!isMask(operand)) return operand
  report(scope, 'ESP1201', value.span, { use, found: text(scope, value) })
  return null
}

/** A mask, or a host scalar that is true or false; a packed mask is unpacked. */
export function mask(scope: Scope, value: Elab, use: string): Operand | null {
  const operand = plain(scope, value)
  if (operand === null) return null
  if (isMask(operand)) return unpacked(scope, operand)
  report(scope, 'ESP1202', value.span, { use, found: text(scope, value) })
  return null
}

/** A mask that is a tensor, absent entries false. */
export function maskTensor(scope: Scope, value: Elab, use: string): TensorElab | null {
  const operand = mask(scope, value, use)
  if (operand === null) return null
  if (operand.kind === 'tensor') return filled(scope, operand)
  report(scope, 'ESP1202', value.span, { use, found: text(scope, value) })
  return null
}

/** Anything but a choice. */
export function plain(scope: Scope, value: Elab): Operand | null {
  if (value.kind === 'error') return null
  if (value.kind === 'parts') {
    report(scope, 'ESP1225', value.span, { found: text(scope, value), part: [...value.parts.keys()][0] ?? '' })
    return null
  }
  if (value.kind !== 'choice') return value
  report(scope, 'ESP1208', value.span, { name: value.name, first: value.choices[0] ?? '' })
  return null
}

/** A host scalar that is a whole number. */
export function wholeScalar(scope: Scope, value: Elab, use: string): ScalarElab | null {
  const operand = plain(scope, value)
  if (operand === null) return null
  if (operand.kind === 'scalar' && operand.scalar === 'int') return operand
  report(scope, 'ESP1207', value.span, { use, found: text(scope, value) })
  return null
}

/** The value as a tensor: a host scalar becomes one without axes. */
export function tensorOf(scope: Scope, value: Operand): TensorElab | null {
  if (value.kind === 'tensor') return value
  const dtype = value.scalar === 'int' ? 'i32' : value.scalar === 'bool' ? 'bool' : 'f32'
  const result = valueOf(scope, emit(scope, value.span, 'broadcast', [value.id], { axes: [], dtype }, [value]), value.span)
  return result.kind === 'tensor' ? result : null
}
