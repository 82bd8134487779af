/**
 * Runs entries of one policy on some target: what `run`, `test` and `conform` need. Tensors go in and come out in memory of
 * their own, whatever the target, so that what one runner gave another can take.
 */
import type { PackedParts } from '../abi/formats/packed-parts.ts'
import { decodeMask, decodePacked, keptElements, type PackedLayout } from '../abi/packed.ts'
import { newData, type TensorData } from '../abi/dtype.ts'
import type { DTypeName, PackingSpec } from '../abi/manifest.ts'
import type { ParamInput } from '../abi/params.ts'
import type { PolicySignature } from '../compiler/frontend/check/signature.ts'
import { elementCount, type FileTensor } from './files/tensor.ts'

export interface DenseTensor extends FileTensor {
  readonly kind: 'dense'
}

/** The parts are laid out as `TensorBinding` of the ABI says. The shape of this record is what the host runtime takes. */
export interface PackedTensor {
  readonly kind: 'packed'
  readonly dtype: DTypeName
  /** Of the dense tensor. */
  readonly shape: readonly number[]
  readonly packing: PackingSpec
  readonly layout: PackedLayout
  readonly parts: Readonly<Record<string, TensorData>>
  /** Null when rows keep different numbers. */
  readonly keptPerRow: number | null
}

export type RunTensor = DenseTensor | PackedTensor
export type RunTensors = Readonly<Record<string, RunTensor>>
export type ParamInputs = Readonly<Record<string, ParamInput>>

/** Where packed inputs come from: results of another entry of the policy. */
export interface Producer {
  readonly entry: string
  readonly inputs: RunTensors
  readonly args: ParamInputs
  /** Its outputs by the names of the inputs that take them. */
  readonly outputs: Readonly<Record<string, string>>
}

export interface RepeatRequest {
  readonly entry: string
  readonly inputs: RunTensors
  readonly args: ParamInputs
  readonly producer: Producer | null
}

export interface Timed {
  /** Milliseconds of so many calls one after the other, to the end of the last one's work. Results are dropped. */
  time(calls: number): Promise<number>
  /** Milliseconds of one call on the device alone, from memory and not from caches; null where the host cannot tell. */
  readonly deviceTime: (() => Promise<number>) | null
  release(): void
}

export interface RepeatedCall extends Timed {
  /** The processor or GPU that runs it. */
  readonly device: string
  /** How full the packed inputs are that the producer made. */
  readonly densities: ReadonlyMap<string, number>
}

export interface Runner {
  readonly target: string
  readonly policy: PolicySignature
  /** Parameters of the calls that follow. Throws EspalierError. */
  set(params: ParamInputs): void
  /** Throws EspalierError (ESP4xxx), or Rejected when the policy does not compile for the dtypes given. */
  call(entry: string, inputs: RunTensors, args: ParamInputs): Promise<RunTensors>
  /** To be timed. Throws like `call`, now or when it is. */
  repeat(request: RepeatRequest): Promise<RepeatedCall>
  /** A plain copy of so many bytes where the policy runs, to be compared with. */
  copy(bytes: number): Promise<Timed>
  state(name: string): Promise<DenseTensor>
  /** States that have a value. */
  save(): Promise<Readonly<Record<string, FileTensor>>>
  restore(states: Readonly<Record<string, FileTensor>>): Promise<void>
  release(): void
}

export const dense = ({ dtype, shape, data }: FileTensor): DenseTensor => ({ kind: 'dense', dtype, shape, data })

/** The dense decoding of a packed tensor; a dense one as it is. */
export function denseOf(tensor: RunTensor): DenseTensor {
  if (tensor.kind === 'dense') return tensor
  const data = newData(tensor.dtype, elementCount(tensor.shape))
  decodePacked(tensor.layout, partsOf(tensor), data)
  return { kind: 'dense', dtype: tensor.dtype, shape: tensor.shape, data }
}

export const maskOf = (tensor: PackedTensor): Uint8Array => decodeMask(tensor.layout, partsOf(tensor))

export const bytesOf = (tensor: RunTensor): number =>
  tensor.kind === 'dense' ? tensor.data.byteLength : Object.values(tensor.parts).reduce((sum, part) => sum + part.byteLength, 0)

/** Elements kept of a packed tensor, or that hold in a mask; null for other tensors. */
export function keptOf(tensor: RunTensor): number | null {
  if (tensor.kind === 'packed') return keptElements(partsOf(tensor))
  if (tensor.dtype !== 'bool') return null
  let kept = 0
  for (const value of tensor.data) kept += value === 0 ? 0 : 1
  return kept
}

/** Share of its elements that a tensor holds. */
export const densityOf = (tensor: RunTensor): number =>
  tensor.kind === 'dense' ? 1 : (keptOf(tensor) ?? 0) / Math.max(1, elementCount(tensor.shape))

const partsOf = (tensor: PackedTensor): PackedParts => tensor.parts as unknown as PackedParts
