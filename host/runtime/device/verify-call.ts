/**
 * Runs calls a second time on WebAssembly and compares: what is kept, masks and integers must be equal, real numbers may differ by
 * a tolerance, because sums are taken in another order. Throws ESP4808 with the first difference.
 */
import { decodeNumbers, type TensorData } from '../../../abi/dtype.ts'
import { problem } from '../../../abi/espalier-error.ts'
import type { DTypeName, Manifest } from '../../../abi/manifest.ts'
import type { Params, SavedState, Sizes } from '../types.ts'
import { DeviceDense } from './device-dense.ts'
import { DevicePacked } from './device-packed.ts'
import type { ReferencePolicy, ReferenceState, VerifyOptions } from './types.ts'

/** What a call gave. */
export type DeviceOutputs = Readonly<Record<string, DeviceDense | DevicePacked>>

/** Compares what a call gave and left behind. */
export type Check = (outputs: DeviceOutputs, state: SavedState) => Promise<void>

export interface Verifier {
  /** To be asked before each call, with the state before it; null when the call is not in the sample. */
  before(
    entry: string,
    inputs: Readonly<Record<string, unknown>>,
    params: Params,
    state: () => Promise<SavedState>,
  ): Promise<Check | null>
}

/** Halves are rounded from results that differ already. */
const COARSEST: Readonly<Partial<Record<DTypeName, number>>> = { f16: 2 ** -9, bf16: 2 ** -6 }

export function verifierOf(manifest: Manifest, options: ReferencePolicy | VerifyOptions, sizes: Sizes): Verifier {
  const { policy, every = 1, tolerance = 1e-4 } = 'policy' in options ? options : { policy: options }
  if (policy.manifest.hash !== manifest.hash || policy.manifest.policy !== manifest.policy)
    throw problem('ESP4203', {
      tensor: 'verify',
      expected: `an instance of \`${manifest.policy}\` built from the same source`,
      got: `an instance of \`${policy.manifest.policy}\` built from another`,
    })
  let calls = 0
  return {
    async before(entry, inputs, params, state) {
      if (calls++ % every !== 0) return null
      const [given, saved] = [await onHost(inputs), await state()]
      return async (outputs, after) => {
        const reference = policy.state({ sizes })
        try {
          reference.restore(saved)
          await compareCall(entry, outputs, after, { policy, given, params, reference, tolerance })
        } finally {
          reference.release()
        }
      }
    },
  }
}

async function onHost(inputs: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
  const entries = Object.entries(inputs).map(async ([name, value]) => {
    if (value instanceof DeviceDense) return [name, { dtype: value.dtype, shape: value.shape, data: await value.data() }] as const
    if (!(value instanceof DevicePacked)) return [name, value] as const
    const { kind, dtype, shape, packing, layout, keptPerRow } = value
    return [name, { kind, dtype, shape, packing, layout, keptPerRow, parts: await value.parts() }] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

interface Repeated {
  readonly policy: ReferencePolicy
  readonly given: Readonly<Record<string, unknown>>
  readonly params: Params
  readonly reference: ReferenceState
  readonly tolerance: number
}

/** What is used of a result on WebAssembly. */
interface ReferenceTensor {
  readonly kind: 'dense' | 'packed'
  readonly dtype: DTypeName
  readonly shape: readonly number[]
  readonly data: TensorData
  dense(): { readonly data: TensorData }
  mask(): Uint8Array
  release(): void
}

async function compareCall(entry: string, outputs: DeviceOutputs, after: SavedState, repeated: Repeated): Promise<void> {
  const { policy, given, params, reference, tolerance } = repeated
  const expected = policy.call(entry, given, params, reference) as Readonly<Record<string, ReferenceTensor>>
  for (const [name, tensor] of Object.entries(outputs)) {
    const wanted = expected[name]
    if (wanted === undefined) continue
    const compare = comparison(entry, name, wanted.dtype, wanted.shape, tolerance)
    compare.shape(tensor.shape)
    if (tensor.kind === 'dense') compare.values(await tensor.data(), wanted.data)
    else {
      compare.kept(await tensor.mask(), wanted.mask())
      compare.values((await tensor.dense()).data, wanted.dense().data)
    }
    wanted.release()
  }
  for (const [name, wanted] of Object.entries(reference.save())) {
    const compare = comparison(entry, name, wanted.dtype, wanted.shape, tolerance)
    compare.shape(after[name]?.shape ?? [])
    compare.values(after[name]?.data ?? wanted.data, wanted.data)
  }
}

function comparison(entry: string, tensor: string, dtype: DTypeName, shape: readonly number[], tolerance: number) {
  const differ = (got: string, expected: string, at: number | null): Error =>
    problem('ESP4808', { entry, tensor, got, expected, where: at === null ? '' : `, first at ${indexOf(at, shape)}` })
  return {
    shape(got: readonly number[]): void {
      if (got.join() !== shape.join()) throw differ(`[${got.join(', ')}]`, `[${shape.join(', ')}]`, null)
    },
    kept(got: Uint8Array, expected: Uint8Array): void {
      const at = expected.findIndex((value, i) => (value !== 0) !== (got[i] !== 0))
      const word = (mask: Uint8Array): string => (mask[at] === 0 ? 'dropped' : 'kept')
      if (at >= 0) throw differ(word(got), word(expected), at)
    },
    values(got: TensorData, expected: TensorData): void {
      const [x, y] = [decodeNumbers(dtype, got), decodeNumbers(dtype, expected)]
      const isReal = dtype === 'f32' || dtype === 'f16' || dtype === 'bf16'
      const largest = y.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0)
      const allowed = isReal ? Math.max(tolerance, COARSEST[dtype] ?? 0) * largest : 0
      const at = y.findIndex((value, i) => !agree(x[i] ?? NaN, value, allowed))
      if (at >= 0) throw differ(String(x[at]), String(y[at]), at)
    },
  }
}

const agree = (got: number, expected: number, allowed: number): boolean =>
  got === expected || (Number.isNaN(got) && Number.isNaN(expected)) || Math.abs(got - expected) <= allowed

function indexOf(position: number, shape: readonly number[]): string {
  const index: number[] = []
  let rest = position
  for (const extent of [...shape].reverse()) {
    index.unshift(rest % extent)
    rest = Math.floor(rest / extent)
  }
  return `[${index.join(', ')}]`
}
