/** Actions of the grammar for the moves of a policy: keep and drop with their modifiers, positions, pack, compact, unpack. */
import type { Span } from '../../diagnostics/span.ts'
import type {
  CompactExpr,
  Expr,
  FormatExpr,
  JointExpr,
  JointUnit,
  Measure,
  MergeExpr,
  Name,
  PackExpr,
  PositionExpr,
  SelectExpr,
  UnpackExpr,
} from '../ast.ts'
import type { Actions, Reader } from './reader.ts'

type Settings = Pick<SelectExpr, 'within' | 'protect' | 'ties' | 'round' | 'atLeast' | 'multipleOf'>

const DEFAULTS: Settings = { within: null, protect: null, ties: 'first', round: 'down', atLeast: null, multipleOf: null }

/** How each is written, for messages. */
const WRITTEN: Readonly<Record<keyof Settings, string>> = {
  within: 'within',
  protect: 'protect',
  ties: 'ties',
  round: 'round',
  atLeast: 'at least',
  multipleOf: 'multiple of',
}

interface Modifier {
  readonly setting: keyof Settings
  readonly value: Partial<Settings>
  readonly span: Span
}

/** In any order, each at most once; of a repeated one the first counts. */
function settings(reader: Reader, modifiers: readonly Modifier[]): Settings {
  const seen = new Map<keyof Settings, Modifier>()
  for (const modifier of modifiers) {
    const before = seen.get(modifier.setting)
    if (before === undefined) {
      seen.set(modifier.setting, modifier)
      continue
    }
    const modifierName = WRITTEN[modifier.setting]
    const related = [{ span: before.span, message: `the first \`${modifierName}\` is here` }]
    reader.sink.report('ESP0112', modifier.span, { modifier: modifierName }, { related })
  }
  return Object.assign({}, DEFAULTS, ...[...seen.values()].map(({ value }) => value)) as Settings
}

type Budget = Pick<SelectExpr, 'measure' | 'amount'>

const JOINT = ['ties', 'round', 'atLeast', 'multipleOf'] as const

export const selectionActions: Actions<
  | 'Select'
  | 'Joint'
  | 'Unit'
  | 'MeasuredBudget'
  | 'PlainBudget'
  | 'Costing'
  | 'Merge'
  | 'Weighted'
  | 'PackFormat'
  | 'AxisList'
  | 'OneAxis'
  | 'Position'
  | 'Pack'
  | 'Compact'
  | 'Unpack'
  | 'Within'
  | 'Protect'
  | 'Ties'
  | 'Round'
  | 'AtLeast'
  | 'MultipleOf'
> = {
  Select: (r, whole, mode, budget, _of, axes, _by, score, costing, modifiers): SelectExpr => ({
    kind: 'select',
    mode: r.written(mode) as SelectExpr['mode'],
    ...r.read<Budget>(budget),
    axes: r.read<Name[]>(axes),
    score: r.expr(score),
    costing: r.optional<Expr>(costing),
    ...settings(r, r.list<Modifier>(modifiers)),
    span: r.span(whole),
  }),
  Joint: (r, whole, mode, budget, _of, first, _commas, rest, modifiers): JointExpr => {
    const all = settings(r, r.list<Modifier>(modifiers))
    return {
      kind: 'joint',
      mode: r.written(mode) as JointExpr['mode'],
      ...r.read<Budget>(budget),
      units: r.list<JointUnit>(first, rest),
      ...(Object.fromEntries(JOINT.map((name) => [name, all[name]])) as Pick<Settings, (typeof JOINT)[number]>),
      span: r.span(whole),
    }
  },
  Unit: (r, whole, name, _colon, axes, _by, score, costing, modifiers): JointUnit => {
    const { within, protect } = settings(r, r.list<Modifier>(modifiers))
    return {
      name: r.name(name),
      axes: r.read<Name[]>(axes),
      score: r.expr(score),
      costing: r.optional<Expr>(costing),
      within,
      protect,
      span: r.span(whole),
    }
  },
  MeasuredBudget: (r, _whole, measure, amount, _of): Budget => ({
    measure: r.written(measure) as Measure,
    amount: r.expr(amount),
  }),
  PlainBudget: (r, _whole, amount): Budget => ({ measure: 'count', amount: r.expr(amount) }),
  Costing: (r, _whole, _costing, cost): Expr => r.expr(cost),
  Merge: (r, whole, _merge, value, _of, axes, _into, into, _by, by, weight): MergeExpr => ({
    kind: 'merge',
    value: r.expr(value),
    axes: r.read<Name[]>(axes),
    into: r.name(into),
    by: r.expr(by),
    weight: r.optional<Expr>(weight),
    span: r.span(whole),
  }),
  Weighted: (r, _whole, _weighted, weight): Expr => r.expr(weight),
  AxisList: (r, _whole, _open, names, _close): Name[] => r.read<Name[]>(names),
  OneAxis: (r, _whole, name): Name[] => [r.name(name)],
  Position: (r, whole, which, amount, _of, axis): PositionExpr => ({
    kind: 'position',
    which: r.written(which) as PositionExpr['which'],
    amount: r.expr(amount),
    axis: r.name(axis),
    span: r.span(whole),
  }),
  Pack: (r, whole, _pack, value, _by, mask, format): PackExpr => ({
    kind: 'pack',
    value: r.expr(value),
    mask: r.expr(mask),
    format: r.optional<FormatExpr>(format),
    span: r.span(whole),
  }),
  PackFormat: (r, _whole, _as, format): FormatExpr => r.read<FormatExpr>(format),
  Compact: (r, whole, _compact, value, _by, mask, _as, axis): CompactExpr => ({
    kind: 'compact',
    value: r.expr(value),
    mask: r.expr(mask),
    as: r.name(axis),
    span: r.span(whole),
  }),
  Unpack: (r, whole, _unpack, value): UnpackExpr => ({ kind: 'unpack', value: r.expr(value), span: r.span(whole) }),

  Within: (r, whole, _word, mask): Modifier => ({ setting: 'within', value: { within: r.expr(mask) }, span: r.span(whole) }),
  Protect: (r, whole, _word, mask): Modifier => ({ setting: 'protect', value: { protect: r.expr(mask) }, span: r.span(whole) }),
  Ties: (r, whole, _word, mode): Modifier => ({
    setting: 'ties',
    value: { ties: r.written(mode) as Settings['ties'] },
    span: r.span(whole),
  }),
  Round: (r, whole, _word, mode): Modifier => ({
    setting: 'round',
    value: { round: r.written(mode) as Settings['round'] },
    span: r.span(whole),
  }),
  AtLeast: (r, whole, _at, _least, amount): Modifier => ({
    setting: 'atLeast',
    value: { atLeast: r.expr(amount) as Expr },
    span: r.span(whole),
  }),
  MultipleOf: (r, whole, _multiple, _of, amount): Modifier => ({
    setting: 'multipleOf',
    value: { multipleOf: r.expr(amount) as Expr },
    span: r.span(whole),
  }),
}
