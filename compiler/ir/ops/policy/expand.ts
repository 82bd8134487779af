/**
 * How the composite ops are spelled in simpler ones, used by the `decompose` pass. Every expansion works in f32, sees only the
 * elements of its domain, and guards the empty domain without infinite constants: `m - m = 0` says that m is finite.
 */
import type { Builder } from '../../builder.ts'
import type { Attrs, ValueId } from '../../node.ts'
import { attrAxes, NONE } from '../../op.ts'
import { isFloat, type TensorType, type Type } from '../../types.ts'
import { isTensor, mergeAxes, missingFrom } from '../type-rules.ts'

interface Input {
  readonly b: Builder
  /** x in f32 or wider, with all axes of the domain. */
  readonly x: ValueId
  readonly where: ValueId
  readonly axes: readonly string[]
  readonly domain: readonly string[]
}

function tensorType(type: Type): TensorType {
  if (!isTensor(type)) throw new TypeError('an expansion needs a tensor')
  return type
}

function inputOf(b: Builder, operands: readonly ValueId[], attrs: Attrs): Input {
  const [given = NONE, where = NONE] = operands
  const type = tensorType(b.typeOf(given))
  const mask = where === NONE ? null : b.typeOf(where)
  const domain = isTensor(mask) ? mergeAxes([type.axes, mask.axes]) : type.axes
  const wide = domain.join() === type.axes.join() ? given : b.emit('broadcast', [given], { axes: domain })
  const x = isFloat(type.dtype) ? wide : b.emit('convert', [wide], { to: 'f32' })
  return { b, x, where, axes: attrAxes(attrs), domain }
}

const reduce = ({ b, where, axes }: Input, kind: string, x: ValueId): ValueId =>
  b.emit('reduce', [x, where, NONE], { kind, axes })
const int = (b: Builder, value: number): ValueId => b.emit('literal', [], { value: String(value), scalar: 'int' })

/** How many elements each result sees: a host scalar, or an i32 tensor when a mask decides. */
function countOf({ b, where, axes }: Input): ValueId {
  const mask = where === NONE ? null : b.typeOf(where)
  const masked = isTensor(mask) ? axes.filter((axis) => mask.axes.includes(axis)) : []
  const sizes = missingFrom(axes, masked).map((axis) => b.emit('size', [], { axis }))
  const [first = int(b, 1), ...rest] = sizes
  const free = rest.reduce((product, size) => b.emit('mul', [product, size]), first)
  if (where === NONE) return free
  const holds = masked.length > 0 ? b.emit('reduce', [where, NONE, NONE], { kind: 'count', axes: masked }) : toInt(b, where)
  return sizes.length === 0 ? holds : b.emit('mul', [holds, free])
}

const toInt = (b: Builder, mask: ValueId): ValueId => b.emit('convert', [mask], { to: isTensor(b.typeOf(mask)) ? 'i32' : 'int' })

/** `value` where n > least, else what the user gave for nothing. */
function orElse(b: Builder, value: ValueId, n: ValueId, least: number, operands: readonly ValueId[]): ValueId {
  const otherwise = operands[2] ?? NONE
  if (otherwise === NONE) return value
  const chosen = b.emit('select', [b.emit('gt', [n, int(b, least)]), value, otherwise])
  // The count may have the axes in the order of the mask; the result has them in the order of x.
  const { axes } = tensorType(b.typeOf(value))
  return tensorType(b.typeOf(chosen)).axes.join() === axes.join() ? chosen : b.emit('broadcast', [chosen], { axes })
}

export function expandMean(b: Builder, operands: readonly ValueId[], attrs: Attrs): readonly ValueId[] {
  const input = inputOf(b, operands, attrs)
  const n = countOf(input)
  const mean = b.emit('div', [reduce(input, 'sum', input.x), b.emit('max', [n, int(b, 1)])])
  return [orElse(b, mean, n, 0, operands)]
}

/** The sum of the squared distances from the mean: in one read, or in two where a mask decides what takes part. */
function squares(input: Input, n: ValueId): ValueId {
  const { b, x, where } = input
  if (where === NONE) return reduce(input, 'deviation', x)
  const mean = b.emit('div', [reduce(input, 'sum', x), b.emit('max', [n, int(b, 1)])])
  const distance = b.emit('sub', [x, mean])
  return reduce(input, 'sum', b.emit('mul', [distance, distance]))
}

export function expandVariance(b: Builder, operands: readonly ValueId[], attrs: Attrs): readonly ValueId[] {
  const input = inputOf(b, operands, attrs)
  const ddof = attrs['ddof'] === 1 ? 1 : 0
  const n = countOf(input)
  const one = int(b, 1)
  const free = ddof === 0 ? n : b.emit('sub', [n, one])
  const variance = b.emit('div', [squares(input, n), b.emit('max', [free, one])])
  return [orElse(b, variance, n, ddof, operands)]
}

export function expandNorm(b: Builder, operands: readonly ValueId[], attrs: Attrs): readonly ValueId[] {
  const input = inputOf(b, operands, attrs)
  const norm = b.emit('sqrt', [reduce(input, 'sum', b.emit('mul', [input.x, input.x]))])
  return [(operands[2] ?? NONE) === NONE ? norm : orElse(b, norm, countOf(input), 0, operands)]
}

/** The largest element of each domain, or 0 when that is not finite. */
function finiteMax(input: Input): ValueId {
  const { b } = input
  const largest = reduce(input, 'max', input.x)
  const zero = int(b, 0)
  return b.emit('select', [b.emit('eq', [b.emit('sub', [largest, largest]), zero]), largest, zero])
}

export function expandLogsumexp(b: Builder, operands: readonly ValueId[], attrs: Attrs): readonly ValueId[] {
  const input = inputOf(b, operands, attrs)
  const shift = finiteMax(input)
  const sum = reduce(input, 'sum', b.emit('exp', [b.emit('sub', [input.x, shift])]))
  const result = b.emit('add', [b.emit('log', [sum]), shift])
  return [(operands[2] ?? NONE) === NONE ? result : orElse(b, result, countOf(input), 0, operands)]
}

export function expandSoftmax(b: Builder, operands: readonly ValueId[], attrs: Attrs): readonly ValueId[] {
  const input = inputOf(b, operands, attrs)
  const all = b.emit('exp', [b.emit('sub', [input.x, finiteMax(input)])])
  const sum = reduce(input, 'sum', all)
  const divisor = b.emit('select', [b.emit('eq', [sum, int(b, 0)]), int(b, 1), sum])
  const shares = b.emit('div', [all, divisor])
  return [input.where === NONE ? shares : b.emit('mask', [shares, input.where])]
}
