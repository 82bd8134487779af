/**
 * The variants of an entry: one for every combination of the alternatives that its body, or a function it calls, refers to.
 * Alternatives are decided when a policy is compiled, so each variant contains only its own branches.
 */
import type { PolicyInfo } from './check/scope.ts'

export const MAX_VARIANTS = 16

/** Parameters with alternatives among the names mentioned, in order of declaration. */
export function choiceParams(policy: PolicyInfo, mentioned: ReadonlySet<string>): readonly string[] {
  return [...policy.params.values()]
    .filter(({ param }) => param.type.kind === 'choice' && mentioned.has(param.name))
    .map(({ param }) => param.name)
}

export function variantCount(policy: PolicyInfo, params: readonly string[]): number {
  return params.reduce((count, name) => count * alternatives(policy, name).length, 1)
}

function alternatives(policy: PolicyInfo, name: string): readonly string[] {
  const type = policy.params.get(name)?.param.type
  return type?.kind === 'choice' ? type.choices : []
}

/** Every combination; the first parameter varies slowest. One empty combination when there are no parameters. */
export function combinations(policy: PolicyInfo, params: readonly string[]): readonly Readonly<Record<string, string>>[] {
  return params.reduce<readonly Readonly<Record<string, string>>[]>(
    (all, name) => all.flatMap((chosen) => alternatives(policy, name).map((choice) => ({ ...chosen, [name]: choice }))),
    [{}],
  )
}
