/**
 * Random inputs for one entry, the same for the same seed: values that every target can represent. Even seeds draw from a
 * few exact numbers, so that there are ties and sums without rounding; odd ones from a bell curve.
 */
import { decodeNumbers, encodeData, type DTypeName } from '../../abi/dtype.ts'
import type { ParamValue } from '../../abi/params.ts'
import { rational } from '../../abi/rational.ts'
import type { TensorValue } from '../ir/eval-value.ts'
import type { Func, FuncParam, Module } from '../ir/node.ts'
import { funcNodes } from '../ir/walk.ts'
import type { DType, Packing, ScalarKind, TensorType } from '../ir/types.ts'

export interface TrialRequest {
  /** Extents by axis, declared or atomic. Axes that are not named are a few elements long. */
  readonly sizes: ReadonlyMap<string, number>
  readonly params: ReadonlyMap<string, ParamValue>
  readonly seed: number
}

/** What the evaluator takes; states are given values too. */
export interface Trial {
  readonly inputs: ReadonlyMap<string, TensorValue>
  readonly params: ReadonlyMap<string, ParamValue>
  readonly extents: ReadonlyMap<string, number>
}

export function makeTrial(module: Module, func: Func, request: TrialRequest): Trial {
  const params = paramsOf(module, func, request)
  const known = knownExtents(module, func, request, params)
  const draw = new Draw(request.seed)
  const tensors = func.params.filter(({ type }) => type.kind === 'tensor')
  const bound = func.axes.filter(({ extent }) => extent.kind === 'bound').map(({ name }) => name)
  return {
    inputs: new Map(tensors.map((param) => [param.name, draw.tensor(param, known)])),
    params,
    extents: new Map(bound.map((axis) => [axis, known.get(axis) ?? 1])),
  }
}

/** Arguments that are not given are something ordinary. */
function paramsOf(module: Module, func: Func, { params }: TrialRequest): ReadonlyMap<string, ParamValue> {
  const all = new Map<string, ParamValue>()
  for (const { name, type } of func.params) {
    const declared = module.params.find((param) => param.name === name)?.default ?? null
    const value = params.get(name) ?? declared
    if (type.kind === 'scalar') all.set(name, value ?? ORDINARY[type.scalar])
  }
  return all
}

const ORDINARY: Readonly<Record<ScalarKind, ParamValue>> = { int: rational(1), ratio: rational(1, 2), real: 0.5, bool: true }

function knownExtents(
  module: Module,
  func: Func,
  { sizes }: TrialRequest,
  params: ReadonlyMap<string, ParamValue>,
): ReadonlyMap<string, number> {
  const extents = new Map<string, number>()
  const twins = renamedAxes(module)
  for (const { name } of func.axes) {
    const declared = module.axes.find((axis) => axis.name === name)
    const [like, ...factors] = declared?.factors ?? []
    const pin = declared?.pinned ?? null
    const own = sizes.get(name) ?? (pin === null ? undefined : numberOf(params.get(pin) ?? pin))
    // `axes other = token`, and an axis that something is renamed to: as long as the other, where an input shows both.
    const others = [...(like === undefined || factors.length > 0 ? [] : [like]), ...(twins.get(name) ?? [])]
    const twin = others.map((other) => sizes.get(other) ?? extents.get(other)).find((size) => size !== undefined)
    extents.set(name, own ?? twin ?? SMALL[extents.size % SMALL.length]!)
  }
  return extents
}

/** Axes that tensors are renamed between, in either direction. */
function renamedAxes(module: Module): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const { attrs } of module.funcs.flatMap((func) => [...funcNodes(func)]).filter(({ op }) => op === 'rename')) {
    const [from, to] = [String(attrs['from']), String(attrs['to'])]
    found.set(from, [...(found.get(from) ?? []), to])
    found.set(to, [...(found.get(to) ?? []), from])
  }
  return found
}

const SMALL = [5, 6, 7, 9, 4, 8]

const numberOf = (value: ParamValue): number | undefined => {
  const number = typeof value === 'object' ? Number(value.n) / Number(value.d) : Number(value)
  return Number.isSafeInteger(number) ? number : undefined
}

class Draw {
  private state: number
  private readonly exact: boolean

  constructor(seed: number) {
    this.state = Math.imul(seed + 1, 0x9e3779b9) >>> 0
    this.exact = seed % 2 === 0
  }

  tensor({ type }: FuncParam, extents: ReadonlyMap<string, number>): TensorValue {
    const { dtype, axes, packing } = type as TensorType
    const shape = axes.map((axis) => extents.get(axis) ?? 1)
    const size = shape.reduce((product, extent) => product * extent, 1)
    const stored = encodeData(
      dtype as DTypeName,
      Float64Array.from({ length: size }, () => this.element(dtype)),
    )
    const data = decodeNumbers(dtype as DTypeName, stored)
    const base = { kind: 'tensor' as const, dtype, axes, shape }
    if (packing === undefined) return { ...base, data }
    const mask = this.mask(packing, axes, shape)
    return { ...base, data: data.map((value, at) => (mask[at] === 0 ? 0 : value)), packed: { packing, mask } }
  }

  private element(dtype: DType): number {
    if (dtype === 'bool') return this.below(4) === 0 ? 0 : 1
    if (dtype === 'u8' || dtype === 'u32') return this.below(9)
    if (dtype === 'i8' || dtype === 'i32') return this.below(9) - 2
    if (this.exact) return (this.below(17) - 8) / 4
    return Math.sqrt(-2 * Math.log(this.next() || 0.5)) * Math.cos(2 * Math.PI * this.next())
  }

  /** n of every m or the first entries of every row where the format wants it; else about half of the entries, each whole. */
  private mask({ format, over, inside = [] }: Packing, axes: readonly string[], shape: readonly number[]): Uint8Array {
    const size = shape.reduce((product, extent) => product * extent, 1)
    const mask = new Uint8Array(size)
    if (format.kind === 'nm') {
      for (let start = 0; start < size; start += format.m) for (const at of this.some(format.n, format.m)) mask[start + at] = 1
      return mask
    }
    const drawn = new Map<string, number>()
    const draw = (place: string, limit: number): number => {
      const number = drawn.get(place) ?? this.below(limit)
      drawn.set(place, number)
      return number
    }
    const along = axes.findIndex((axis) => over.includes(axis) && !inside.includes(axis))
    for (let at = 0; at < size; at++) {
      const position = positionOf(at, shape)
      const among = (leave: (axis: string) => boolean): string => position.filter((_, i) => !leave(axes[i]!)).join()
      if (format.kind !== 'compact')
        mask[at] = draw(
          among((axis) => inside.includes(axis)),
          2,
        )
      else if (
        position[along]! <
        draw(
          among((axis) => over.includes(axis) || inside.includes(axis)),
          shape[along]! + 1,
        )
      )
        mask[at] = 1
    }
    return mask
  }

  private some(count: number, of: number): readonly number[] {
    const left = Array.from({ length: of }, (_, at) => at)
    return Array.from({ length: count }, () => left.splice(this.below(left.length), 1)[0]!)
  }

  private below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  /** SplitMix32. */
  private next(): number {
    this.state = (this.state + 0x9e3779b9) >>> 0
    let mixed = this.state
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }
}

function positionOf(at: number, shape: readonly number[]): readonly number[] {
  const position: number[] = []
  let rest = at
  for (let dim = shape.length - 1; dim >= 0; dim--) {
    position.unshift(rest % shape[dim]!)
    rest = Math.floor(rest / shape[dim]!)
  }
  return position
}
