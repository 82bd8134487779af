/**
 * Structural facts: what the definition of a value proves about it, whatever the inputs are. Pure questions about nodes;
 * a builder, a rule's scope or a finished function can be asked. "No" means "not proven".
 */
import type { Axis, Node, ValueId } from './node.ts'
import { attrAxes, attrString, NONE, type Builder } from './op.ts'
import { computeDType, type Type } from './types.ts'

export interface FactScope {
  /** The node that computes a value; undefined for parameters. */
  definition(id: ValueId): Node | undefined
  typeOf(id: ValueId): Type
}

/** A number of kept elements, always within 0 and the extent of the axes it is about. */
export type CountExpr =
  | { readonly op: 'value'; readonly value: ValueId } // a host scalar known to be in range
  | { readonly op: 'clamp'; readonly value: ValueId } // a host scalar moved into range
  | { readonly op: 'larger'; readonly of: readonly [CountExpr, CountExpr] }
  | { readonly op: 'union'; readonly of: readonly [CountExpr, CountExpr] } // the sum, moved into range
  | { readonly op: 'rest'; readonly of: CountExpr } // the extent less that

/** For every combination of the other axes, the mask holds for exactly `count` elements of `axes` taken together. */
export interface ExactCount {
  readonly axes: readonly string[]
  readonly count: CountExpr
}

export interface Unproven {
  /** Why the number is not known before the mask is computed: a clause without subject's name, for remarks. */
  readonly reason: string
  /** The value that stands in the way. */
  readonly value: ValueId
}

export const exactCount = (value: ValueId, scope: FactScope): ExactCount | null => {
  const proof = proveExactCount(value, scope)
  return 'reason' in proof ? null : proof
}

export function proveExactCount(value: ValueId, scope: FactScope): ExactCount | Unproven {
  const node = scope.definition(value)
  const [first = NONE, second = NONE] = node?.operands ?? []
  switch (node?.op) {
    case 'keep':
      return proveKeep(node, scope)
    case 'position':
      return attrString(node.attrs, 'which') === 'every'
        ? { reason: 'every n-th element is kept', value }
        : { axes: [attrString(node.attrs, 'axis')], count: { op: 'clamp', value: first } }
    case 'not':
      return map(proveExactCount(first, scope), (known) => ({ ...known, count: { op: 'rest', of: known.count } }))
    case 'rename': {
      const from = attrString(node.attrs, 'from')
      const to = attrString(node.attrs, 'to')
      return map(proveExactCount(first, scope), (known) => ({
        ...known,
        axes: known.axes.map((axis) => (axis === from ? to : axis)),
      }))
    }
    case 'broadcast':
      return proveExactCount(first, scope)
    case 'or':
      return proveEnds(value, first, second, scope)
    default:
      return {
        reason: node === undefined ? 'the mask comes from outside' : `\`${node.op}\` may hold for any number of elements`,
        value,
      }
  }
}

const map = (proof: ExactCount | Unproven, then: (known: ExactCount) => ExactCount): ExactCount | Unproven =>
  'reason' in proof ? proof : then(proof)

function proveKeep(node: Node, scope: FactScope): ExactCount | Unproven {
  const [, k = NONE, within = NONE, protect = NONE] = node.operands
  const value = node.results[0]?.id ?? NONE
  const axes = attrAxes(node.attrs)
  if (node.attrs['ties'] !== 'first') return { reason: 'ties are all kept', value }
  if (within !== NONE) return { reason: 'there may be fewer candidates than the budget', value: within }
  if (scope.typeOf(k).kind !== 'scalar') return { reason: 'the budget differs from row to row', value: k }
  const budget: CountExpr = { op: inRange(k, axes, scope) ? 'value' : 'clamp', value: k }
  if (protect === NONE) return { axes, count: budget }
  const known = proveExactCount(protect, scope)
  if ('reason' in known) return { reason: 'more may be protected than the budget', value: protect }
  if (!sameAxes(known.axes, axes)) return { reason: 'what is protected is counted over other axes', value: protect }
  return { axes, count: { op: 'larger', of: [budget, known.count] } }
}

/** The first a or the last b of one axis: a + b of them, until they meet. */
function proveEnds(value: ValueId, x: ValueId, y: ValueId, scope: FactScope): ExactCount | Unproven {
  const [a, b] = [x, y].map((id) => scope.definition(id))
  const unproven = { reason: 'two masks may overlap', value }
  if (a?.op !== 'position' || b?.op !== 'position' || a.attrs['axis'] !== b.attrs['axis']) return unproven
  if ([a.attrs['which'], b.attrs['which']].sort().join() !== 'first,last') return unproven
  const [left, right] = [proveExactCount(x, scope), proveExactCount(y, scope)]
  if ('reason' in left || 'reason' in right) return unproven
  return { axes: left.axes, count: { op: 'union', of: [left.count, right.count] } }
}

const sameAxes = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((axis) => b.includes(axis))

/** Whether a host scalar is a budget of exactly these axes. */
function inRange(k: ValueId, axes: readonly string[], scope: FactScope): boolean {
  const node = scope.definition(k)
  return node?.op === 'budget' && sameAxes(sizedAxes(node.operands[1] ?? NONE, scope) ?? [], axes)
}

/** The axes whose sizes a host scalar is the product of; null when it is something else. */
function sizedAxes(value: ValueId, scope: FactScope): readonly string[] | null {
  const node = scope.definition(value)
  if (node?.op === 'size') return [attrString(node.attrs, 'axis')]
  if (node?.op !== 'mul') return null
  const parts = node.operands.map((id) => sizedAxes(id, scope))
  return parts.includes(null) ? null : parts.flatMap((part) => part ?? [])
}

/** Emits the product of the sizes of some axes: a host int. */
export function emitExtent(b: Builder, axes: readonly string[]): ValueId {
  const [first, ...rest] = axes.map((axis) => b.emit('size', [], { axis }))
  if (first === undefined) return emitInt(b, 1)
  return rest.reduce((product, size) => b.emit('mul', [product, size]), first)
}

const emitInt = (b: Builder, value: number): ValueId => b.emit('literal', [], { value: String(value), scalar: 'int' })

/** Emits how many elements an exact mask keeps for each combination of the other axes: a host int. */
export const emitExactCount = (b: Builder, { axes, count }: ExactCount): ValueId => emitCount(b, axes, count)

function emitCount(b: Builder, axes: readonly string[], count: CountExpr): ValueId {
  const into = (value: ValueId): ValueId => b.emit('min', [value, emitExtent(b, axes)])
  switch (count.op) {
    case 'value':
      return count.value
    case 'clamp':
      return into(b.emit('max', [count.value, emitInt(b, 0)]))
    case 'larger':
      return b.emit('max', [emitCount(b, axes, count.of[0]), emitCount(b, axes, count.of[1])])
    case 'union':
      return into(b.emit('add', [emitCount(b, axes, count.of[0]), emitCount(b, axes, count.of[1])]))
    case 'rest':
      return b.emit('sub', [emitExtent(b, axes), emitCount(b, axes, count.of)])
  }
}

/** A mask holds only inside these windows: conjuncts that bound one axis by position. */
export interface PositionWindow {
  readonly axis: string
  readonly which: 'first' | 'last'
  readonly n: ValueId
  /** outside: everything but those. */
  readonly side: 'inside' | 'outside'
}

export function positionWindow(value: ValueId, scope: FactScope): readonly PositionWindow[] {
  const node = scope.definition(value)
  const [first = NONE, second = NONE] = node?.operands ?? []
  if (node?.op === 'and') return [...positionWindow(first, scope), ...positionWindow(second, scope)]
  if (node?.op === 'broadcast') return positionWindow(first, scope)
  if (node?.op === 'not') return windowOf(scope.definition(first), 'outside')
  return windowOf(node, 'inside')
}

function windowOf(node: Node | undefined, side: 'inside' | 'outside'): readonly PositionWindow[] {
  const which = node?.attrs['which']
  if (node?.op !== 'position' || (which !== 'first' && which !== 'last')) return []
  return [{ axis: attrString(node.attrs, 'axis'), which, n: node.operands[0] ?? NONE, side }]
}

/** An exact mask over one axis of pinned extent: n of every m. */
export interface NofM {
  readonly axis: string
  readonly n: CountExpr
  readonly m: number
}

export function nOfM(value: ValueId, scope: FactScope, axes: readonly Axis[]): NofM | null {
  const exact = exactCount(value, scope)
  const [axis, ...others] = exact?.axes ?? []
  if (exact === null || axis === undefined || others.length > 0) return null
  const m = pinnedExtent(axis, scope, axes)
  return m === null ? null : { axis, n: exact.count, m }
}

/** The extent of an axis that is pinned to a number. */
export function pinnedExtent(axis: string, scope: FactScope, axes: readonly Axis[]): number | null {
  const extent = axes.find(({ name }) => name === axis)?.extent
  return extent?.kind === 'scalar' ? literalInt(extent.value, scope) : null
}

function literalInt(value: ValueId, scope: FactScope): number | null {
  const node = scope.definition(value)
  if (node?.op !== 'literal' || node.attrs['scalar'] !== 'int') return null
  const number = Number(node.attrs['value'])
  return Number.isSafeInteger(number) ? number : null
}

/** A row of the table below: which operands must be non-negative for the result to be. */
const NON_NEGATIVE: Readonly<Record<string, 'always' | 'all' | 'first' | 'branches'>> = {
  abs: 'always',
  exp: 'always',
  norm: 'always',
  variance: 'always',
  softmax: 'always',
  index: 'always',
  size: 'always',
  budget: 'always',
  add: 'all',
  mul: 'all',
  div: 'all',
  min: 'all',
  max: 'all',
  sqrt: 'first',
  floor: 'first',
  ceil: 'first',
  round: 'first',
  trunc: 'first',
  sign: 'first',
  pow: 'first',
  convert: 'first',
  broadcast: 'first',
  rename: 'first',
  mask: 'first',
  gather: 'first',
  shift: 'first',
  scan: 'first',
  pool: 'first',
  select: 'branches',
}

/** Ops whose i32 results may wrap below zero. */
const WRAPPING: ReadonlySet<string> = new Set(['abs', 'add', 'mul', 'scan', 'pool', 'reduce'])

/** Never below zero and never -0 (a NaN is neither): what lets a selection compare bit patterns. */
export function nonNegative(value: ValueId, scope: FactScope, depth = 64): boolean {
  const type = scope.typeOf(value)
  if (type.kind === 'tensor' && ['u32', 'bool'].includes(computeDType(type.dtype))) return true
  const node = scope.definition(value)
  if (node === undefined || depth === 0) return false
  if (type.kind === 'tensor' && type.dtype === 'i32' && WRAPPING.has(node.op) && node.attrs['kind'] !== 'count') return false
  const holds = (id: ValueId | undefined): boolean => id === undefined || id === NONE || nonNegative(id, scope, depth - 1)
  const [first, second, third] = node.operands
  if (node.op === 'literal') return /^(true|false|[0-9].*)$/.test(attrString(node.attrs, 'value'))
  if (node.op === 'mul' && first === second) return true
  if (node.op === 'reduce') return reduceIsNonNegative(node, holds)
  if (node.op === 'mean') return holds(first) && holds(third)
  switch (Object.hasOwn(NON_NEGATIVE, node.op) ? NON_NEGATIVE[node.op] : undefined) {
    case 'always':
      return third === undefined || node.op === 'budget' || holds(third) // `otherwise` may be anything
    case 'all':
      return node.operands.every(holds)
    case 'first':
      return holds(first)
    case 'branches':
      return holds(second) && holds(third)
    default:
      return false
  }
}

/** max and min of nothing are infinite, argmax of nothing is -1: only kinds without a negative identity count. */
function reduceIsNonNegative(node: Node, holds: (id: ValueId | undefined) => boolean): boolean {
  const kind = attrString(node.attrs, 'kind')
  if (kind === 'count' || kind === 'any' || kind === 'all') return holds(node.operands[2])
  return (kind === 'sum' || kind === 'product' || kind === 'min') && holds(node.operands[0]) && holds(node.operands[2])
}
