/** How a packed input is laid out: `bitmap(64) over token f16[kv, token, channel]`, over the last axis when none is named. */
import { formats } from '../../ir/formats/formats.ts'
import type { Packing } from '../../ir/types.ts'
import type { EntryAxes, PolicyAxes } from '../types/axes.ts'
import type { EntryTask } from './entry-task.ts'
import type { TensorInput } from './signature.ts'

const packedAxes = ({ over, axes }: TensorInput): readonly string[] => over?.map((name) => name.text) ?? axes.slice(-1)

/** Axes whose innermost factors a format gives a meaning to: the groups of n:m, the rows and columns of blocks. */
function groupedAxes(input: TensorInput): readonly string[] {
  if (input.format === null) return []
  const last = packedAxes(input).at(-1) ?? ''
  switch (formats[input.format.kind].demands(input.format).kind) {
    case 'exactly':
      return [last]
    case 'constant-on': {
      const before = input.axes[input.axes.indexOf(last) - 1]
      return before === undefined ? [last] : [before, last]
    }
    default:
      return []
  }
}

/** The innermost factors that an entry sees because of the format of an input. */
export const factorsShown = (input: TensorInput, axes: PolicyAxes): readonly string[] =>
  groupedAxes(input).flatMap((axis) => axes.get(axis)?.factors.at(-1) ?? [])

/** Null for a dense input. */
export function packingOf(task: EntryTask, axes: EntryAxes, input: TensorInput): Packing | null {
  const { format } = input
  if (format === null) return null
  const known = new Set(input.axes.flatMap((axis) => axes.atomsOf(axis)))
  const named = packedAxes(input)
  for (const [at, name] of (input.over ?? []).entries())
    if (input.over?.slice(0, at).some(({ text }) => text === name.text) === true)
      task.sink.report('ESP1102', name.span, { axis: name.text, where: 'this list' })
    else if (!axes.atomsOf(name.text).every((atom) => known.has(atom)))
      task.sink.report('ESP2112', name.span, { name: input.name, axis: name.text, axes: input.axes.join(', ') })
  const order = input.axes.flatMap((axis) => axes.atomsOf(axis))
  const over = order.filter((atom) => named.some((name) => axes.atomsOf(name).includes(atom)))
  const demand = formats[format.kind].demands(format)
  switch (demand.kind) {
    case 'anything':
      return { format, over, exact: false }
    case 'exactly':
      requireFactors(task, axes, input, [demand.of])
      return { format, over, exact: true }
    case 'constant-on': {
      const inside = requireFactors(task, axes, input, demand.extents)
      return { format, over: over.filter((atom) => !inside.includes(atom)), inside, exact: false }
    }
    case 'first-of-row': {
      const inside = order.slice(order.indexOf(over.at(-1) ?? '') + 1)
      return { format, over, ...(inside.length > 0 && { inside }), exact: false }
    }
  }
}

/** The innermost factors of the grouped axes must have these fixed sizes. */
function requireFactors(
  { sink, policy }: EntryTask,
  axes: EntryAxes,
  input: TensorInput,
  sizes: readonly number[],
): readonly string[] {
  const grouped = groupedAxes(input)
  const factors = grouped.map((axis) => axes.atomsOf(axis).at(-1) ?? '')
  const wrong = sizes.findIndex((size, i) => {
    const pin = policy.axes.get(factors[i] ?? '')?.pin
    return pin?.kind !== 'number' || pin.value.n !== BigInt(size)
  })
  if (wrong >= 0)
    sink.report('ESP2109', input.span, { name: input.name, axis: factors[wrong] ?? 'the axis before it', m: sizes[wrong] ?? 0 })
  return factors
}
