/** From declared axes and atomic extents to shapes and packed layouts. */
import type { PackingSpec, TensorSpec } from '../../abi/manifest.ts'
import type { PackedLayout } from '../../abi/packed.ts'

type Axes = TensorSpec['axes']
type Extents = ReadonlyMap<string, number>

/** Extents of the declared axes. */
export const shapeOf = (axes: Axes, extents: Extents): number[] =>
  axes.map(({ atoms }) => atoms.reduce((product, atom) => product * (extents.get(atom) ?? 0), 1))

export function layoutOf(axes: Axes, packing: PackingSpec, leading: readonly number[], extents: Extents): PackedLayout {
  const atoms = axes.flatMap((axis) => axis.atoms)
  const { inside } = packing
  return {
    format: packing.format,
    exact: packing.exact,
    dims: [...leading, ...atoms.map((atom) => extents.get(atom) ?? 0)],
    over: [...leading.map(() => false), ...atoms.map((atom) => packing.over.includes(atom))],
    ...(inside && { inside: [...leading.map(() => false), ...atoms.map((atom) => inside.includes(atom))] }),
  }
}
