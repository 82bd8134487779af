/** The axes of a program: a few declared ones, some of them factored, with their extents in every run. */
import type { Choices } from './choices.ts'

/** A declared axis or a factor. Leaves are the atomic axes. */
export interface AxisNode {
  readonly name: string
  readonly parts: readonly AxisNode[]
  readonly pin: number | null
  /** Text of the pin: a number, or the name of a count parameter. */
  readonly pinText: string | null
}

const EXTENTS = [2, 1, 3, 0, 5, 8, 33, 64, 130, 257] as const
const OUTER = [1, 2, 0, 3, 5, 17, 40] as const
const PINS = [4, 2, 8, 3, 64] as const
/** Elements of the product of all axes. */
const MAX_VOLUME = 6000

export class Universe {
  readonly roots: readonly AxisNode[]
  /** Parameters that pin an axis, with their value. */
  readonly pins = new Map<string, number>()
  /** Extents of every atomic axis, run by run. */
  private readonly extents = new Map<string, readonly number[]>()
  readonly runs: number

  constructor(axes: readonly Choices[], runs: readonly Choices[]) {
    this.runs = runs.length
    this.roots = axes.map((choices, at) => this.root('abc'[at] ?? 'd', choices))
    const rows = runs.map((choices) => this.sizes(choices))
    const leaves = this.roots.flatMap(leavesOf)
    for (const leaf of leaves)
      this.extents.set(
        leaf.name,
        rows.map((row) => row.get(leaf.name) ?? 1),
      )
  }

  private root(name: string, choices: Choices): AxisNode {
    const shape = choices.below(8)
    if (shape < 5) return leaf(name)
    const pin = choices.pick(PINS)
    const byParam = choices.oneIn(4)
    if (byParam) this.pins.set(`${name}_size`, pin)
    const inner: AxisNode = { ...leaf(`${name}_in`), pin, pinText: byParam ? `${name}_size` : String(pin) }
    const outer = leaf(`${name}_out`)
    if (shape < 7) return { ...leaf(name), parts: [outer, inner] }
    const middle: AxisNode = { ...leaf(`${name}_mid`), pin: 2, pinText: '2' }
    return { ...leaf(name), parts: [{ ...leaf(`${name}_top`), parts: [outer, middle] }, inner] }
  }

  private sizes(choices: Choices): ReadonlyMap<string, number> {
    const sizes = new Map<string, number>()
    let volume = 1
    for (const root of this.roots)
      for (const one of leavesOf(root)) {
        const wanted = one.pin ?? choices.pick(root.parts.length > 0 ? OUTER : EXTENTS)
        const size = one.pin === null && volume * wanted > MAX_VOLUME ? 1 + (wanted % 3) : wanted
        sizes.set(one.name, size)
        volume *= Math.max(size, 1)
      }
    return sizes
  }

  /** A new atomic axis that is as long as another, or at most so when it is what is kept of it. */
  addLike(name: string, source: string): void {
    this.extents.set(name, this.extents.get(source) ?? [])
  }

  extentsOf(run: number): Readonly<Record<string, number>> {
    const entries = [...this.extents]
      .filter(([name]) => !name.startsWith('kept'))
      .map(([name, row]): [string, number] => [name, row[run] ?? 1])
    const known = new Map(entries)
    for (const root of this.roots) addProducts(root, known)
    return Object.fromEntries(known)
  }

  /** Elements over these atomic axes, at most, in any run; at least 1. */
  volume(axes: readonly string[]): number {
    const rows = Array.from({ length: this.runs }, (_, run) =>
      axes.reduce((product, axis) => product * (this.extents.get(axis)?.[run] ?? 1), 1),
    )
    return Math.max(1, ...rows)
  }

  /** Every axis, declared or factor, all of whose atoms are in the list. */
  within(axes: readonly string[]): readonly AxisNode[] {
    const known = this.roots.flatMap(nodesOf)
    const added = [...this.extents.keys()].filter((name) => !known.some((node) => node.name === name)).map(leaf)
    return [...known, ...added].filter((node) => leavesOf(node).every((one) => axes.includes(one.name)))
  }

  readonly atoms = (node: AxisNode): readonly string[] => atomsOf(node)

  declarations(): readonly string[] {
    return this.roots
      .flatMap(nodesOf)
      .flatMap((node) => (node.parts.length === 0 ? [] : [`${node.name} = ${node.parts.map(shown).join(' * ')}`]))
  }
}

const leaf = (name: string): AxisNode => ({ name, parts: [], pin: null, pinText: null })
const shown = (node: AxisNode): string => (node.pinText === null ? node.name : `${node.name}(${node.pinText})`)

export const leavesOf = (node: AxisNode): readonly AxisNode[] => (node.parts.length === 0 ? [node] : node.parts.flatMap(leavesOf))
export const atomsOf = (node: AxisNode): readonly string[] => leavesOf(node).map((one) => one.name)
const nodesOf = (node: AxisNode): readonly AxisNode[] => [node, ...node.parts.flatMap(nodesOf)]

function addProducts(node: AxisNode, known: Map<string, number>): number {
  const size =
    node.parts.length === 0
      ? (known.get(node.name) ?? 1)
      : node.parts.map((part) => addProducts(part, known)).reduce((x, y) => x * y, 1)
  known.set(node.name, size)
  return size
}
