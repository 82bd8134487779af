/** Random order statistics, and selections under budgets of mass and cost. Scores are exact, so every order is the same. */
import type { Choices } from './choices.ts'
import { countsOf, type Draft } from './draft.ts'
import type { Make } from './elementwise.ts'
import { atomsOf, type AxisNode } from './universe.ts'
import { approximate, asFloat, makeVal, operand, rounded, type Val } from './value.ts'

interface Row {
  readonly x: Val
  readonly names: string
  readonly kept: readonly string[]
  /** Elements of a row, at most. */
  readonly n: number
}

/** A dense tensor of exact numbers, and axes of it to order along. */
function rowOf(draft: Draft, choices: Choices, test: (value: Val) => boolean = () => true): Row | null {
  const x = draft.exact(choices, (value) => value.axes.length > 0 && !value.packed && test(value))
  if (x === null) return null
  const nodes = nodesOf(draft, choices, x)
  const reduced = nodes.flatMap(atomsOf)
  if (reduced.length === 0) return null
  return {
    x,
    names: nodes.map((node) => node.name).join(', '),
    kept: x.axes.filter((axis) => !reduced.includes(axis)),
    n: draft.universe.volume(reduced),
  }
}

function nodesOf(draft: Draft, choices: Choices, x: Val): readonly AxisNode[] {
  const within = draft.universe.within(x.axes)
  const wanted = choices.oneIn(3) ? choices.someOrOne(within) : [choices.pick(within)].filter((node) => node !== undefined)
  const taken = new Set<string>()
  return wanted.filter((node) => {
    const atoms = atomsOf(node)
    const isFree = atoms.every((atom) => !taken.has(atom))
    if (isFree) atoms.forEach((atom) => taken.add(atom))
    return isFree
  })
}

const places = (n: number): number => Math.ceil(Math.log2(n + 1)) + 1

export const orderStatistic: Make = (draft, choices) => {
  const row = rowOf(draft, choices)
  if (row === null) return null
  const { x, names, kept, n } = row
  const facts = { kind: x.kind, bound: x.bound, fraction: x.fraction, domain: x.domain }
  switch (choices.below(4)) {
    case 0:
      return makeVal({ text: `rank[${names}](${x.text})`, kind: 'int', axes: x.axes, bound: places(n), domain: x.domain })
    case 1:
      return makeVal({ text: `order[${names}](${x.text})`, kind: 'int', axes: x.axes, bound: places(n), domain: x.domain })
    case 2:
      return makeVal({ ...facts, text: `sort[${names}](${x.text})`, axes: x.axes })
    default: {
      const k = choices.oneIn(2) ? draft.param('k', 'count', countsOf(draft, choices)).name : String(1 + choices.below(4))
      const bound = x.kind === 'int' ? 31 : x.kind === 'uint' ? 32 : x.bound
      return makeVal({ ...facts, text: `kth[${names}](${x.text}, ${k})`, axes: kept, bound, domain: false })
    }
  }
}

const QUANTILES = ['50%', '0%', '100%', '25%', '30%', '12.5%', 'r'] as const

export const quantile: Make = (draft, choices) => {
  const row = rowOf(draft, choices, (value) => value.bound < 60)
  if (row === null) return null
  const { x, names, kept } = row
  const f = asFloat(x)
  const mode = choices.pick(['lower', 'linear', 'higher', 'nearest', 'midpoint'] as const)
  const q = choices.pick(QUANTILES)
  if (q === 'r')
    draft.param(
      'r',
      'ratio',
      Array.from({ length: draft.universe.runs }, () => choices.pick(['50%', '10%', '100%'] as const)),
    )
  const text = `quantile[${names}](${x.text}, ${q}, ${mode} else ${choices.below(3)})`
  const isElement = mode === 'lower' || mode === 'higher' || mode === 'nearest'
  const facts = isElement ? rounded(Math.max(f.bound, 2), f.fraction, f.error) : approximate(Math.max(f.bound, 2) + 1, 0)
  return makeVal({ text, kind: 'float', axes: kept, ...facts })
}

/** Sums of scores and costs stay far below what f64, and the comparison with a share of them, could round. */
const summable = (value: Val): boolean => value.bound + value.fraction <= 16

export const measured: Make = (draft, choices) => {
  const row = rowOf(draft, choices, (value) => !value.domain && (value.kind !== 'float' || summable(value)))
  if (row === null) return null
  const { x, names } = row
  const mode = choices.pick(['keep', 'drop'] as const)
  const of = names.includes(',') ? `(${names})` : names
  const share = choices.pick(['50%', '25%', '100%', '0%', '75%'] as const)
  const rest = `${within(draft, choices, x)}${choices.oneIn(4) ? ' at least 1' : ''}`
  if (choices.oneIn(2)) return mask(x, `${mode} mass ${share} of ${of} by ${x.text}${rest}`)
  const cost = draft.exact(
    choices,
    (value) =>
      !value.packed && !value.domain && summable(value) && value.axes.every((axis) => x.axes.includes(axis)) && value !== x,
  )
  const limit = choices.oneIn(2) ? share : String(choices.below(40))
  const round = choices.pick(['', ' round up', ' round nearest'] as const)
  return mask(x, `${mode} cost ${limit} of ${of} by ${x.text} costing ${cost === null ? '2' : operand(cost)}${rest}${round}`)
}

function within(draft: Draft, choices: Choices, x: Val): string {
  const over = (value: Val): boolean => value.axes.every((axis) => x.axes.includes(axis)) && !value.domain && !value.packed
  const parts = ['within', 'protect'].map((word) => {
    const found = choices.oneIn(4) ? draft.masks(choices, over) : null
    return found === null ? '' : ` ${word} ${operand(found)}`
  })
  return parts.join('')
}

const mask = (x: Val, text: string): Val => makeVal({ text, kind: 'mask', axes: x.axes })

/** One budget for two kinds of units; each kind becomes a variable. */
export const joint: Make = (draft, choices) => {
  const first = rowOf(draft, choices, (value) => !value.domain)
  const second = first === null ? null : rowOf(draft, choices, (value) => !value.domain && value.kind === first.x.kind)
  if (first === null || second === null || first.kept.join() !== second.kept.join()) return null
  const unit = (name: string, row: Row, cost: string): string => {
    const of = row.names.includes(',') ? `(${row.names})` : row.names
    return `${name}: ${of} by ${row.x.text}${cost}${within(draft, choices, row.x)}`
  }
  const byCost = choices.oneIn(2)
  const amount = byCost
    ? `cost ${choices.pick(['50%', '25%', '75%'] as const)}`
    : choices.pick(['3', '50%', '1', '30%', '0'] as const)
  const cost = (n: number): string => (byCost ? ` costing ${n}` : '')
  const round = byCost ? choices.pick(['', ' round up', ' round nearest'] as const) : ''
  const name = `j${draft.lines.length}`
  draft.lines.push(`${name} = keep ${amount} of ${unit('p', first, cost(3))}, ${unit('q', second, cost(1))}${round}`)
  draft.variables.push(mask(second.x, `${name}.q`))
  return mask(first.x, `${name}.p`)
}
