/**
 * Reads what a caller passed for an input: which tensor it is, its shape, and the dtypes it can stand for. Nothing is copied yet;
 * everything that can be refused without knowing the other inputs is refused here, by the input's name.
 */
import { dtypeNames, dtypesOf, elementCount, type TensorData } from '../../abi/dtype.ts'
import { describe, problem } from '../../abi/espalier-error.ts'
import type { DTypeName, PackingSpec, TensorSpec } from '../../abi/manifest.ts'
import { formatText, sameFormat } from '../../abi/formats/host-formats.ts'
import type { PackedLayout } from '../../abi/packed.ts'
import { ResidentDense, type ResidentPacked } from './resident.ts'

export type GivenSource =
  | { readonly kind: 'resident'; readonly tensor: ResidentDense }
  | { readonly kind: 'stored'; readonly data: TensorData }
  | { readonly kind: 'numbers'; readonly data: ArrayLike<number> }
  | { readonly kind: 'packed'; readonly tensor: PackedSource }

/** A packed tensor of this copy of the runtime, or one that another copy made. */
export type PackedSource = ResidentPacked | ForeignPacked
interface ForeignPacked {
  readonly dtype: DTypeName
  readonly packing: PackingSpec
  readonly layout: PackedLayout
  readonly parts: Readonly<Record<string, TensorData>>
  readonly keptPerRow: number | null
}

export interface GivenInput {
  readonly spec: TensorSpec
  readonly shape: readonly number[]
  /** What the data may be, given what the entry takes; never empty. */
  readonly dtypes: readonly DTypeName[]
  /** True when the caller should have said which: bits that stand for several of `dtypes`. */
  readonly ambiguous: string | null
  readonly source: GivenSource
}

export function readInput(entry: string, spec: TensorSpec, value: unknown): GivenInput {
  if (value instanceof ResidentDense) return readResident(entry, spec, value)
  if (isPacked(value)) return readPacked(entry, spec, value)
  if (spec.packing !== null)
    throw problem('ESP4207', {
      tensor: spec.name,
      entry,
      expected: packedText(spec.packing),
      got: looksLikeTensor(value) ? 'dense' : describe(value),
    })
  if (typeof value === 'number' || typeof value === 'boolean')
    return { spec, shape: [], dtypes: spec.dtypes, ambiguous: null, source: { kind: 'numbers', data: [Number(value)] } }
  return readHost(entry, spec, value)
}

export const packedText = (packing: PackingSpec): string => `packed as ${formatText(packing.format)}`

const looksLikeTensor = (value: unknown): boolean =>
  ArrayBuffer.isView(value) || Array.isArray(value) || (typeof value === 'object' && value !== null && 'data' in value)

function isPacked(value: unknown): value is PackedSource & { readonly shape: readonly number[]; readonly dtype: DTypeName } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    value.kind === 'packed' &&
    'layout' in value &&
    'parts' in value
  )
}

function readResident(entry: string, spec: TensorSpec, tensor: ResidentDense): GivenInput {
  tensor.requireUsable()
  if (spec.packing !== null)
    throw problem('ESP4207', { tensor: spec.name, entry, expected: packedText(spec.packing), got: 'dense' })
  const dtypes = accepted(entry, spec, [tensor.dtype], tensor.dtype)
  return { spec, shape: tensor.shape, dtypes, ambiguous: null, source: { kind: 'resident', tensor } }
}

function readPacked(
  entry: string,
  spec: TensorSpec,
  tensor: PackedSource & { readonly shape: readonly number[]; readonly dtype: DTypeName },
): GivenInput {
  const got = packedText(tensor.packing)
  if (spec.packing === null) throw problem('ESP4207', { tensor: spec.name, entry, expected: 'a dense tensor', got })
  if (!sameFormat(spec.packing.format, tensor.packing.format))
    throw problem('ESP4207', { tensor: spec.name, entry, expected: packedText(spec.packing), got })
  const dtypes = accepted(entry, spec, [tensor.dtype], tensor.dtype)
  return { spec, shape: tensor.shape, dtypes, ambiguous: null, source: { kind: 'packed', tensor } }
}

function readHost(entry: string, spec: TensorSpec, value: unknown): GivenInput {
  const expected = spec.axes.length === 0 ? 'a number or a tensor { data, shape }' : 'a tensor { data, shape }'
  if (typeof value !== 'object' || value === null || !('data' in value) || !('shape' in value))
    throw problem('ESP4203', { tensor: spec.name, expected, got: describe(value) })
  const shape = readShape(spec.name, value.shape)
  const said = 'dtype' in value && value.dtype !== undefined ? value.dtype : null
  if (said !== null && !dtypeNames.includes(said as DTypeName))
    throw problem('ESP4203', {
      tensor: spec.name,
      expected: `of a dtype among ${dtypeNames.join(', ')}`,
      got: `of dtype ${describe(said)}`,
    })
  return { ...readData(entry, spec, value.data, said as DTypeName | null, shape), spec, shape }
}

type ReadData = Pick<GivenInput, 'dtypes' | 'ambiguous' | 'source'>

function readData(entry: string, spec: TensorSpec, data: unknown, said: DTypeName | null, shape: readonly number[]): ReadData {
  if (Array.isArray(data)) {
    if (!data.every((item) => typeof item === 'number' || typeof item === 'boolean'))
      throw problem('ESP4203', { tensor: spec.name, expected: 'a flat array of numbers', got: 'an array of something else' })
    requireLength(spec.name, shape, data.length)
    const dtypes = said === null ? spec.dtypes : accepted(entry, spec, [said], said)
    return { dtypes, ambiguous: null, source: { kind: 'numbers', data: data.map(Number) } }
  }
  const possible = dtypesOf(data)
  if (possible === null)
    throw problem('ESP4203', { tensor: spec.name, expected: `the data of ${spec.dtypes.join(' or ')}`, got: describe(data) })
  if (said !== null && !possible.includes(said))
    throw problem('ESP4203', { tensor: spec.name, expected: `the data of ${said}`, got: describe(data) })
  const view = data as TensorData
  requireLength(spec.name, shape, view.length)
  const got = describe(data).replace(/^an? /, '')
  const dtypes = accepted(
    entry,
    spec,
    said === null ? possible : [said],
    said ?? (possible.length === 1 ? (possible[0] ?? got) : got),
  )
  return { dtypes, ambiguous: said === null && dtypes.length > 1 ? got : null, source: { kind: 'stored', data: asStored(view) } }
}

/** Float16Array and Uint8ClampedArray as the arrays of the ABI, over the same memory. */
function asStored(data: TensorData): TensorData {
  const tag = describe(data)
  if (tag === 'a Float16Array') return new Uint16Array(data.buffer, data.byteOffset, data.length)
  if (tag === 'a Uint8ClampedArray') return new Uint8Array(data.buffer, data.byteOffset, data.length)
  return data
}

function accepted(entry: string, spec: TensorSpec, possible: readonly DTypeName[], got: string): readonly DTypeName[] {
  const dtypes = spec.dtypes.filter((dtype) => possible.includes(dtype))
  if (dtypes.length === 0) throw problem('ESP4201', { tensor: spec.name, entry, expected: spec.dtypes.join(' or '), got })
  return dtypes
}

/** A shape as a caller wrote it. Throws ESP4209 unless it is an array of whole numbers of 0 or more. */
export function readShape(name: string, shape: unknown): readonly number[] {
  const expected = 'whole numbers of 0 or more'
  if (!Array.isArray(shape)) throw problem('ESP4209', { tensor: name, expected: `an array of ${expected}`, got: describe(shape) })
  const wrong = shape.find((extent) => typeof extent !== 'number' || !Number.isSafeInteger(extent) || extent < 0)
  if (wrong !== undefined || shape.includes(undefined))
    throw problem('ESP4209', { tensor: name, expected, got: `[${shape.map(describe).join(', ')}]` })
  return shape.slice() as readonly number[]
}

export function requireLength(tensor: string, shape: readonly number[], got: number): void {
  const expected = elementCount(shape)
  if (expected !== got) throw problem('ESP4204', { tensor, shape, expected, got })
}
