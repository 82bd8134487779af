/** Declared axes and the atomic axes they stand for in one entry. */
import type { Manifest } from './manifest.ts'

export interface DeclaredAxis {
  readonly name: string
  readonly atoms: readonly string[]
}

/** A shape whose dimensions are declared axes; `owner` names it in messages. */
export interface ShapedTensor {
  readonly owner: string
  readonly axes: readonly DeclaredAxis[]
  readonly shape: readonly number[]
}

type AxisTable = Manifest['axes']

/**
 * The atomic axes of a declared axis in an entry whose atomic axes are `atoms`: itself, or its factors (which may be factored
 * again), outermost first. Null when the entry has neither.
 */
export function atomsOf(axes: AxisTable, name: string, atoms: ReadonlySet<string>): readonly string[] | null {
  if (atoms.has(name)) return [name]
  const factors = axes.find((axis) => axis.name === name)?.factors ?? []
  const parts = factors.map((factor) => atomsOf(axes, factor, atoms))
  return parts.length === 0 || parts.includes(null) ? null : parts.flatMap((part) => part ?? [])
}

/** `[kv, token]`, as types are written. */
export const axisList = (axes: readonly { readonly name: string }[]): string => `[${axes.map((axis) => axis.name).join(', ')}]`
