/** Random elementwise expressions: each is one operation on variables, with what is then known of its value. */
import type { Choices } from './choices.ts'
import { countsOf, scalarOf, type Draft } from './draft.ts'
import {
  approximate,
  asFloat,
  isExact,
  magnitude,
  makeVal,
  MAX_BOUND,
  operand,
  rounded,
  union,
  wrapped,
  type Val,
} from './value.ts'

export type Make = (draft: Draft, choices: Choices) => Val | null

const shape = (...values: readonly Val[]): Pick<Val, 'axes' | 'domain'> => ({
  axes: union(...values.map((value) => value.axes)),
  domain: values.some((value) => value.domain),
})

export const unary: Make = (draft, choices) => {
  const name = choices.pick(['abs', 'neg', 'square', 'relu', 'sign', 'whole', 'isnan'] as const)
  const x = draft.numbers(choices, () => true)
  return x === null ? null : unaryOf(name, x, choices)
}

function unaryOf(name: string, x: Val, choices: Choices): Val | null {
  const base = { ...shape(x), kind: x.kind, bound: x.bound, fraction: x.fraction, error: x.error }
  switch (name) {
    case 'neg':
      return x.kind === 'uint' ? null : makeVal({ ...base, text: `-${operand(x)}` })
    case 'square':
      return arithmetic('mul', x, x, `square(${x.text})`)
    case 'relu':
      return makeVal({ ...base, text: `relu(${x.text})` })
    case 'sign':
      return isExact(x) ? makeVal({ ...base, text: `sign(${x.text})`, bound: 0, fraction: 0 }) : null
    case 'whole': {
      const f = choices.pick(['floor', 'ceil', 'round', 'trunc'] as const)
      return isExact(x) ? makeVal({ ...base, text: `${f}(${x.text})`, bound: x.bound + 1, fraction: 0 }) : null
    }
    case 'isnan':
      return makeVal({ ...shape(x), kind: 'mask', text: `isnan(${x.text})` })
    default:
      return makeVal({ ...base, text: `abs(${x.text})` })
  }
}

/** Smooth functions, kept where they are well conditioned. */
export const smooth: Make = (draft, choices) => {
  const value = draft.numbers(choices, (one) => one.bound <= 30)
  if (value === null) return null
  const x = asFloat(value)
  const t = value.kind === 'uint' ? `f32(${value.text})` : value.text
  const base = { ...shape(x), kind: 'float' as const }
  const forms: readonly (() => Val)[] = [
    () => makeVal({ ...base, ...root(x), text: `sqrt(abs(${t}))` }),
    () => makeVal({ ...base, ...approximate(0, x.error), text: `exp(-abs(${t}))` }),
    () => makeVal({ ...base, ...approximate(Math.log2(x.bound + 2) + 1, x.error + 2 ** -20), text: `log(abs(${t}) + 1)` }),
    () => makeVal({ ...base, ...approximate(0, x.error), text: `tanh(${t})` }),
    () => makeVal({ ...base, ...approximate(0, x.error), text: `sigmoid(${t})` }),
    () => makeVal({ ...base, ...approximate(0, x.error + 2 ** -19), text: `${choices.pick(['sin', 'cos'] as const)}(${t})` }),
    () => makeVal({ ...base, ...approximate(0, x.error), text: `rsqrt(abs(${t}) + 1)` }),
    () => makeVal({ ...base, ...power(x, 2), text: `${operand(value)} ^ 2` }),
  ]
  return choices.pick(forms)?.() ?? null
}

export const root = (x: Val): Pick<Val, 'bound' | 'fraction' | 'error'> =>
  approximate(Math.max(x.bound / 2, 0), isExact(x) ? 0 : Math.sqrt(x.error) * 2)

const power = (x: Val, by: number): Pick<Val, 'bound' | 'fraction' | 'error'> =>
  approximate(x.bound * by, x.error * 2 * magnitude(x) + x.error ** 2 + 2 ** (by * x.bound - 20))

/** Two numbers of one kind: unsigned beside signed is converted, as the language wants. */
function agreeing(a: Val, b: Val): readonly [Val, Val] {
  if (a.kind === b.kind || a.scalar || b.scalar) return [a, b]
  const signed = (value: Val): Val =>
    value.kind === 'uint' ? { ...value, kind: 'int', text: `i32(${value.text})`, bound: Math.min(31, value.bound) } : value
  return a.kind === 'float' || b.kind === 'float' ? [a, b] : [signed(a), signed(b)]
}

/** The kind that arithmetic on both happens in. */
function joint(a: Val, b: Val): 'float' | 'int' | 'uint' {
  if (a.kind === 'float' || b.kind === 'float') return 'float'
  return a.kind === 'uint' || b.kind === 'uint' ? 'uint' : 'int'
}

export function arithmetic(op: 'add' | 'sub' | 'mul' | 'max' | 'min', first: Val, second: Val, text?: string): Val | null {
  const [a, b] = agreeing(first, second)
  const kind = joint(a, b)
  const base = { ...shape(a, b), kind, text: text ?? spelled(op, a, b) }
  if (kind !== 'float') {
    const bound =
      op === 'mul'
        ? a.bound + b.bound
        : op === 'add'
          ? Math.max(a.bound, b.bound) + 1
          : op === 'sub' && kind === 'uint'
            ? 32
            : Math.max(a.bound, b.bound) + 1
    return makeVal({ ...base, ...wrapped(kind, bound) })
  }
  const [x, y] = [asFloat(a), asFloat(b)]
  if (x.bound + y.bound > MAX_BOUND) return null
  if (op === 'max' || op === 'min')
    return makeVal({
      ...base,
      bound: Math.max(x.bound, y.bound),
      fraction: Math.max(x.fraction, y.fraction),
      error: Math.max(x.error, y.error),
    })
  if (op !== 'mul')
    return makeVal({ ...base, ...rounded(Math.max(x.bound, y.bound) + 1, Math.max(x.fraction, y.fraction), x.error + y.error) })
  const error = x.error * magnitude(y) + y.error * magnitude(x) + x.error * y.error
  return makeVal({ ...base, ...rounded(x.bound + y.bound, x.fraction + y.fraction, error) })
}

const SIGNS = { add: '+', sub: '-', mul: '*' } as const
const spelled = (op: 'add' | 'sub' | 'mul' | 'max' | 'min', a: Val, b: Val): string =>
  op === 'max' || op === 'min' ? `${op}(${a.text}, ${b.text})` : `${operand(a)} ${SIGNS[op]} ${operand(b)}`

/** A tensor, and a tensor or a number beside it. */
function pair(draft: Draft, choices: Choices, test: (value: Val) => boolean = () => true): readonly [Val, Val] | null {
  const a = draft.numbers(choices, test)
  if (a === null) return null
  const isTensor = choices.oneIn(2)
  const other = isTensor ? draft.numbers(choices, (b) => test(b) && draft.fits(a.axes, b.axes)) : null
  const b = other ?? scalarOf(draft, choices)
  return other === null && choices.oneIn(3) ? [b, a] : [a, b]
}

export const binary: Make = (draft, choices) => {
  const op = choices.pick(['add', 'mul', 'sub', 'max', 'min'] as const)
  const operands = pair(draft, choices)
  return operands === null ? null : arithmetic(op, ...operands)
}

/** Division by what cannot be zero; whole quotients of exact numbers; remainders. */
export const quotient: Make = (draft, choices) => {
  const form = choices.below(4)
  const a = draft.numbers(choices)
  if (a === null) return null
  if (form === 0) return scaled(a, choices)
  if (form === 1) return guarded(draft, choices, a)
  if (!isExact(a)) return null
  return wholeQuotient(draft, choices, a, form === 2 ? 'floordiv' : 'rem')
}

function scaled(value: Val, choices: Choices): Val | null {
  const a = asFloat(value)
  if (a.bound > MAX_BOUND) return null
  const by = choices.pick(['2', '3', '7', '0.75'] as const)
  return makeVal({ ...shape(a), kind: 'float', text: `${operand(value)} / ${by}`, ...approximate(a.bound + 1, a.error * 2) })
}

function guarded(draft: Draft, choices: Choices, numerator: Val): Val | null {
  const denominator = draft.numbers(
    choices,
    (value) => draft.fits(numerator.axes, value.axes) && value.bound < 20 && value.error < 1,
  )
  if (denominator === null || numerator.bound > 40) return null
  const [a, b] = [asFloat(numerator), asFloat(denominator)]
  const text = `${operand(numerator)} / (abs(${denominator.text}) + 1)`
  return makeVal({
    ...shape(a, b),
    kind: 'float',
    text,
    ...approximate(a.bound, a.error + (b.error + 2 ** (b.bound - 23)) * magnitude(a)),
  })
}

/** Of floats only quotients that are far from whole numbers unless they are whole: small dyadic numbers by small numbers. */
function wholeQuotient(draft: Draft, choices: Choices, a: Val, op: 'floordiv' | 'rem'): Val | null {
  const text = (b: Val): string => (op === 'rem' ? `${operand(a)} % ${operand(b)}` : `floordiv(${a.text}, ${b.text})`)
  if (a.kind === 'float') {
    if (a.bound + a.fraction > 14) return null
    const by = choices.pick(['2', '3', '0.5', '5'] as const)
    const b = makeVal({ text: by, kind: 'float', scalar: true, bound: 3, fraction: 1 })
    return makeVal({ ...shape(a), kind: 'float', text: text(b), bound: a.bound + 2, fraction: Math.max(a.fraction, 1) })
  }
  const other = draft.numbers(choices, (value) => value.kind === a.kind && draft.fits(a.axes, value.axes))
  const b =
    other !== null && choices.oneIn(2) ? other : makeVal({ text: String(1 + choices.below(7)), kind: a.kind, scalar: true })
  return makeVal({ ...shape(a, b), kind: a.kind, text: text(b), ...wrapped(a.kind as 'int' | 'uint', a.bound + 1) })
}

const CONVERSIONS = ['f32', 'i32', 'f16', 'bf16', 'u32', 'i8', 'u8'] as const

export const conversion: Make = (draft, choices) => {
  const to = choices.pick(CONVERSIONS)
  const x = draft.numbers(choices, (value) => ['f32', 'f16', 'bf16'].includes(to) || isExact(value))
  if (x === null) return null
  // Infinities become the ends of the range.
  const base = { ...shape(x), text: `${to}(${x.text})`, dtype: to }
  if (to === 'i32' || to === 'i8') return makeVal({ ...base, kind: 'int', bound: to === 'i32' ? 31 : 7 })
  if (to === 'u32' || to === 'u8') return makeVal({ ...base, kind: 'uint', bound: to === 'u32' ? 32 : 8 })
  const f = asFloat(x)
  if (to === 'f32') return makeVal({ ...base, kind: 'float', bound: f.bound, fraction: f.fraction, error: f.error })
  if (f.bound > (to === 'f16' ? 15 : 100)) return null
  const precision = to === 'f16' ? 11 : 8
  const error = isExact(f) ? 0 : f.error + 2 ** (f.bound - precision + 1)
  return makeVal({ ...base, kind: 'float', bound: f.bound, fraction: f.fraction, error })
}

const COMPARISONS = ['>', '<', '>=', '<=', '==', '!='] as const

export const comparison: Make = (draft, choices) => {
  const op = choices.pick(COMPARISONS)
  const operands = pair(draft, choices, isExact)
  if (operands === null) return null
  const [a, b] = agreeing(...operands)
  const isFloat = a.kind === 'float' || b.kind === 'float'
  if (isFloat && !(isExact(asFloat(a)) && isExact(asFloat(b)))) return null
  return makeVal({ ...shape(a, b), kind: 'mask', text: `${operand(a)} ${op} ${operand(b)}` })
}

export const logic: Make = (draft, choices) => {
  const op = choices.pick(['and', 'or', 'not', '=='] as const)
  const a = draft.masks(choices)
  if (a === null) return null
  if (op === 'not') return makeVal({ ...shape(a), kind: 'mask', text: `not ${operand(a)}` })
  const b = draft.masks(choices, (value) => draft.fits(a.axes, value.axes))
  return b === null ? null : makeVal({ ...shape(a, b), kind: 'mask', text: `${operand(a)} ${op} ${operand(b)}` })
}

export const choice: Make = (draft, choices) => {
  const form = choices.below(8)
  const condition = form < 6 ? draft.masks(choices) : hostCondition(draft, choices, form === 6)
  const yes = draft.numbers(choices, (value) => draft.fits(value.axes, condition?.axes ?? []))
  if (condition === null || yes === null) return null
  // Variants of one entry must agree on the axes of their results.
  const isAlternative = (value: Val): boolean =>
    form === 6 ? value.axes.join() === yes.axes.join() : draft.fits(value.axes, condition.axes, yes.axes)
  const other = form === 6 || choices.oneIn(2) ? draft.numbers(choices, isAlternative) : null
  const [a, b] = agreeing(yes, other ?? scalarOf(draft, choices))
  const merged = arithmetic('max', a, b)
  if (merged === null) return null
  return { ...merged, ...shape(condition, a, b), text: `if ${condition.text} then ${operand(a)} else ${operand(b)}` }
}

function hostCondition(draft: Draft, choices: Choices, isChoice: boolean): Val {
  const runs = Array.from({ length: draft.universe.runs })
  if (isChoice)
    draft.param(
      'rule',
      'plain | other',
      runs.map(() => choices.pick(['plain', 'other'] as const)),
      'plain',
    )
  else
    draft.param(
      'flag',
      'bool',
      runs.map(() => choices.oneIn(2)),
    )
  return makeVal({ text: isChoice ? 'rule == plain' : 'flag', kind: 'mask', scalar: true })
}

export const restricted: Make = (draft, choices) => {
  const x = draft.variable(choices, () => true)
  const m = draft.masks(choices, (value) => draft.fits(value.axes, x?.axes ?? []))
  if (x === null || m === null) return null
  const axes = union(x.axes, m.axes)
  return { ...x, text: `${operand(x)} where ${operand(m)}`, axes, domain: true, packed: false, selected: null }
}

export const position: Make = (draft, choices) => {
  const known = union(...draft.variables.map((value) => value.axes))
  const node = choices.pick(draft.universe.within(known))
  if (node === undefined) return null
  const axes = draft.universe.atoms(node)
  const bound = Math.ceil(Math.log2(draft.universe.volume(axes) + 1))
  switch (choices.below(5)) {
    case 0:
      return makeVal({
        text: `first ${count(draft, choices)} of ${node.name}`,
        kind: 'mask',
        axes,
        selected: { axes, exact: false },
      })
    case 1:
      return makeVal({
        text: `last ${count(draft, choices)} of ${node.name}`,
        kind: 'mask',
        axes,
        selected: { axes, exact: false },
      })
    case 2:
      return makeVal({
        text: `every ${1 + choices.below(5)} of ${node.name}`,
        kind: 'mask',
        axes,
        selected: { axes, exact: false },
      })
    case 3:
      return makeVal({ text: `index(${node.name}) % 2 == 0`, kind: 'mask', axes })
    default:
      return makeVal({ text: `index(${node.name})`, kind: 'int', axes, bound })
  }
}

const count = (draft: Draft, choices: Choices): string => {
  const form = choices.below(4)
  return form === 2
    ? draft.param('k', 'count', countsOf(draft, choices)).name
    : form === 3
      ? `${choices.pick(['50', '25', '100'] as const)}%`
      : String(choices.below(5))
}
