/** Which sizes a caller has to say of a variant: those of the axes that tensors have, and what these leave open. */
import { atomsOf } from '../../../abi/axes.ts'
import type { EntrySpec, Manifest, VariantSpec } from '../../../abi/manifest.ts'
import { earlyAxes } from './scalar-order.ts'

export interface CallSize {
  /** A declared axis, or an atomic one that no tensor shows. */
  readonly axis: string
  readonly atoms: readonly string[]
  /** Tensors that have it. */
  readonly tensors: readonly string[]
}

/** A declared axis whose extent the policy says: a number, or a parameter. */
export interface PinnedSize {
  readonly axis: string
  readonly atoms: readonly string[]
  readonly pinned: string
}

export interface CallSizes {
  readonly given: readonly CallSize[]
  readonly pinned: readonly PinnedSize[]
  /** Whether sizes are products of axes, or say the same axis twice. */
  readonly areSolved: boolean
}

interface Shown {
  readonly axis: string
  readonly atoms: readonly string[]
  readonly tensor: string
}

export function sizesOf(manifest: Manifest, entry: EntrySpec, variant: VariantSpec): CallSizes {
  const kinds = new Map(variant.axes.map((axis) => [axis.name, axis.kind]))
  const given: { axis: string; atoms: readonly string[]; tensors: string[] }[] = []
  for (const { axis, atoms, tensor } of shown(manifest, entry, variant)) {
    const known = given.find((size) => size.axis === axis)
    if (known !== undefined && !known.tensors.includes(tensor)) known.tensors.push(tensor)
    if (known === undefined && atoms.some((atom) => kinds.get(atom) === 'bound')) given.push({ axis, atoms, tensors: [tensor] })
  }
  const pinned = pinnedSizes(manifest, variant)
  const bound = variant.axes.flatMap((axis) => (axis.kind === 'bound' ? [axis.name] : []))
  for (;;) {
    const open = unsolved(variant, [...pinned, ...given], bound)
    if (open === undefined) break
    given.push({ axis: open, atoms: [open], tensors: [] })
  }
  const atoms = given.flatMap((size) => size.atoms)
  const areSolved =
    pinned.length > 0 ||
    new Set(atoms).size < atoms.length ||
    given.some((size) => size.atoms.length > 1 || kinds.get(size.atoms[0] ?? '') !== 'bound')
  return { given, pinned, areSolved }
}

function shown(manifest: Manifest, entry: EntrySpec, variant: VariantSpec): readonly Shown[] {
  const present = new Set(variant.axes.map(({ name }) => name))
  const inputs = entry.inputs.flatMap(({ name, axes }) =>
    axes.map((axis) => ({ axis: axis.name, atoms: axis.atoms, tensor: name })),
  )
  const states = variant.states.flatMap(({ name }) => {
    const declared = manifest.states.find((state) => state.name === name)?.axes ?? []
    return declared.flatMap((axis) => {
      const atoms = atomsOf(manifest.axes, axis, present)
      return atoms === null ? [] : [{ axis, atoms, tensor: name }]
    })
  })
  return [...inputs, ...states]
}

/** Pins of axes that a scalar does not give already. */
function pinnedSizes(manifest: Manifest, variant: VariantSpec): readonly PinnedSize[] {
  const present = new Set(variant.axes.map(({ name }) => name))
  const isBound = (atom: string): boolean => variant.axes.some(({ name, kind }) => name === atom && kind === 'bound')
  return manifest.axes.flatMap(({ name, pinned }) => {
    const atoms = atomsOf(manifest.axes, name, present)
    return pinned === null || atoms === null || !atoms.some(isBound) ? [] : [{ axis: name, atoms, pinned }]
  })
}

/** The first axis that the sizes do not determine, however they come out. */
function unsolved(
  variant: VariantSpec,
  sizes: readonly { readonly atoms: readonly string[] }[],
  bound: readonly string[],
): string | undefined {
  const solved = new Set(earlyAxes(variant))
  for (let before = -1; before !== solved.size;) {
    before = solved.size
    for (const { atoms } of sizes) {
      const [open, ...more] = atoms.filter((atom) => !solved.has(atom))
      if (open !== undefined && more.length === 0) solved.add(open)
    }
  }
  for (const pair of variant.sameExtent ?? [])
    if (pair.some((atom) => solved.has(atom))) for (const atom of pair) solved.add(atom)
  return bound.find((atom) => !solved.has(atom))
}
