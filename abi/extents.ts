/**
 * Binds shapes: from the shapes of inputs and states to the extent of every atomic axis of an entry. A dimension is the product
 * of its atoms; what is known is divided out until every atom has one extent or a contradiction is found, which is thrown as
 * an EspalierError that names the axis and both places.
 */
import { atomsOf, type ShapedTensor } from './axes.ts'
import { problem } from './espalier-error.ts'
import { splitLeading } from './leading.ts'
import type { Manifest } from './manifest.ts'

export interface BindRequest {
  readonly entry: string
  /** Axes of the policy, with factoring and pins. */
  readonly axes: Manifest['axes']
  /** Atomic axes of the entry. */
  readonly atoms: readonly string[]
  /** Those whose extent must be known before the first step. */
  readonly needed: readonly string[]
  /** Inputs whose shapes may have extra leading axes. */
  readonly inputs: readonly ShapedTensor[]
  /** States that the entry touches and that have extents already. */
  readonly states: readonly ShapedTensor[]
  /** Why the entry cannot be mapped over extra leading axes; null when it can. */
  readonly unmappable: string | null
  /** Atoms known from the policy's own scalars. */
  readonly known: ReadonlyMap<string, number>
  /** Extents by declared or atomic name, used for what nothing else shows. */
  readonly sizes: ReadonlyMap<string, number>
  /** Pairs of atoms that must have the same extent. */
  readonly sameExtent?: readonly (readonly [string, string])[]
  /** Value of a count parameter that pins an axis. */
  readonly count: (param: string) => number
}

export interface Binding {
  /** Extra leading extents, outermost first; the entry runs once for each index. */
  readonly leading: readonly number[]
  /** Owners of the inputs that have the leading axes; the others are shared. */
  readonly mapped: ReadonlySet<string>
  readonly extents: ReadonlyMap<string, number>
}

interface Dim {
  readonly owner: string
  readonly axis: string
  readonly atoms: readonly string[]
  readonly extent: number
}

interface Solved {
  readonly extent: number
  readonly owner: string
}

export function bindShapes(request: BindRequest): Binding {
  const { leading, mapped, own } = splitLeading(request.inputs, request.entry, request.unmappable)
  const solved = new Map<string, Solved>()
  for (const [atom, extent] of request.known) solved.set(atom, { extent, owner: 'the policy' })
  const dims = [...pinnedDims(request), ...[...request.states, ...own].flatMap(dimsOf)]
  solve(dims, solved)
  for (const dim of sizeDims(request)) {
    if (dim.atoms.every((atom) => solved.has(atom))) continue
    dims.push(dim)
    solve(dims, solved)
  }
  for (const [first, second] of request.sameExtent ?? []) requireSame(first, second, solved)
  const missing = request.needed.find((atom) => !solved.has(atom))
  if (missing !== undefined) throw problem('ESP4303', { axis: missing, entry: request.entry })
  return { leading, mapped, extents: new Map([...solved].map(([atom, { extent }]) => [atom, extent])) }
}

/** An axis shown by neither input takes the extent of the other. */
function requireSame(first: string, second: string, solved: Map<string, Solved>): void {
  const x = solved.get(first)
  const y = solved.get(second)
  if (x === undefined || y === undefined) {
    if (y !== undefined) solved.set(first, y)
    if (x !== undefined) solved.set(second, x)
  } else if (x.extent !== y.extent) throw problem('ESP4306', { first, second, expected: x.extent, got: y.extent })
}

const dimsOf = (tensor: ShapedTensor): Dim[] =>
  tensor.axes.map((axis, i) => ({ owner: tensor.owner, axis: axis.name, atoms: axis.atoms, extent: tensor.shape[i] ?? 0 }))

function pinnedDims(request: BindRequest): Dim[] {
  const present = new Set(request.atoms)
  return request.axes.flatMap(({ name, pinned }) => {
    const atoms = atomsOf(request.axes, name, present)
    if (pinned === null || atoms === null) return []
    const isNumber = /^\d+$/.test(pinned)
    const extent = isNumber ? Number(pinned) : request.count(pinned)
    return [{ owner: isNumber ? 'the policy' : `the policy (parameter \`${pinned}\`)`, axis: name, atoms, extent }]
  })
}

function sizeDims(request: BindRequest): Dim[] {
  const present = new Set(request.atoms)
  return [...request.sizes].flatMap(([axis, extent]) => {
    const atoms = atomsOf(request.axes, axis, present)
    return atoms === null ? [] : [{ owner: 'sizes', axis, atoms, extent }]
  })
}

/** Adds to `solved` what the dimensions determine; throws at the first contradiction. */
function solve(dims: readonly Dim[], solved: Map<string, Solved>): void {
  let open = dims
  for (;;) {
    const waiting = open.filter((dim) => !settle(dim, solved))
    if (waiting.length === open.length) break
    open = waiting
  }
  // An extent of 0 says nothing about two atoms, one of which is 0: then any extent fits, and 1 is the plainest.
  const idle = open.find((dim) => dim.extent === 0 && dim.atoms.some((atom) => solved.get(atom)?.extent === 0))
  const atom = idle?.atoms.find((name) => !solved.has(name))
  if (idle !== undefined && atom !== undefined) {
    solved.set(atom, { extent: 1, owner: idle.owner })
    solve(open, solved)
  }
}

/** True when the dimension has nothing more to say. */
function settle(dim: Dim, solved: Map<string, Solved>): boolean {
  const unknown = dim.atoms.filter((atom) => !solved.has(atom))
  const knownAtoms = dim.atoms.filter((atom) => solved.has(atom))
  const factor = knownAtoms.reduce((product, atom) => product * (solved.get(atom)?.extent ?? 1), 1)
  const [only] = unknown
  if (only === undefined) {
    if (factor !== dim.extent) throw conflict(dim, factor, solved)
    return true
  }
  if (factor === 0 && dim.extent !== 0) throw conflict(dim, 0, solved)
  if (unknown.length > 1 || factor === 0) return false
  if (dim.extent % factor !== 0) throw indivisible(dim, knownAtoms, factor)
  solved.set(only, { extent: dim.extent / factor, owner: dim.owner })
  return true
}

function conflict(dim: Dim, expected: number, solved: ReadonlyMap<string, Solved>): Error {
  const owners = [...new Set(dim.atoms.flatMap((atom) => solved.get(atom)?.owner ?? []))].filter((owner) => owner !== dim.owner)
  const parts = dim.atoms.map((atom) => `${atom} (${solved.get(atom)?.extent ?? '?'})`).join(' * ')
  const first = dim.atoms.length > 1 ? `${owners.join(' and ') || dim.owner}, as ${parts},` : (owners[0] ?? dim.owner)
  return problem('ESP4301', { axis: dim.axis, expected, got: dim.extent, first, second: dim.owner })
}

const indivisible = (dim: Dim, known: readonly string[], factor: number): Error =>
  problem('ESP4302', {
    axis: dim.axis,
    owner: dim.owner,
    expected: `a multiple of ${factor}`,
    got: dim.extent,
    factor,
    factors: known.map((atom) => `\`${atom}\``).join(' * '),
  })
