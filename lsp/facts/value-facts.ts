/** What is known of a value, for people: its type, what its definition proves, how many bytes it takes. */
import { toText } from '../../abi/rational.ts'
import {
  add,
  constant,
  formulaText,
  multiply,
  product,
  scale,
  sum,
  symbol,
  type Quantity,
} from '../../compiler/account/quantity.ts'
import { apply } from '../../compiler/account/scalar-quantity.ts'
import { isPacked, type Elab, type TensorElab } from '../../compiler/frontend/types/value.ts'
import { formatText } from '../../compiler/ir/formats/formats.ts'
import type { PartLength } from '../../compiler/ir/formats/format.ts'
import { storageParts } from '../../compiler/ir/formats/storage.ts'
import { nonNegative, proveExactCount } from '../../compiler/ir/facts.ts'
import { rowAxes, type DType } from '../../compiler/ir/types.ts'
import type { Scope } from '../../compiler/frontend/check/scope.ts'
import type { Observation } from '../analysis.ts'
import { countQuantity, extentsQuantity, extentQuantity, hostQuantity } from './host-quantity.ts'

/** `f16[out, quad, lane(4)]`: with the lengths that are fixed. */
export function typeText({ value, scope }: Observation): string {
  switch (value.kind) {
    case 'tensor': {
      const packing = value.type.packing === undefined ? '' : `${formatText(value.type.packing.format)} `
      const axes = scope.axes.names(value.type.axes).map((axis) => axisText(scope, axis))
      return `${packing}${value.type.dtype}${axes.length === 0 ? '' : `[${axes.join(', ')}]`}`
    }
    case 'scalar':
      return value.scalar
    case 'choice':
      return value.choices.join(' | ')
    case 'parts':
      return [...value.parts].map(([name, part]) => `.${name}: ${typeText({ value: part, scope })}`).join(', ')
    case 'error':
      return '?'
  }
}

function axisText(scope: Scope, axis: string): string {
  const pin = scope.axes.all.get(axis)?.pin ?? null
  if (pin === null || pin.kind === 'error') return axis
  return `${axis}(${pin.kind === 'param' ? pin.name : toText(pin.value)})`
}

/** `4 of lane`; null when it is no mask, or not known before it is computed. */
export function keptText({ value, scope }: Observation): string | null {
  if (value.kind !== 'tensor' || value.type.dtype !== 'bool' || value.domain !== null) return null
  const proof = proveExactCount(value.id, scope.builder)
  if ('reason' in proof) return null
  const axes = scope.axes.names(proof.axes)
  const count = formulaText(countQuantity(scope, proof.axes, proof.count))
  return `${count} of ${axes.length === 1 ? axes[0] : `(${axes.join(', ')})`}`
}

/** Sentences about a value, without their full stops. */
export function factsOf(observation: Observation): readonly string[] {
  const { value, scope } = observation
  if (value.kind === 'scalar') return scalarFacts(value, scope)
  if (value.kind !== 'tensor') return []
  const facts: string[] = []
  const isMask = value.type.dtype === 'bool' && !isPacked(value)
  if (isMask && value.domain === null) facts.push(...maskFacts(observation, value))
  if (!isMask && !isPacked(value) && nonNegative(value.id, scope.builder)) facts.push('never negative')
  if (value.domain !== null) facts.push('absent where its `where` does not hold')
  const bytes = bytesOf(observation)
  if (bytes !== null) facts.push(`${byteText(bytes)} when stored`)
  return facts
}

function scalarFacts(value: Extract<Elab, { kind: 'scalar' }>, scope: Scope): readonly string[] {
  const formula = value.id < 0 ? '…' : formulaText(hostQuantity(scope, value.id))
  return ['known to the host before anything runs', ...(formula.includes('…') ? [] : [`equal to ${formula}`])]
}

function maskFacts(observation: Observation, value: TensorElab): readonly string[] {
  const kept = keptText(observation)
  if (kept !== null) return [`keeps exactly ${kept}`]
  const proof = proveExactCount(value.id, observation.scope.builder)
  return value.selection !== null && 'reason' in proof ? [`how many it keeps is known when it is computed: ${proof.reason}`] : []
}

const DTYPE_BYTES: Readonly<Record<DType, number>> = { f32: 4, f16: 2, bf16: 2, i32: 4, u32: 4, u8: 1, i8: 1, bool: 1 }

/** Bytes of all buffers; null for a packed value of which it is not known how much it keeps. */
export function bytesOf({ value, scope }: Observation): Quantity | null {
  if (value.kind !== 'tensor') return null
  const { type } = value
  if (type.packing === undefined) return scale(extentsQuantity(scope, type.axes), DTYPE_BYTES[type.dtype])
  const mask = scope.builder.definition(value.id)?.operands[1]
  const proof = mask === undefined || mask < 0 ? null : proveExactCount(mask, scope.builder)
  const known = proof === null || 'reason' in proof ? null : proof
  const over = new Set(known?.axes ?? [])
  // What is kept of a part of a row is kept of each such part.
  const rest = type.packing.over.filter((axis) => !over.has(axis))
  const sameRow = known !== null && rest.length + over.size === type.packing.over.length
  const sizes: Sizes = {
    rows: extentsQuantity(scope, rowAxes(type.axes, type.packing)),
    positions: product(type.packing.over.map((axis) => extentQuantity(scope, axis))),
    kept: sameRow ? multiply(countQuantity(scope, known.axes, known.count), extentsQuantity(scope, rest)) : symbol('kept', NaN),
    entry: extentsQuantity(scope, type.packing.inside ?? []),
  }
  const parts = storageParts({ ...type, packing: { ...type.packing, exact: sameRow } })
  return sum(parts.map((part) => scale(elementsOf(part.length, sizes), DTYPE_BYTES[part.dtype])))
}

interface Sizes {
  readonly rows: Quantity
  readonly positions: Quantity
  readonly kept: Quantity
  readonly entry: Quantity
}

function elementsOf(length: PartLength, { rows, positions, kept, entry }: Sizes): Quantity {
  const words = (bits: Quantity, by: number): Quantity => apply('floordiv', [add(bits, constant(by - 1)), constant(by)])
  switch (length.kind) {
    case 'elements':
      return product([rows, positions, entry])
    case 'kept':
      return multiply(rows, kept)
    case 'kept-elements':
      return product([rows, kept, entry])
    case 'row-words':
      return multiply(rows, scale(words(positions, length.bits), length.bits / 32))
    case 'kept-words':
      return multiply(rows, words(scale(kept, length.bits), 32))
    case 'offsets':
      return add(rows, constant(1))
  }
}

/** `4·out·in bytes`, or the number that it is. */
export function byteText(bytes: Quantity): string {
  return `${formulaText(bytes)} bytes`
}
