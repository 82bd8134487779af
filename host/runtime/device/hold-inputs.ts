/**
 * Inputs of a call that are on a device already: tensors of this instance or another, and memory of the caller. They are held for
 * the call, so that they may be released, or something else be put into them, as soon as it was made.
 */
import type { EntrySpec, TensorSpec } from '../../../abi/manifest.ts'
import { DeviceDense } from './device-dense.ts'
import type { DeviceMemory } from './device-memory.ts'
import { DevicePacked } from './device-packed.ts'

export interface HeldInputs {
  readonly values: Readonly<Record<string, unknown>>
  /** What has to be read from another device first; null when nothing has. */
  readonly reading: Promise<Readonly<Record<string, unknown>>> | null
  /** Inputs in memory of the caller, by name. */
  readonly given: ReadonlyMap<string, DeviceDense>
  release(): void
}

export interface Holder {
  readonly memory: DeviceMemory
  readonly entry: EntrySpec | undefined
  /** Whether data in JavaScript memory is copied, because the call will read it later. */
  readonly copy: boolean
  /** The tensor that memory of the caller stands for; null for what is something else. */
  readonly given: (spec: TensorSpec, value: unknown) => DeviceDense | null
}

export function holdInputs(holder: Holder, inputs: Readonly<Record<string, unknown>>): HeldInputs {
  const { memory, entry, copy } = holder
  const values: Record<string, unknown> = {}
  const held: (DeviceDense | DevicePacked)[] = []
  const elsewhere: Promise<readonly [string, unknown]>[] = []
  const given = new Map<string, DeviceDense>()
  const release = (): void => {
    for (const tensor of held) tensor.release()
  }
  try {
    for (const [name, value] of Object.entries(inputs)) {
      const spec = entry?.inputs.find((input) => input.name === name)
      if (value instanceof DeviceDense || value instanceof DevicePacked) {
        const lent = value.lend(memory)
        if (lent !== null) held.push(lent)
        else elsewhere.push(readElsewhere(value).then((read) => [name, read]))
        values[name] = lent ?? value
        continue
      }
      const tensor = spec === undefined ? null : holder.given(spec, value)
      if (tensor !== null) {
        held.push(tensor)
        given.set(name, tensor)
      }
      values[name] = tensor ?? (copy ? copied(value) : value)
    }
  } catch (error) {
    release()
    for (const read of elsewhere) read.catch(() => undefined)
    throw error
  }
  const reading =
    elsewhere.length === 0 ? null : Promise.all(elsewhere).then((read) => ({ ...values, ...Object.fromEntries(read) }))
  reading?.catch(() => undefined)
  return { values, reading, given, release }
}

async function readElsewhere(tensor: DeviceDense | DevicePacked): Promise<unknown> {
  const { kind, dtype, shape } = tensor
  if (tensor instanceof DeviceDense) return { dtype, shape, data: await tensor.data() }
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
