/**
 * Inputs of a call that are on a device already: tensors of this instance or another, and GPU buffers of the caller. They are
 * held for the call, so that they may be released, or something else be put into them, as soon as it was made.
 */
import { dtypeBytes, dtypeNames, elementCount } from '../../../abi/dtype.ts'
import { describe, problem } from '../../../abi/espalier-error.ts'
import type { DTypeName, EntrySpec, TensorSpec } from '../../../abi/manifest.ts'
import { readShape } from '../given-input.ts'
import { DenseTensor } from './dense-tensor.ts'
import type { DeviceMemory } from './device-memory.ts'
import { DevicePacked } from './packed-tensor.ts'
import type { BufferTensor } from './types.ts'
import { STORAGE } from './webgpu-flags.ts'

export interface HeldInputs {
  readonly values: Readonly<Record<string, unknown>>
  /** What has to be read from another device first; null when nothing has. */
  readonly reading: Promise<Readonly<Record<string, unknown>>> | null
  /** Names of inputs in buffers of the caller. */
  readonly buffers: readonly string[]
  release(): void
}

/** @param copy whether data in JavaScript memory is copied, because the call will read it later */
export function holdInputs(
  memory: DeviceMemory,
  entry: EntrySpec | undefined,
  inputs: Readonly<Record<string, unknown>>,
  copy: boolean,
): HeldInputs {
  const values: Record<string, unknown> = {}
  const held: (DenseTensor | DevicePacked)[] = []
  const elsewhere: Promise<readonly [string, unknown]>[] = []
  const buffers: string[] = []
  const release = (): void => {
    for (const tensor of held) tensor.release()
  }
  try {
    for (const [name, value] of Object.entries(inputs)) {
      const spec = entry?.inputs.find((input) => input.name === name)
      if (value instanceof DenseTensor || value instanceof DevicePacked) {
        const lent = value.lend(memory)
        if (lent !== null) held.push(lent)
        else elsewhere.push(readElsewhere(value).then((read) => [name, read]))
        values[name] = lent ?? value
      } else if (spec !== undefined && isBufferTensor(value)) {
        const tensor = bufferTensor(memory, spec, value)
        held.push(tensor)
        buffers.push(name)
        values[name] = tensor
      } else values[name] = copy ? copied(value) : value
    }
  } catch (error) {
    release()
    for (const read of elsewhere) read.catch(() => undefined)
    throw error
  }
  const reading =
    elsewhere.length === 0 ? null : Promise.all(elsewhere).then((read) => ({ ...values, ...Object.fromEntries(read) }))
  reading?.catch(() => undefined)
  return { values, reading, buffers, release }
}

async function readElsewhere(tensor: DenseTensor | DevicePacked): Promise<unknown> {
  const { kind, dtype, shape } = tensor
  if (tensor instanceof DenseTensor) return { dtype, shape, data: await tensor.data() }
  const { packing, layout, keptPerRow } = tensor
  return { kind, dtype, shape, packing, layout, keptPerRow, parts: await tensor.parts() }
}

/** A tensor whose data the caller may change after the call was made. */
function copied(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('data' in value)) return value
  const { data } = value
  if (!ArrayBuffer.isView(data) && !Array.isArray(data)) return value
  const { shape, dtype } = value as { readonly shape?: unknown; readonly dtype?: unknown }
  return { shape, ...(dtype === undefined ? {} : { dtype }), data: (data as unknown as { slice(): unknown }).slice() }
}

const isBuffer = (value: unknown): value is GPUBuffer =>
  typeof value === 'object' && value !== null && 'usage' in value && 'size' in value && 'mapAsync' in value

function isBufferTensor(value: unknown): value is BufferTensor & { readonly buffer: GPUBuffer } {
  if (isBuffer(value)) return true
  return typeof value === 'object' && value !== null && 'buffer' in value && isBuffer(value.buffer) && !('data' in value)
}

function bufferTensor(memory: DeviceMemory, spec: TensorSpec, value: BufferTensor & { readonly buffer: GPUBuffer }): DenseTensor {
  const { name } = spec
  if (isBuffer(value) || value.shape === undefined)
    throw problem('ESP4203', { tensor: name, expected: '{ buffer, shape }', got: 'a GPUBuffer without a shape' })
  const { buffer, offset = 0 } = value
  const dtype = dtypeOf(spec, value.dtype)
  const shape = readShape(name, value.shape)
  const bytes = elementCount(shape) * dtypeBytes(dtype)
  requireUsable(name, buffer, offset, bytes)
  const block = memory.borrow(buffer, offset, bytes, `input \`${name}\``, () => undefined)
  return new DenseTensor(memory, { kind: 'dense', name, dtype, shape, axes: shape.map(() => '*'), block })
}

function dtypeOf(spec: TensorSpec, said: unknown): DTypeName {
  const [only] = spec.dtypes
  if (said === undefined && spec.dtypes.length === 1 && only !== undefined) return only
  if (said === undefined) throw problem('ESP4202', { tensor: spec.name, got: 'GPUBuffer', expected: spec.dtypes.join(' or ') })
  if (dtypeNames.includes(said as DTypeName)) return said as DTypeName
  const expected = `of a dtype among ${dtypeNames.join(', ')}`
  throw problem('ESP4203', { tensor: spec.name, expected, got: `of dtype ${describe(said)}` })
}

/** Throws ESP4803 for what can be known of a buffer before it is used. */
function requireUsable(tensor: string, buffer: GPUBuffer, offset: number, bytes: number): void {
  const refuse = (got: string, expected: string): never => {
    throw problem('ESP4803', { tensor, got, expected })
  }
  if ((buffer.usage & STORAGE) === 0)
    refuse(`was created with usage 0x${buffer.usage.toString(16)}`, 'have been created with GPUBufferUsage.STORAGE')
  if (!Number.isSafeInteger(offset) || offset < 0 || offset % 4 !== 0)
    refuse(`is to be read from byte ${describe(offset)}`, 'be read from a multiple of 4 bytes')
  const words = Math.ceil(bytes / 4) * 4
  const needed = words === bytes ? `${bytes}` : `${words} (${bytes} in whole words)`
  if (offset + words > buffer.size)
    refuse(
      `has ${buffer.size} bytes${offset === 0 ? '' : `, of which ${Math.max(0, buffer.size - offset)} lie behind byte ${offset}`}`,
      `have ${needed} bytes for its shape`,
    )
  if (buffer.mapState !== 'unmapped') refuse(`is ${buffer.mapState === 'mapped' ? 'mapped' : 'being mapped'}`, 'be unmapped')
}
