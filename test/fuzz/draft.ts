/** A program while it is being written: its variables, parameters and states, and where operands come from. */
import type { Choices } from './choices.ts'
import type { Universe } from './universe.ts'
import { isExact, makeVal, union, type Val } from './value.ts'

/** Elements of one tensor, at most. */
const MAX_ELEMENTS = 12_000

export interface Param {
  readonly name: string
  readonly type: string
  readonly initial: string
  /** Value in every run, as it is given to a call. */
  readonly values: readonly (number | string | boolean)[]
}

export class Draft {
  readonly universe: Universe
  readonly variables: Val[] = []
  readonly lines: string[] = []
  readonly likes = new Map<string, string>()
  /** Names of axes made by compact, by the mask and axis they come from. */
  readonly compacted = new Map<string, string>()
  readonly used = new Set<string>()
  readonly params = new Map<string, Param>()
  readonly functions = new Set<string>()

  constructor(universe: Universe) {
    this.universe = universe
  }

  bind(value: Val): Val {
    const name = `v${this.lines.length}`
    this.lines.push(`${name} = ${value.text}`)
    const bound = { ...value, text: name }
    this.variables.push(bound)
    return bound
  }

  fits(...lists: readonly (readonly string[])[]): boolean {
    return this.universe.volume(union(...lists)) <= MAX_ELEMENTS
  }

  /** A variable that satisfies the test, the latest first; null when there is none. */
  variable(choices: Choices, test: (value: Val) => boolean): Val | null {
    const fitting = this.variables.filter(test).reverse()
    const value = choices.pick(fitting) ?? null
    if (value !== null) this.used.add(value.text)
    return value
  }

  numbers(choices: Choices, test: (value: Val) => boolean = () => true): Val | null {
    return this.variable(choices, (value) => value.kind !== 'mask' && test(value))
  }

  exact(choices: Choices, test: (value: Val) => boolean = () => true): Val | null {
    return this.numbers(choices, (value) => isExact(value) && test(value))
  }

  masks(choices: Choices, test: (value: Val) => boolean = () => true): Val | null {
    return this.variable(choices, (value) => value.kind === 'mask' && test(value))
  }

  /** A parameter of the policy, declared when it is first used. `values` by run. */
  param(name: string, type: string, values: readonly (number | string | boolean)[], initial?: string): Param {
    const known = this.params.get(name)
    if (known !== undefined) return known
    const made = { name, type, values, initial: initial ?? String(values[0]) }
    this.params.set(name, made)
    return made
  }
}

/** A literal number, or a parameter. */
export function scalarOf(draft: Draft, choices: Choices, wanted: 'any' | 'whole' = 'any'): Val {
  const count = wanted === 'whole' ? 6 : 9
  switch (choices.below(count)) {
    case 0:
      return whole(2)
    case 1:
      return whole(choices.below(8))
    case 2:
      return { ...whole(choices.below(4)), text: `-${choices.below(4)}`, bound: 2 }
    case 3:
    case 4: {
      const param = draft.param('k', 'count', countsOf(draft, choices))
      return { ...whole(0), text: param.name, bound: 12 }
    }
    case 5: {
      const shown = draft.universe.within(union(...draft.variables.map((value) => value.axes)))
      const axis = choices.pick(shown)
      return axis === undefined ? whole(3) : { ...whole(0), text: `size(${axis.name})`, bound: 13 }
    }
    case 6:
      return makeVal({ text: '0.5', kind: 'float', scalar: true, bound: 0, fraction: 1 })
    case 7:
      return makeVal({ text: `${choices.below(4)}.25`, kind: 'float', scalar: true, bound: 2, fraction: 2 })
    default:
      draft.param(
        'scale',
        'real',
        Array.from({ length: draft.universe.runs }, () => choices.pick([0.5, 2, -1.5, 0] as const)),
      )
      return makeVal({ text: 'scale', kind: 'float', scalar: true, bound: 1, fraction: 1 })
  }
}

export const whole = (value: number): Val =>
  makeVal({ text: String(value), kind: 'int', scalar: true, bound: Math.ceil(Math.log2(Math.abs(value) + 1)) })

export const countsOf = (draft: Draft, choices: Choices): readonly number[] =>
  Array.from({ length: draft.universe.runs }, () => choices.pick([2, 1, 0, 3, 7, 30, 1000] as const))
