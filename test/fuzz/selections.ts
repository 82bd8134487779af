/** Random selections, and what is done with masks: packing, compacting, renaming. Scores are exact. */
import type { Choices } from './choices.ts'
import { countsOf, type Draft } from './draft.ts'
import type { Make } from './elementwise.ts'
import { atomsOf, type AxisNode } from './universe.ts'
import { isExact, makeVal, operand, union, type Val } from './value.ts'

const RATIOS = ['50%', '30%', '100%', '0%', '12.5%', '70%'] as const

export const selection: Make = (draft, choices) => {
  const score = draft.exact(choices, (value) => value.axes.length > 0)
  if (score === null) return null
  const over = choices.oneIn(3)
    ? choices.someOrOne(draft.universe.within(score.axes))
    : [choices.pick(draft.universe.within(score.axes))]
  const nodes = disjoint(over.filter((node) => node !== undefined))
  return selectionOver(draft, choices, score, nodes)
}

function disjoint(nodes: readonly AxisNode[]): readonly AxisNode[] {
  return nodes.filter(
    (node, at) => !nodes.slice(0, at).some((before) => atomsOf(before).some((atom) => atomsOf(node).includes(atom))),
  )
}

function selectionOver(draft: Draft, choices: Choices, score: Val, nodes: readonly AxisNode[]): Val | null {
  const selected = nodes.flatMap(atomsOf)
  if (selected.length === 0) return null
  const amount = amountOf(draft, choices, score, selected)
  const names = nodes.map((node) => node.name)
  const by =
    choices.pick([score.text, `abs(${score.text})`, ...(score.kind === 'uint' ? [] : [`-${operand(score)}`])]) ?? score.text
  const parts = [
    `${choices.pick(['keep', 'drop'] as const)} ${amount.text} of ${names.length === 1 ? names[0] : `(${names.join(', ')})`} by ${by}`,
  ]
  const modifiers = modifiersOf(draft, choices, score, amount.kind)
  const exact = amount.kind !== 'rows' && !score.domain && !modifiers.some((one) => /within|ties|protect/.test(one))
  parts.push(...modifiers)
  const count =
    exact &&
    amount.kind === 'count' &&
    /^\d+$/.test(amount.text) &&
    modifiers.length === 0 &&
    parts[0]?.startsWith('keep') === true
  return makeVal({
    text: parts.join(' '),
    kind: 'mask',
    axes: score.axes,
    selected: { axes: selected, exact },
    ...(count ? { bound: Number(amount.text) } : {}),
  })
}

interface Amount {
  readonly text: string
  readonly kind: 'count' | 'ratio' | 'rows'
}

function amountOf(draft: Draft, choices: Choices, score: Val, selected: readonly string[]): Amount {
  const ratio = (): string =>
    draft.param(
      'r',
      'ratio',
      Array.from({ length: draft.universe.runs }, () => choices.pick(RATIOS)),
    ).name
  switch (choices.below(9)) {
    case 0:
      return { text: String(1 + choices.below(5)), kind: 'count' }
    case 1:
    case 2:
      return { text: draft.param('k', 'count', countsOf(draft, choices)).name, kind: 'count' }
    case 3:
      return { text: choices.pick(RATIOS), kind: 'ratio' }
    case 4:
      return { text: ratio(), kind: 'ratio' }
    case 5:
      return { text: `1 - ${ratio()}`, kind: 'ratio' }
    case 6:
      return { text: `${draft.param('k', 'count', countsOf(draft, choices)).name} + 1`, kind: 'count' }
    case 7:
      return { text: '0', kind: 'count' }
    default: {
      const fits = (value: Val): boolean =>
        (value.kind === 'int' || value.kind === 'uint') &&
        !value.axes.some((axis) => selected.includes(axis) || !score.axes.includes(axis))
      const rows = draft.exact(choices, fits)
      return rows === null ? { text: '2', kind: 'count' } : { text: rows.text, kind: 'rows' }
    }
  }
}

function modifiersOf(draft: Draft, choices: Choices, score: Val, kind: Amount['kind']): readonly string[] {
  const parts: string[] = []
  const over = (value: Val): boolean => value.axes.every((axis) => score.axes.includes(axis))
  const add = (word: string): void => {
    const mask = draft.masks(choices, over)
    if (mask !== null) parts.push(`${word} ${mask.text}`)
  }
  if (choices.oneIn(3)) add('within')
  if (choices.oneIn(3)) add('protect')
  if (choices.oneIn(3)) parts.push('ties all')
  if (kind === 'ratio' && choices.oneIn(3)) parts.push(`round ${choices.pick(['up', 'down', 'nearest', 'even'] as const)}`)
  if (kind !== 'rows' && choices.oneIn(5)) parts.push(`at least ${choices.below(4)}`)
  if (kind !== 'rows' && choices.oneIn(5)) parts.push(`multiple of ${choices.below(5)}`)
  return parts
}

const FORMATS = [' as bitmap(64)', ' as indices', ' as bitmap(32)', ' as csr', ''] as const

const denseValue = (value: Val): boolean => value.axes.length > 0 && !value.packed

export const packed: Make = (draft, choices) => {
  const x = draft.variable(choices, denseValue)
  const mask =
    x === null
      ? null
      : draft.masks(choices, (value) => value.axes.length > 0 && value.axes.every((axis) => x.axes.includes(axis)))
  if (x === null || mask === null) return null
  return {
    ...x,
    text: `pack ${operand(x)} by ${operand(mask)}${choices.pick(FORMATS)}`,
    packed: true,
    domain: false,
    selected: null,
  }
}

/** n of m along a factor of fixed size. */
export const packedLanes: Make = (draft, choices) => {
  const isLane = (node: AxisNode): boolean =>
    node.pin !== null && node.pinText === String(node.pin) && node.pin >= 2 && node.pin <= 64
  const x = draft.exact(choices, (value) => denseValue(value) && !value.domain && draft.universe.within(value.axes).some(isLane))
  const lane = x === null ? undefined : choices.pick(draft.universe.within(x.axes).filter(isLane))
  if (x === null || lane === undefined || lane.pin === null) return null
  const n = 1 + choices.below(Math.min(lane.pin - 1, 5))
  const text = `pack ${operand(x)} by (keep ${n} of ${lane.name} by ${x.text}) as nm(${n}, ${lane.pin})`
  return { ...x, text, packed: true, domain: false, selected: null }
}

export const unpacked: Make = (draft, choices) => {
  const x = draft.variable(choices, (value) => value.packed)
  return x === null ? null : { ...x, text: `unpack ${x.text}`, packed: false }
}

/** Masks that decide along one axis, in rows of equal size or without rows. */
function compactable(mask: Val): string | null {
  const axes = mask.selected?.axes ?? mask.axes
  const [axis] = axes
  if (axes.length !== 1 || axis === undefined) return null
  return mask.axes.length === 1 || mask.selected?.exact === true ? axis : null
}

export const compacted: Make = (draft, choices) => {
  const mask = draft.masks(choices, (value) => !value.domain && compactable(value) !== null)
  const axis = mask === null ? null : compactable(mask)
  if (mask === null || axis === null) return null
  const x = draft.variable(choices, (value) => denseValue(value) && mask.axes.every((one) => value.axes.includes(one)))
  if (x === null) return null
  const key = `${mask.text} ${axis}`
  const made = draft.compacted.get(key) ?? `kept${draft.compacted.size}`
  if (x.axes.includes(made)) return null
  draft.compacted.set(key, made)
  draft.universe.addLike(made, axis)
  const axes = x.axes.map((one) => (one === axis ? made : one))
  return { ...x, text: `compact ${operand(x)} by ${mask.text} as ${made}`, axes, domain: false, selected: null }
}

/** `v[a -> a2]` with `axes a2 = a`. */
export const renamed: Make = (draft, choices) => {
  const sources = draft.universe.roots.filter((node) => node.parts.length === 0).map((node) => node.name)
  const isFree = (value: Val, name: string): boolean => value.axes.includes(name) && !value.axes.includes(`${name}2`)
  const x = draft.variable(choices, (value) => !value.packed && sources.some((name) => isFree(value, name)))
  const name = x === null ? undefined : choices.pick(sources.filter((one) => isFree(x, one)))
  if (x === null || name === undefined) return null
  draft.likes.set(`${name}2`, name)
  draft.universe.addLike(`${name}2`, name)
  const swap = (axes: readonly string[]): readonly string[] => axes.map((one) => (one === name ? `${name}2` : one))
  const isBack = x.axes.includes(`${name}2`)
  if (isBack) return null
  const selected = x.selected && { ...x.selected, axes: swap(x.selected.axes) }
  return { ...x, text: `${operand(x)}[${name} -> ${name}2]`, axes: swap(x.axes), selected }
}

const FUNCTIONS: Readonly<Record<string, string>> = {
  best: 'fn best[t](x, n) = keep n of t by abs(x)',
  centred: 'fn centred[t](x) = x - max[t](x where x > 0 else 1)',
  energy: 'fn energy[t](x) = sum[t](x * x)',
}

/** Calls of functions declared in the policy. */
export const called: Make = (draft, choices) => {
  const name = choices.pick(['best', 'centred'] as const)
  const x = draft.exact(choices, (value) => value.axes.length > 0 && value.kind !== 'uint' && !value.packed)
  const axis = x === null ? undefined : choices.pick(draft.universe.within(x.axes))
  if (x === null || axis === undefined || !isExact(x)) return null
  draft.functions.add(FUNCTIONS[name] ?? '')
  if (name === 'best')
    return makeVal({
      text: `best[${axis.name}](${x.text}, ${1 + choices.below(4)})`,
      kind: 'mask',
      axes: union(x.axes),
      selected: null,
    })
  const bound = Math.max(x.bound, 1) + 1
  if (x.kind === 'int')
    return makeVal({
      text: `centred[${axis.name}](${x.text})`,
      kind: 'int',
      bound: Math.min(31, bound),
      axes: x.axes,
      domain: x.domain,
    })
  if (bound + x.fraction > 24) return null
  return makeVal({
    text: `centred[${axis.name}](${x.text})`,
    kind: 'float',
    bound,
    fraction: x.fraction,
    axes: x.axes,
    domain: x.domain,
  })
}
