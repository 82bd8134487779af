/** The accounts of all entries of a policy, from what its passes make of it on the way to kernels. */
import type { EntrySpec, Manifest, VariantSpec } from '../../abi/manifest.ts'
import { buildManifest } from '../driver/manifest.ts'
import type { Func, Module } from '../ir/node.ts'
import type { OpDef } from '../ir/op.ts'
import { accountOf, type EntryAccount } from './account.ts'
import { assumedScalars, type Assumptions } from './assumptions.ts'

export interface PolicyAccountRequest {
  readonly ops: Readonly<Record<string, OpDef>>
  /** As regions. */
  readonly sparse: Module
  /** As kernels and host plans, before memory is shared and loops are widened. */
  readonly lowered: Module
  /** Only this entry; null: all. */
  readonly entry: string | null
  readonly assume: (manifest: Manifest, entry: EntrySpec) => Assumptions
}

export interface VariantAccount {
  readonly entry: string
  readonly variant: Readonly<Record<string, string>>
  /** Numbers are for the sizes asked for; false: none were given, or they leave an axis of this entry open. */
  readonly sized: boolean
  readonly account: EntryAccount
}

export function accountPolicy(request: PolicyAccountRequest): readonly VariantAccount[] {
  const { lowered, sparse, entry } = request
  const manifest = buildManifest(lowered, { version: '', hash: '', target: '', artifact: '' })
  const chosen = manifest.entries.filter(({ name }) => entry === null || name === entry)
  return chosen.flatMap((spec) => {
    const plans = entriesNamed(lowered, spec.name)
    const regions = entriesNamed(sparse, spec.name)
    const { params } = request.assume(manifest, spec)
    return spec.variants.flatMap((variant, i) => {
      // Of an alternative that is set, only the variant that is chosen.
      if (Object.entries(variant.choices).some(([name, choice]) => (params.get(name) ?? choice) !== choice)) return []
      return [accountVariant(request, manifest, spec, variant, [plans[i]!, regions[i]!])]
    })
  })
}

function accountVariant(
  { ops, lowered, assume }: PolicyAccountRequest,
  manifest: Manifest,
  spec: EntrySpec,
  variant: VariantSpec,
  [plan, sparse]: readonly [Func, Func],
): VariantAccount {
  const assumptions = assume(manifest, spec)
  const sized = assumptions.sizes === null ? null : assumedScalars(manifest, spec, variant, assumptions)
  const values = sized ?? assumedScalars(manifest, spec, variant, { ...assumptions, sizes: null }) ?? []
  const kernels = lowered.funcs.filter(({ role }) => role === 'kernel')
  const account = accountOf({ ops, sparse, plan, kernels, values, densities: assumptions.densities })
  return { entry: spec.name, variant: variant.choices, sized: sized !== null, account }
}

const entriesNamed = (module: Module, name: string): readonly Func[] =>
  module.funcs.filter((func) => func.role === 'entry' && func.name === name)
