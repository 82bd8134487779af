/** Random reductions, softmax, scans and windows over subsets of the axes of a variable, with and without a `where`. */
import type { Choices } from './choices.ts'
import { countsOf, type Draft } from './draft.ts'
import { root, type Make } from './elementwise.ts'
import { atomsOf, type AxisNode } from './universe.ts'
import { approximate, asFloat, isExact, magnitude, makeVal, operand, rounded, union, wrapped, type Val } from './value.ts'

/** The argument of a reduction: a variable, perhaps with a mask. */
interface Argument {
  readonly x: Val
  readonly text: string
  readonly axes: readonly string[]
  readonly domain: boolean
  readonly names: readonly string[]
  readonly reduced: readonly string[]
  readonly kept: readonly string[]
  /** Number of elements reduced into one, at most. */
  readonly n: number
}

/** Axes of the list, none sharing an atom with another. */
function disjoint(nodes: readonly AxisNode[]): readonly AxisNode[] {
  const taken = new Set<string>()
  return nodes.filter((node) => {
    const atoms = atomsOf(node)
    if (atoms.some((atom) => taken.has(atom))) return false
    atoms.forEach((atom) => taken.add(atom))
    return true
  })
}

function argumentOf(draft: Draft, choices: Choices, test: (value: Val) => boolean): Argument | null {
  const x = draft.variable(choices, (value) => value.axes.length > 0 && test(value))
  if (x === null) return null
  const mask = choices.oneIn(3) ? draft.masks(choices, (value) => draft.fits(value.axes, x.axes)) : null
  const axes = mask === null ? x.axes : union(x.axes, mask.axes)
  const over = disjoint(choices.someOrOne(draft.universe.within(axes)))
  const reduced = over.flatMap(atomsOf)
  return {
    x,
    text: mask === null ? x.text : `${operand(x)} where ${operand(mask)}`,
    axes,
    domain: x.domain || mask !== null,
    names: over.map((node) => node.name),
    reduced,
    kept: axes.filter((axis) => !reduced.includes(axis)),
    n: draft.universe.volume(reduced),
  }
}

const call = (name: string, argument: Argument, otherwise: string | null = null): string =>
  `${name}[${argument.names.join(', ')}](${argument.text}${otherwise === null ? '' : ` else ${otherwise}`})`

export const total: Make = (draft, choices) => {
  const argument = argumentOf(draft, choices, (value) => value.bound < 60 || value.kind !== 'float')
  return argument === null ? null : makeVal({ text: call('sum', argument), axes: argument.kept, ...sumOf(argument) })
}

function sumOf({ x, n }: Argument): Pick<Val, 'kind' | 'bound' | 'fraction' | 'error'> {
  const bits = Math.ceil(Math.log2(n))
  if (x.kind === 'mask') return { kind: 'int', bound: bits + 1, fraction: 0, error: 0 }
  if (x.kind !== 'float') return { kind: x.kind, ...wrapped(x.kind, x.bound + bits) }
  const once = rounded(x.bound + bits, x.fraction, x.error * n)
  return { kind: 'float', ...once, error: once.error === 0 ? 0 : once.error + n * 2 ** (x.bound + bits - 24) }
}

const withElse = (argument: Argument, choices: Choices): string | null =>
  argument.domain || choices.oneIn(4) ? String(choices.below(3)) : null

export const extreme: Make = (draft, choices) => {
  const name = choices.pick(['max', 'min', 'argmax', 'argmin'] as const)
  const isPosition = name.startsWith('arg')
  const argument = argumentOf(draft, choices, (value) => value.kind !== 'mask' && (!isPosition || isExact(value)))
  if (argument === null) return null
  const otherwise = withElse(argument, choices)
  const base = { text: call(name, argument, otherwise), axes: argument.kept }
  if (isPosition) return makeVal({ ...base, kind: 'int', bound: Math.ceil(Math.log2(argument.n + 1)) + 1 })
  const { x } = argument
  const bound = x.kind === 'int' ? 31 : x.kind === 'uint' ? 32 : Math.max(x.bound, 2)
  return makeVal({ ...base, kind: x.kind, bound, fraction: x.fraction, error: x.error })
}

export const product: Make = (draft, choices) => {
  const argument = argumentOf(draft, choices, (value) => value.kind !== 'mask')
  if (argument === null) return null
  const { x, n } = argument
  const base = { text: call('product', argument), axes: argument.kept }
  if (x.kind === 'float') {
    if (!isExact(x) || (x.bound + x.fraction) * n > 24) return null
    return makeVal({ ...base, kind: 'float', bound: x.bound * n, fraction: x.fraction * n })
  }
  return x.kind === 'mask' ? null : makeVal({ ...base, kind: x.kind, ...wrapped(x.kind, x.bound * n + 1) })
}

export const quantifier: Make = (draft, choices) => {
  const name = choices.pick(['any', 'all', 'count', 'sum'] as const)
  const argument = argumentOf(draft, choices, (value) => value.kind === 'mask' || name === 'count')
  if (argument === null) return null
  const base = { text: call(name, argument), axes: argument.kept }
  if (name === 'any' || name === 'all') return makeVal({ ...base, kind: 'mask' })
  return makeVal({ ...base, kind: 'int', bound: Math.ceil(Math.log2(argument.n + 1)) + 1 })
}

/** Statistics whose results depend on the order of additions. */
export const statistic: Make = (draft, choices) => {
  const name = choices.pick(['mean', 'var', 'norm', 'std', 'lse', 'softmax'] as const)
  const argument = argumentOf(draft, choices, (value) => value.kind !== 'mask' && value.bound < 30 && value.error < 1)
  if (argument === null || (name === 'softmax' && !draft.fits(argument.axes))) return null
  const otherwise = ['mean', 'var', 'std'].includes(name) && argument.domain ? String(choices.below(3)) : null
  const axes = name === 'softmax' ? argument.axes : argument.kept
  return makeVal({ text: call(name, argument, otherwise), axes, kind: 'float', domain: false, ...statisticFacts(name, argument) })
}

function statisticFacts(name: string, argument: Argument): Pick<Val, 'bound' | 'fraction' | 'error'> {
  const { n } = argument
  const x = asFloat(argument.x)
  const size = magnitude(x)
  const sum = sumOf({ ...argument, x })
  const squares = (x.error * 2 * size + x.error ** 2) * n + n * 2 ** (2 * x.bound + Math.log2(n) - 23)
  switch (name) {
    case 'mean':
      return approximate(Math.max(x.bound, 1), sum.error)
    case 'var':
      return approximate(2 * x.bound + 1, 4 * squares)
    case 'std':
      return approximate(Math.max(x.bound, 1), Math.sqrt(4 * squares))
    case 'norm': {
      const exact = root({ ...x, bound: 2 * x.bound + Math.log2(n), error: isExact(x) ? 0 : squares })
      return { ...exact, error: exact.error + n * 2 ** (exact.bound - 24) }
    }
    case 'lse':
      return approximate(Math.max(x.bound + 1, Math.log2(n + 1)), x.error + 2 ** (x.bound - 22) + n * 2 ** -20)
    default:
      return approximate(0, Math.min(1, 3 * (x.error + 2 ** (x.bound - 22)) + n * 2 ** -20))
  }
}

/** Along one atomic axis. */
export const scan: Make = (draft, choices) => {
  const x = draft.numbers(choices, (value) => value.axes.length > 0 && (value.bound < 60 || value.kind !== 'float'))
  const axis = x === null ? undefined : choices.pick(x.axes)
  if (x === null || axis === undefined) return null
  const n = draft.universe.volume([axis])
  const base = { axes: x.axes, kind: x.kind, bound: x.bound, fraction: x.fraction, error: x.error }
  switch (choices.below(5)) {
    case 0:
      return makeVal({ ...base, ...sumFacts(x, n), text: `cumsum[${axis}](${x.text})` })
    case 1:
      return makeVal({
        ...base,
        text: `shift[${axis}](${x.text}, ${choices.pick(['1', '-1', '2', '-40', 'k'] as const)})`,
        ...k(draft, choices),
      })
    case 2:
      return x.domain || x.kind !== 'float'
        ? null
        : makeVal({ ...base, text: `max_pool[${axis}](${x.text}, ${width(draft, choices)})` })
    case 3:
      return makeVal({ ...base, ...sumFacts(x, n), text: `sum_pool[${axis}](${x.text}, ${width(draft, choices)})` })
    default: {
      const facts = sumFacts(asFloat(x), n)
      return makeVal({
        ...base,
        kind: 'float',
        text: `pool[${axis}](${x.text}, ${width(draft, choices)})`,
        ...approximate(facts.bound, facts.error),
      })
    }
  }
}

const sumFacts = (x: Val, n: number): Pick<Val, 'bound' | 'fraction' | 'error'> => {
  const { bound, fraction, error } = sumOf({ x, n, text: '', axes: [], domain: false, names: [], reduced: [], kept: [] })
  return { bound, fraction, error }
}

/** Declares the parameter k: some texts above name it. */
function k(draft: Draft, choices: Choices): object {
  draft.param('k', 'count', countsOf(draft, choices))
  return {}
}

function width(draft: Draft, choices: Choices): string {
  if (!choices.oneIn(3)) return String(1 + choices.below(5))
  return draft.param(
    'w',
    'count',
    Array.from({ length: draft.universe.runs }, () => 1 + choices.below(70)),
  ).name
}
