/** The bytes that have to move for one call, as `espalier explain` counts them. */
import { accountPolicy } from '../../compiler/account/account-policy.ts'
import type { ParamValue } from '../../abi/params.ts'
import { ops } from '../../compiler/ir/ops/index.ts'
import { planLevels } from '../explain/plan-levels.ts'
import type { FloatDTypes } from '../float-dtypes.ts'
import type { Program } from '../program.ts'

export interface LeastRequest {
  readonly entry: string
  readonly dtypes: FloatDTypes
  readonly extents: ReadonlyMap<string, number>
  readonly params: ReadonlyMap<string, ParamValue>
  /** How full packed inputs are. */
  readonly densities: ReadonlyMap<string, number>
  /** How often the entry runs. */
  readonly repeat: number
}

export interface LeastBytes {
  readonly bytes: number
  /** Results whose size depends on data, counted as if everything were kept. */
  readonly upTo: readonly string[]
}

/** Null where that is not known. */
export async function leastBytes(program: Program, request: LeastRequest): Promise<LeastBytes | null> {
  const { entry, dtypes, extents, params, densities, repeat } = request
  const levels = await planLevels(program, dtypes)
  if (levels === null) return null
  const accounts = accountPolicy({ ops, ...levels, entry, assume: () => ({ sizes: extents, params, densities }) })
  const found = accounts.find(({ sized }) => sized)
  const bytes = found === undefined ? NaN : found.account.least.value * repeat
  return found === undefined || Number.isNaN(bytes) ? null : { bytes, upTo: found.account.ragged }
}
