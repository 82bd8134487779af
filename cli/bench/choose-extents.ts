/**
 * The extents of an entry that is measured: what the given tensors, sizes and pins say, and for the axes that these leave open whatever
 * makes the inputs as large as they should be. Deterministic, so that two runs measure the same.
 */
import type { ShapedTensor } from '../../abi/axes.ts'
import { dtypeBytes } from '../../abi/dtype.ts'
import { bindShapes } from '../../abi/extents.ts'
import { countOf, requireParam, type ParamValue } from '../../abi/params.ts'
import { equalExtents } from '../../compiler/ir/equal-axes.ts'
import type { DeclaredAxis, Func, FuncParam, Module } from '../../compiler/ir/node.ts'
import type { TensorType } from '../../compiler/ir/types.ts'
import { elementCount } from '../files/tensor.ts'

export interface ExtentRequest {
  readonly module: Module
  readonly func: Func
  /** Shapes of the inputs that are given; they may have extra leading axes. */
  readonly given: ReadonlyMap<string, readonly number[]>
  readonly sizes: Readonly<Record<string, number>>
  readonly params: ReadonlyMap<string, ParamValue>
  /** What all inputs together should have at least. */
  readonly bytes: number
}

export interface ChosenExtents {
  /** By atomic axis. */
  readonly extents: ReadonlyMap<string, number>
  /** How often the entry runs for inputs with extra leading axes. */
  readonly repeat: number
  /** Axes whose extents were chosen here. */
  readonly open: readonly string[]
}

/** Where an axis that grows starts, and what it never gets beyond. */
const SMALLEST = 4
const LARGEST = 2 ** 30

/** Throws EspalierError when what is given contradicts itself or does not say enough. */
export function chooseExtents(request: ExtentRequest): ChosenExtents {
  const { func } = request
  const inputs = func.params.filter(({ role }) => role === 'input')
  const states = func.params.filter(({ role }) => role === 'state')
  const bound = func.axes.filter(({ extent }) => extent.kind === 'bound').map(({ name }) => name)
  const known = bind(request, new Map(), [])
  const open = bound.filter((atom) => !known.extents.has(atom))
  const growing = groups(open, equalExtents(func))
  const shown = atomsShown(inputs)
  const grown = growing.some((group) => group.some((atom) => shown.has(atom)))
    ? growing.filter((group) => group.some((atom) => shown.has(atom)))
    : growing
  const counted = shown.size === 0 ? states : inputs
  const chosen = new Map(open.map((atom) => [atom, grown.some((group) => group.includes(atom)) ? SMALLEST : 1]))
  grow(grown, chosen, () => bytesOf(counted, request.given, new Map([...known.extents, ...chosen])) >= request.bytes)
  const binding = bind(request, chosen, bound)
  return { extents: binding.extents, repeat: elementCount(binding.leading), open }
}

/** Doubles the shortest axis, of equal ones the first, until there is enough. */
function grow(axes: readonly (readonly string[])[], extents: Map<string, number>, isEnough: () => boolean): void {
  const lengthOf = (group: readonly string[]): number => extents.get(group[0]!)!
  while (axes.length > 0 && !isEnough()) {
    const shortest = axes.reduce((least, group) => (lengthOf(group) < lengthOf(least) ? group : least))
    const next = 2 * lengthOf(shortest)
    if (next > LARGEST) return
    for (const atom of shortest) extents.set(atom, next)
  }
}

/** Axes that must be equally long are one. */
function groups(atoms: readonly string[], pairs: readonly (readonly [string, string])[]): readonly (readonly string[])[] {
  const groupOf = new Map(atoms.map((atom) => [atom, [atom]]))
  for (const [first, second] of pairs) {
    const [a, b] = [groupOf.get(first), groupOf.get(second)]
    if (a === undefined || b === undefined || a === b) continue
    a.push(...b)
    for (const atom of b) groupOf.set(atom, a)
  }
  return [...new Set(groupOf.values())]
}

const atomsShown = (params: readonly FuncParam[]): ReadonlySet<string> =>
  new Set(params.flatMap(({ axes }) => axes.flatMap(({ atoms }) => atoms)))

function bytesOf(
  params: readonly FuncParam[],
  given: ReadonlyMap<string, readonly number[]>,
  extents: ReadonlyMap<string, number>,
): number {
  const one = ({ name, type, axes }: FuncParam): number =>
    elementCount(given.get(name) ?? shapeOf(axes, extents)) * dtypeBytes((type as TensorType).dtype)
  return params.reduce((sum, param) => sum + one(param), 0)
}

export const shapeOf = (axes: readonly DeclaredAxis[], extents: ReadonlyMap<string, number>): readonly number[] =>
  axes.map(({ atoms }) => atoms.reduce((product, atom) => product * (extents.get(atom) ?? 1), 1))

function bind(
  { module, func, given, sizes, params }: ExtentRequest,
  chosen: ReadonlyMap<string, number>,
  needed: readonly string[],
): ReturnType<typeof bindShapes> {
  const shaped = func.params.flatMap(({ name, role, axes }): ShapedTensor[] => {
    const shape = role === 'input' ? given.get(name) : undefined
    return shape === undefined ? [] : [{ owner: name, axes, shape }]
  })
  return bindShapes({
    ...{ entry: func.name, axes: module.axes, atoms: func.axes.map(({ name }) => name), needed, inputs: shaped, states: [] },
    ...{ unmappable: null, known: new Map<string, number>(), sameExtent: equalExtents(func) },
    sizes: new Map([...Object.entries(sizes), ...chosen]),
    count: (param) => countOf(requireParam(params, param, module.name)),
  })
}
