/** Arguments that are positions along an axis: refused outside of it before anything runs, by every host alike. */
import type { DeclaredAxis } from './axes.ts'
import { problem } from './espalier-error.ts'
import { countOf, requireParam, type ParamValues } from './params.ts'

export interface IndexArgument {
  readonly name: string
  readonly axis: DeclaredAxis
}

/** Throws ESP4307 unless the value is one of 0 to extent - 1. */
export function requireInside(
  { name, axis }: IndexArgument,
  values: ParamValues,
  extents: ReadonlyMap<string, number>,
  entry: string,
): void {
  const extent = axis.atoms.reduce((product, atom) => product * (extents.get(atom) ?? 0), 1)
  const got = countOf(requireParam(values, name, entry))
  if (got < 0 || got >= extent) throw problem('ESP4307', { param: name, entry, axis: axis.name, expected: extent, got })
}
