/**
 * Named axes of a policy and how one entry sees them. A factored axis is replaced by its factors only in entries that
 * name one of them; elsewhere it is atomic. All lists of atoms are outermost first.
 */
import type { Rational } from '../../../abi/rational.ts'
import type { Span } from '../../diagnostics/span.ts'
import type { DeclaredAxis } from '../../ir/node.ts'

/** A fixed extent: a number, or a count parameter of the policy. */
export type Pin =
  | { readonly kind: 'number'; readonly value: Rational; readonly span: Span }
  | { readonly kind: 'param'; readonly name: string; readonly span: Span }
  /** Reported already: the size counts as known, so that nothing else is reported for it. */
  | { readonly kind: 'error'; readonly span: Span }

export interface AxisInfo {
  readonly name: string
  /** Empty when the axis is not factored. */
  readonly factors: readonly string[]
  readonly pin: Pin | null
  /** `axes other = token`: another axis of the same size. */
  readonly like: string | null
  /** Where it was first written. */
  readonly span: Span
}

/** Every axis of a policy by name: declared, or written in the type of an input or a state, or made by `compact … as`. */
export type PolicyAxes = ReadonlyMap<string, AxisInfo>

/** All axes that `name` consists of, itself included. Cycles have been refused before. */
function partsOf(axes: PolicyAxes, name: string): readonly string[] {
  const factors = axes.get(name)?.factors ?? []
  return [name, ...factors.flatMap((factor) => partsOf(axes, factor))]
}

/** The axes of a policy as one entry sees them. Axes made inside the entry are added as they appear. */
export class EntryAxes {
  readonly all: PolicyAxes
  private readonly expanded: ReadonlySet<string>
  /** Declared factored axes that this entry writes in its inputs and states, for naming results. */
  private readonly shown = new Set<string>()

  constructor(all: PolicyAxes, mentioned: ReadonlySet<string>) {
    this.all = all
    const isExpanded = (name: string) => partsOf(all, name).some((part) => part !== name && mentioned.has(part))
    this.expanded = new Set([...all.keys()].filter(isExpanded))
  }

  show(name: string): void {
    this.shown.add(name)
  }

  /** The atomic axes of a known axis. */
  atomsOf(name: string): readonly string[] {
    if (!this.expanded.has(name)) return [name]
    return (this.all.get(name)?.factors ?? []).flatMap((factor) => this.atomsOf(factor))
  }

  declared(names: readonly string[]): readonly DeclaredAxis[] {
    return names.map((name) => ({ name, atoms: this.atomsOf(name) }))
  }

  /** Adjacent atoms that make up a factored axis, in order, become that axis again: the longest first, shown ones preferred. */
  regroup(atoms: readonly string[]): readonly DeclaredAxis[] {
    const out: DeclaredAxis[] = []
    for (let at = 0; at < atoms.length;) {
      const group = this.groupAt(atoms, at) ?? { name: atoms[at] ?? '', atoms: [atoms[at] ?? ''] }
      out.push(group)
      at += group.atoms.length
    }
    return out
  }

  private groupAt(atoms: readonly string[], at: number): DeclaredAxis | null {
    const fits = [...this.expanded]
      .map((name) => ({ name, atoms: this.atomsOf(name) }))
      .filter((group) => group.atoms.every((atom, offset) => atoms[at + offset] === atom))
    const weight = (group: DeclaredAxis) => group.atoms.length * 2 + (this.shown.has(group.name) ? 1 : 0)
    return fits.sort((a, b) => weight(b) - weight(a))[0] ?? null
  }

  /** Axis names for messages. */
  readonly names = (atoms: readonly string[]): readonly string[] => this.regroup(atoms).map((axis) => axis.name)
}
