/** A whole random program: axes, inputs, states, statements and outputs, as policy text, with the calls to make of it. */
import type { DType } from '../../compiler/ir/types.ts'
import { Choices } from './choices.ts'
import { Draft } from './draft.ts'
import {
  binary,
  choice,
  comparison,
  conversion,
  logic,
  position,
  quotient,
  restricted,
  smooth,
  unary,
  type Make,
} from './elementwise.ts'
import { pickPalette, type Palette } from './palettes.ts'
import { bits, joined, loop, segment, slice, weighted } from './moves.ts'
import { joint, measured, orderStatistic, quantile as quantileOf } from './order-statistics.ts'
import { extreme, product, quantifier, scan, statistic, total } from './reductions.ts'
import { called, compacted, packed, packedLanes, renamed, selection, unpacked } from './selections.ts'
import { atomsOf, Universe, type AxisNode } from './universe.ts'
import { isExact, kindOf, makeVal, operand, type Val } from './value.ts'

/** What fast-check draws; every list is read by one `Choices`. */
export interface Recipe {
  readonly axes: readonly (readonly number[])[]
  readonly inputs: readonly (readonly number[])[]
  readonly states: readonly (readonly number[])[]
  readonly statements: readonly (readonly number[])[]
  readonly runs: readonly (readonly number[])[]
  readonly rest: readonly number[]
}

export interface Run {
  readonly extents: Readonly<Record<string, number>>
  readonly params: Readonly<Record<string, number | string | boolean>>
  readonly seed: number
  readonly calls: number
  /** Extra leading axes of the inputs named, over which the entry is mapped; null without. */
  readonly leading: { readonly shape: readonly number[]; readonly inputs: readonly string[] } | null
}

export interface Program {
  readonly text: string
  readonly palettes: ReadonlyMap<string, Palette>
  readonly runs: readonly Run[]
  /** Optional rewrites to make: fewer give more and smaller kernels. Null: all. */
  readonly gas: number | null
  /** Largest difference allowed, by output and state; 0 is exact. */
  readonly errors: ReadonlyMap<string, number>
}

/** Repeated by weight. */
const MAKES: readonly Make[] = [
  ...[unary, binary, unary, binary, quotient, conversion, comparison, comparison, choice, restricted, logic, position, smooth],
  ...[total, total, extreme, product, quantifier, statistic, scan],
  ...[orderStatistic, quantileOf, measured, joint, weighted, weighted, bits, slice, segment, joined, joined, loop, loop],
  ...[selection, selection, selection, selection, packed, packed, packedLanes, unpacked, compacted, compacted, renamed, called],
]

const DTYPES: readonly DType[] = ['f32', 'f16', 'f32', 'i32', 'bool', 'bf16', 'u8', 'i8', 'u32', 'f32']

interface StateDecl {
  readonly name: string
  readonly dtype: DType
  readonly axes: readonly AxisNode[]
  readonly initial: string
}

export function programOf(recipe: Recipe): Program {
  const runs = recipe.runs.map((words) => new Choices(words))
  const universe = new Universe(
    recipe.axes.map((words) => new Choices(words)),
    runs,
  )
  const draft = new Draft(universe)
  const palettes = new Map<string, Palette>()
  const inputs = recipe.inputs.map((words, at) => inputOf(draft, new Choices(words), 'XYZ'[at] ?? 'X', palettes))
  const shown = new Set(draft.variables.flatMap((value) => value.axes))
  const states = recipe.states.map((words, at) => stateOf(draft, new Choices(words), `s${at}`, shown))
  for (const words of recipe.statements) statement(draft, new Choices(words))
  const rest = new Choices(recipe.rest)
  const outputs = outputsOf(draft, rest)
  const updates = states.flatMap((state) => updateOf(draft, rest, state))
  const errors = new Map([
    ...outputs.map((value): [string, number] => [value.text, value.error]),
    ...states.map((state): [string, number] => [state.name, 0]),
  ])
  const gas = rest.oneIn(4) ? rest.below(6) : null
  const text = textOf(draft, inputs, states, updates, outputs)
  return {
    text,
    gas,
    palettes,
    errors,
    runs: runs.map((choices, at) => runOf(draft, choices, at, [...palettes.keys()], states.length > 0)),
  }
}

function statement(draft: Draft, choices: Choices): void {
  const make = choices.pick(MAKES) ?? unary
  const value = make(draft, choices) ?? unary(draft, choices) ?? comparison(draft, choices)
  if (value !== null) draft.bind(value)
}

/** Axes to declare a tensor with: some of the nodes, sharing no atom, in any order. */
function axesOf(choices: Choices, nodes: readonly AxisNode[]): readonly AxisNode[] {
  const chosen: AxisNode[] = []
  for (const root of nodes) {
    const form = choices.below(6)
    const [last] = root.parts.slice(-1)
    if (form < 4) chosen.push(root)
    else if (form === 4 && last !== undefined) chosen.push(last)
  }
  if (chosen.length === 0 && nodes[0] !== undefined && !choices.oneIn(3)) chosen.push(nodes[0])
  return choices.oneIn(3) ? chosen.reverse() : chosen
}

function inputOf(draft: Draft, choices: Choices, name: string, palettes: Map<string, Palette>): string {
  const drawn = choices.pick(DTYPES) ?? 'f32'
  const nodes = axesOf(choices, draft.universe.roots)
  // Without axes, bool is the type of a truth value known to the host.
  const dtype = drawn === 'bool' && nodes.length === 0 ? 'f32' : drawn
  const palette = pickPalette(dtype, choices)
  palettes.set(name, palette)
  draft.variables.push(makeVal({ text: name, kind: kindOf(dtype), dtype, axes: nodes.flatMap(atomsOf), ...palette.facts }))
  return `${name}: ${dtype}[${nodes.map((node) => node.name).join(', ')}]`
}

/** A state holds small multiples of a quarter, so that a few updates of it stay exact. */
const STATE_BOUND = 8
const STATES: readonly (readonly [DType, number])[] = [
  ['f32', 2],
  ['i32', 0],
  ['bool', 0],
  ['f16', 2],
  ['u8', 0],
]

function stateOf(draft: Draft, choices: Choices, name: string, shown: ReadonlySet<string>): StateDecl {
  const [dtype, fraction] = choices.pick(STATES) ?? ['f32', 2]
  const usable = draft.universe.roots.filter((node) => atomsOf(node).every((atom) => shown.has(atom)))
  const axes = axesOf(choices, usable)
  const initial = dtype === 'bool' ? choices.pick(['false', 'true'] as const) : String(choices.below(3))
  const bound = dtype === 'bool' ? 0 : STATE_BOUND
  draft.variables.push(makeVal({ text: name, kind: kindOf(dtype), dtype, axes: axes.flatMap(atomsOf), bound, fraction }))
  return { name, dtype, axes, initial }
}

function updateOf(draft: Draft, choices: Choices, state: StateDecl): readonly string[] {
  const kind = kindOf(state.dtype)
  const axes = state.axes.flatMap(atomsOf)
  const fits = (value: Val): boolean =>
    isExact(value) && value.kind === kind && value.axes.every((axis) => axes.includes(axis)) && !value.packed
  const value = draft.variable(choices, (one) => fits(one) && one.text !== state.name)
  if (value === null) return []
  if (kind === 'mask')
    return [
      `${state.name} := ${choices.pick([value.text, `${state.name} or ${operand(value)}`, `not ${operand(value)}`] as const)}`,
    ]
  if (kind !== 'float')
    return [
      `${state.name} := ${choices.pick([`min(max(${value.text}, 0), 200)`, `(${state.name} + ${operand(value)}) % 100`] as const)}`,
    ]
  return [
    `${state.name} := ${choices.pick([`min(max(round(${value.text}), -200), 200)`, `max(${state.name}, min(max(floor(${value.text}), -9), 9))`] as const)}`,
  ]
}

const MAX_OUTPUTS = 8

/** Every variable that nothing else uses, and a few that something does. */
function outputsOf(draft: Draft, choices: Choices): readonly Val[] {
  const own = draft.variables.filter((value) => /^v\d+$/.test(value.text))
  const chosen = own.filter((value) => !draft.used.has(value.text) || choices.oneIn(4)).slice(-MAX_OUTPUTS)
  if (chosen.length > 0) return chosen
  return draft.variables.slice(0, 1)
}

function textOf(
  draft: Draft,
  inputs: readonly string[],
  states: readonly StateDecl[],
  updates: readonly string[],
  outputs: readonly Val[],
): string {
  const pins = [...draft.universe.pins].map(([name, value]) => `${name}: count = ${value}`)
  const params = [...pins, ...[...draft.params.values()].map((param) => `${param.name}: ${param.type} = ${param.initial}`)]
  const axes = [...draft.universe.declarations(), ...[...draft.likes].map(([name, source]) => `${name} = ${source}`)]
  const items = [
    ...(axes.length === 0 ? [] : [`axes ${axes.join(', ')}`]),
    ...states.map(
      (state) =>
        `state ${state.name}: ${state.dtype}${state.axes.length === 0 ? '' : `[${state.axes.map((node) => node.name).join(', ')}]`} = ${state.initial}`,
    ),
    ...draft.functions,
  ]
  const body = [...draft.lines, ...updates, `return ${outputs.map((value) => value.text).join(', ')}`]
  return [
    `policy p${params.length === 0 ? '' : `(${params.join(', ')})`} {`,
    ...items.map((item) => `  ${item}`),
    `  entry e(${inputs.join(', ').replaceAll('[]', '')}) {`,
    ...body.map((line) => `    ${line}`),
    '  }',
    '}',
    '',
  ].join('\n')
}

function runOf(draft: Draft, choices: Choices, at: number, inputs: readonly string[], hasState: boolean): Run {
  const values = [...draft.params.values()].map((param): [string, number | string | boolean] => [
    param.name,
    param.values[at] ?? param.values[0] ?? 0,
  ])
  const seed = choices.below(1000) + 1
  // An entry with state, or with extents that it counts itself, is not mapped.
  const isMapped = choices.oneIn(4) && !hasState && draft.compacted.size === 0
  const leading = isMapped ? { shape: choices.pick(LEADING), inputs: choices.someOrOne(inputs) } : null
  return { extents: draft.universe.extentsOf(at), params: Object.fromEntries(values), seed, calls: hasState ? 2 : 1, leading }
}

const LEADING: readonly [readonly number[], ...(readonly number[])[]] = [[2], [1], [3], [0], [2, 3]]
