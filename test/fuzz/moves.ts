/** Random slices, gathers, segments, joined axes, loops, and sums weighted by a softmax. */
import type { Choices } from './choices.ts'
import { countsOf, type Draft } from './draft.ts'
import type { Make } from './elementwise.ts'
import { approximate, asFloat, isExact, makeVal, operand, union, wrapped, type Val } from './value.ts'

const dense = (value: Val): boolean => value.axes.length > 0 && !value.packed

/** `x[a = 2]`, `x[a = k]`, `x[a = positions]`. */
export const slice: Make = (draft, choices) => {
  const x = draft.variable(choices, (value) => dense(value) && !value.domain)
  const axis = x === null ? undefined : choices.pick(x.axes)
  if (x === null || axis === undefined) return null
  const others = x.axes.filter((one) => one !== axis)
  const form = choices.below(4)
  if (form < 2) return { ...x, text: `${operand(x)}[${axis} = ${choices.below(4)}]`, axes: others, selected: null }
  if (form === 2) {
    const k = draft.param('k', 'count', countsOf(draft, choices)).name
    return { ...x, text: `${operand(x)}[${axis} = ${k}]`, axes: others, selected: null }
  }
  const at = draft.exact(
    choices,
    (value) => value.kind === 'int' && !value.packed && !value.domain && !value.scalar && draft.fits(others, value.axes),
  )
  if (at === null) return null
  return { ...x, text: `${operand(x)}[${axis} = ${operand(at)} % 7]`, axes: union(others, at.axes), selected: null }
}

/** `sum[a -> b](x, at)`: exact numbers, so that the order of additions is of no importance. */
export const segment: Make = (draft, choices) => {
  const x = draft.exact(choices, (value) => dense(value) && value.bound + value.fraction < 12)
  const from = x === null ? undefined : choices.pick(x.axes)
  if (x === null || from === undefined) return null
  const known = draft.universe.roots.flatMap((node) => (node.parts.length === 0 ? [node.name] : []))
  const shown = new Set(draft.variables.flatMap((value) => value.axes))
  const into = choices.pick(known.filter((name) => shown.has(name) && !x.axes.includes(name)))
  if (into === undefined) return null
  const at = choices.pick([`index(${from}) % 3`, `floordiv(index(${from}), 2)`, `index(${from}) - 1`, '1'] as const)
  const kind = choices.pick(['sum', 'max', 'count', 'min'] as const)
  const axes = [...x.axes.filter((one) => one !== from), into]
  if (!draft.fits(axes)) return null
  const n = Math.ceil(Math.log2(draft.universe.volume([from]) + 1)) + 1
  if (kind === 'count' || x.kind === 'mask')
    return makeVal({ text: `count[${from} -> ${into}](${x.text}, ${at})`, kind: 'int', axes, bound: n })
  const otherwise = kind === 'sum' ? '' : ` else ${choices.below(3)}`
  const facts =
    x.kind === 'float'
      ? { bound: Math.max(x.bound, 2) + (kind === 'sum' ? n : 0), fraction: x.fraction, error: 0 }
      : wrapped(x.kind, Math.max(x.bound, 2) + n)
  return makeVal({ text: `${kind}[${from} -> ${into}](${x.text}, ${at}${otherwise})`, kind: x.kind, axes, ...facts })
}

/** The sum of one tensor weighted by the softmax of another: what streams. */
export const weighted: Make = (draft, choices) => {
  const s = draft.numbers(choices, (value) => dense(value) && value.bound < 5 && value.error < 0.1)
  const axis = s === null ? undefined : choices.pick(s.axes)
  if (s === null || axis === undefined) return null
  const v = draft.numbers(
    choices,
    (value) => value.axes.includes(axis) && value.bound < 12 && value.error < 0.1 && draft.fits(s.axes, value.axes),
  )
  const m = choices.oneIn(2) ? draft.masks(choices, (value) => draft.fits(s.axes, v?.axes ?? [], value.axes)) : null
  if (v === null) return null
  const scores = m === null ? s.text : `${operand(s)} where ${operand(m)}`
  const axes = union(s.axes, m?.axes ?? [], v.axes).filter((one) => one !== axis)
  const weight = Math.min(1, 3 * (s.error + 2 ** (s.bound - 22)) + draft.universe.volume([axis]) * 2 ** -20)
  const size = 2 ** asFloat(v).bound
  const error = weight * size * draft.universe.volume([axis]) + v.error + 2 ** -20 * size
  const text = `sum[${axis}](softmax[${axis}](${scores}) * ${operand(v)})`
  return makeVal({ text, kind: 'float', axes, ...approximate(Math.max(asFloat(v).bound, 1), error) })
}

/** Reductions and softmax over two tensors as if they were one, along axes that the other does not have. */
export const joined: Make = (draft, choices) => {
  const x = draft.exact(choices, (value) => dense(value) && value.kind !== 'mask' && value.bound + value.fraction < 10)
  const a = x === null ? undefined : choices.pick(x.axes)
  if (x === null || a === undefined) return null
  const rest = x.axes.filter((one) => one !== a)
  const y = draft.exact(
    choices,
    (value) =>
      dense(value) &&
      value.kind === x.kind &&
      value.bound + value.fraction < 10 &&
      !value.axes.includes(a) &&
      draft.fits(rest, value.axes),
  )
  const b = y === null ? undefined : choices.pick(y.axes.filter((one) => !x.axes.includes(one)))
  if (y === null || b === undefined) return null
  const axes = union(
    rest,
    y.axes.filter((one) => one !== b),
  )
  const join = `join[${a} | ${b}](${x.text}, ${y.text})`
  const n = draft.universe.volume([a]) + draft.universe.volume([b])
  const bits = Math.ceil(Math.log2(n)) + 1
  const bound = Math.max(x.bound, y.bound, 2)
  const fraction = Math.max(x.fraction, y.fraction)
  switch (choices.below(3)) {
    case 0:
      return makeVal({
        text: `sum[${a} | ${b}](${join})`,
        kind: x.kind,
        axes,
        ...(x.kind === 'float' ? { bound: bound + bits, fraction } : wrapped(x.kind === 'uint' ? 'uint' : 'int', bound + bits)),
      })
    case 1: {
      const otherwise = ` else ${choices.below(3)}`
      return makeVal({ text: `max[${a} | ${b}](${join}${otherwise})`, kind: x.kind, axes, bound, fraction })
    }
    default: {
      const part = choices.pick([a, b] as const)
      const own = part === a ? union([a], axes) : union([b], axes)
      const facts = approximate(0, Math.min(1, 3 * 2 ** (bound - 22) + n * 2 ** -20))
      return makeVal({ text: `softmax[${a} | ${b}](${join}).${part}`, kind: 'float', axes: own, ...facts })
    }
  }
}

/** A few steps that carry one or two values, or a fold along an axis. */
export const loop: Make = (draft, choices) => {
  const x = draft.exact(
    choices,
    (value) => dense(value) && !value.domain && value.kind !== 'mask' && value.bound + value.fraction < 8,
  )
  const axis = x === null ? undefined : choices.pick(x.axes)
  if (x === null || axis === undefined || !isExact(x)) return null
  const n = draft.universe.volume([axis])
  const others = x.axes.filter((one) => one !== axis)
  const bits = Math.ceil(Math.log2(n + 1)) + 1
  const total =
    x.kind === 'float'
      ? { bound: x.bound + bits, fraction: x.fraction }
      : wrapped(x.kind === 'uint' ? 'uint' : 'int', x.bound + bits)
  const zero = x.kind === 'float' ? '0.0' : '0'
  const base = { kind: x.kind, axes: x.axes, bound: x.bound, fraction: x.fraction }
  switch (choices.below(5)) {
    case 0:
      return makeVal({
        ...base,
        ...total,
        axes: others,
        text: `for i in ${axis} with (t = ${zero}) { next t = t + ${operand(x)}[${axis} = i] }`,
      })
    case 1:
      return makeVal({
        ...base,
        text: `iterate ${choices.below(4)} times with (y = ${x.text}) { next y = max(y, shift[${axis}](y, 1)) }`,
      })
    case 2: {
      const k = draft.param('k', 'count', countsOf(draft, choices)).name
      return makeVal({
        ...base,
        kind: 'mask',
        bound: 0,
        fraction: 0,
        text: `iterate min(${k}, 5) times as i with (m = ${operand(x)} >= 0) { next m = keep i + 2 of ${axis} by ${x.text} within m }`,
      })
    }
    case 3: {
      const name = `l${draft.lines.length}`
      draft.lines.push(
        `${name} = iterate 3 times with (lo = ${x.text}, hi = ${x.text}) { s = max[${axis}](lo else 0) next lo = min(hi, s), hi = max(lo, hi) }`,
      )
      draft.variables.push(makeVal({ ...base, bound: Math.max(x.bound, 1), text: `${name}.hi` }))
      return makeVal({ ...base, bound: Math.max(x.bound, 1), text: `${name}.lo` })
    }
    default:
      return makeVal({
        ...base,
        axes: others,
        bound: Math.max(x.bound, 1),
        text: `for i in ${axis} with (best = ${zero}) { z = ${operand(x)}[${axis} = i] next best = if z > best then z else best }`,
      })
  }
}

/** Bits of whole numbers, and draws that are the same everywhere. */
export const bits: Make = (draft, choices: Choices) => {
  if (choices.oneIn(4)) return draw(draft, choices)
  const x = draft.exact(choices, (value) => (value.kind === 'int' || value.kind === 'uint') && !value.scalar)
  if (x === null) return null
  const base = { kind: x.kind, axes: x.axes, domain: x.domain, bound: x.kind === 'int' ? 31 : 32 }
  const by = choices.pick(['1', '3', '31', '40', '0'] as const)
  switch (choices.below(4)) {
    case 0:
      return makeVal({ ...base, text: `bitand(${x.text}, ${choices.pick(['7', '1', '255'] as const)})` })
    case 1:
      return makeVal({ ...base, text: `${choices.pick(['shl', 'shr'] as const)}(${x.text}, ${by})` })
    case 2:
      return makeVal({ ...base, bound: 6, text: `popcount(${x.text})` })
    default:
      return makeVal({ ...base, text: `bitxor(${x.text}, ${x.text})` })
  }
}

function draw(draft: Draft, choices: Choices): Val | null {
  const shown = [...new Set(draft.variables.flatMap((value) => value.axes))]
  const axes = choices.someOrOne(shown)
  if (axes.length === 0 || !draft.fits(axes)) return null
  return makeVal({
    text: `uniform[${axes.join(', ')}](${choices.below(9)}, ${choices.below(3)})`,
    kind: 'float',
    axes,
    bound: 0,
    fraction: 24,
  })
}
