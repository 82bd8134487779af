/**
 * Picks the compiled form of an entry that fits a call: by the named alternatives in force, then by the dtypes of the inputs.
 * Throws EspalierError naming the input, or the combination, that no form was compiled for.
 */
import { problem } from '../../abi/espalier-error.ts'
import type { DTypeName, EntrySpec, VariantSpec } from '../../abi/manifest.ts'
import { requireParam, type ParamValues } from '../../abi/params.ts'
import type { GivenInput } from './given-input.ts'

export interface ChosenVariant {
  readonly index: number
  readonly variant: VariantSpec
}

export function chooseVariant(
  entry: EntrySpec,
  params: ParamValues,
  inputs: readonly GivenInput[],
  owner: string,
): ChosenVariant {
  const candidates = entry.variants.map((variant, index) => ({ variant, index }))
  const chosen = candidates.filter(({ variant }) =>
    Object.entries(variant.choices).every(([param, choice]) => requireParam(params, param, owner) === choice),
  )
  if (chosen.length === 0) throw noAlternative(entry, params)
  const fitting = chosen.filter(({ variant }) => inputs.every((input) => input.dtypes.includes(dtypeIn(variant, input))))
  const [first] = fitting
  if (first === undefined) throw noDtypes(entry, inputs, chosen)
  for (const input of inputs) {
    const dtypes = [...new Set(fitting.map(({ variant }) => dtypeIn(variant, input)))]
    if (input.ambiguous !== null && dtypes.length > 1)
      throw problem('ESP4202', { tensor: input.spec.name, got: input.ambiguous, expected: dtypes.join(' or ') })
  }
  return first
}

/** The dtype an input has in a variant. */
export function dtypeIn(variant: VariantSpec, input: GivenInput): DTypeName {
  return variant.dtypes[input.spec.name] ?? input.spec.dtypes[0] ?? 'f32'
}

function noAlternative(entry: EntrySpec, params: ParamValues): Error {
  const text = (choices: Iterable<readonly [string, unknown]>): string =>
    [...choices].map(([name, value]) => `${name} = ${String(value)}`).join(', ')
  const names = new Set(entry.variants.flatMap((variant) => Object.keys(variant.choices)))
  return problem('ESP4206', {
    entry: entry.name,
    got: text([...names].map((name) => [name, params.get(name)])),
    expected: entry.variants.map((variant) => text(Object.entries(variant.choices))).join(' or '),
  })
}

function noDtypes(entry: EntrySpec, inputs: readonly GivenInput[], variants: readonly ChosenVariant[]): Error {
  for (const input of inputs) {
    const compiled = [...new Set(variants.map(({ variant }) => dtypeIn(variant, input)))]
    if (!compiled.some((dtype) => input.dtypes.includes(dtype)))
      return problem('ESP4201', {
        tensor: input.spec.name,
        entry: entry.name,
        expected: compiled.join(' or '),
        got: input.dtypes.join(' or '),
      })
  }
  const combination = (dtypes: readonly string[]): string =>
    inputs.map((input, i) => `${input.spec.name} ${dtypes[i] ?? ''}`).join(', ')
  return problem('ESP4206', {
    entry: entry.name,
    got: combination(inputs.map((input) => input.dtypes.join('/'))),
    expected: variants.map(({ variant }) => combination(inputs.map((input) => dtypeIn(variant, input)))).join(' or '),
  })
}
