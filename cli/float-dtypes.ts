/** `--dtype f16`, `--dtype K=f16`, `--dtype attend.Q=bf16`: what the `float` inputs of a policy are stored as. */
import type { DTypeName } from '../abi/manifest.ts'
import type { PolicySignature } from '../compiler/frontend/check/signature.ts'
import { refuse } from './refusal.ts'

/** What `float` inputs are stored as, by `entry.input`; those that are not named follow `rest`. */
export interface FloatDTypes {
  readonly named: ReadonlyMap<string, DTypeName>
  readonly rest: DTypeName
}

export const allF32: FloatDTypes = { named: new Map(), rest: 'f32' }

const floats: readonly string[] = ['f32', 'f16', 'bf16']

export const isFloat = (dtype: string | undefined): dtype is 'f32' | 'f16' | 'bf16' =>
  dtype !== undefined && floats.includes(dtype)

export const dtypeOf = ({ named, rest }: FloatDTypes, entry: string, input: string): DTypeName =>
  named.get(`${entry}.${input}`) ?? rest

export const dtypesKey = ({ named, rest }: FloatDTypes): string => JSON.stringify([rest, [...named].sort()])

/** Words of the option, checked against the policies that are compiled together: a name must be a `float` input of one. */
export function parseDTypes(words: readonly string[], policies: readonly PolicySignature[]): FloatDTypes {
  const option = '--dtype'
  const named = new Map<string, DTypeName>()
  let rest: DTypeName = 'f32'
  const places = policies.flatMap(({ entries }) =>
    entries.flatMap((entry) =>
      entry.inputs.flatMap((input) =>
        input.kind === 'tensor' && input.dtype === 'float' ? [{ entry: entry.name, input: input.name }] : [],
      ),
    ),
  )
  for (const word of words.flatMap((item) => item.split(',')).filter((item) => item !== '')) {
    const equals = word.indexOf('=')
    const dtype = word.slice(equals + 1)
    if (!isFloat(dtype)) refuse('ESP5006', { option, value: word, expected: 'f32, f16 or bf16, or INPUT=DTYPE with one of them' })
    if (equals < 0) {
      rest = dtype
      continue
    }
    const name = word.slice(0, equals)
    const chosen = places.filter(({ entry, input }) => name === input || name === `${entry}.${input}`)
    const inputs = [...new Set(places.map(({ input }) => input))]
    const expected =
      inputs.length === 0 ? 'nothing: the policy has no `float` input' : `the name of a \`float\` input: ${inputs.join(', ')}`
    if (chosen.length === 0) refuse('ESP5006', { option, value: word, expected })
    for (const { entry, input } of chosen) named.set(`${entry}.${input}`, dtype)
  }
  return { named, rest }
}
