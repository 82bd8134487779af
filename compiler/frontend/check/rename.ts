/** `x[a -> b]`: the same values under other axis names. The extents must be equal; a new name takes the extent of the old. */
import * as exact from '../../../abi/rational.ts'
import type { Name, RenameExpr } from '../ast.ts'
import { nearMiss } from '../../../abi/near-miss.ts'
import type { Elab, Operand, Selection, TensorElab } from '../types/value.ts'
import { axisAtoms, extentOf, hasAxes } from './positions.ts'
import { emit, errorAt, report, type Elaborate, type Scope } from './scope.ts'
import { plain, unpacked, valueOf } from './values.ts'

interface Pair {
  readonly from: string
  readonly to: string
  readonly name: Name
}

export function renameExpr(scope: Scope, expr: RenameExpr, elaborate: Elaborate): Elab {
  const source = plain(scope, elaborate(scope, expr.value))
  const value = source === null ? null : unpacked(scope, source)
  if (value === null) return errorAt(expr.span)
  const pairs: Pair[] = []
  for (const { from, to } of expr.renames) {
    const found = pairsOf(scope, value, from, to)
    if (found === null) return errorAt(expr.span)
    pairs.push(...found)
  }
  return value.kind === 'tensor' ? applyPairs(scope, expr, value, pairs) : errorAt(expr.span)
}

function pairsOf(scope: Scope, value: Operand, from: Name, to: Name): readonly Pair[] | null {
  const source = axisAtoms(scope, from)
  if (source === null || !hasAxes(scope, value, source, 'the renaming', from.span)) return null
  const target = targetAtoms(scope, from, to, source)
  if (target === null) return null
  const differs = target.some((atom, place) => !sameExtent(scope, source[place] ?? '', atom))
  if (source.length !== target.length || differs) {
    report(scope, 'ESP1107', to.span, { from: from.text, to: to.text, source: source.join(' * '), target: target.join(' * ') })
    return null
  }
  return source.map((atom, place) => ({ from: atom, to: target[place] ?? '', name: to }))
}

/** Sizes that are both fixed must agree; others are compared when the policy is called. */
function sameExtent(scope: Scope, from: string, to: string): boolean {
  const [a, b] = [scope.pinned.get(from), scope.pinned.get(to)]
  return a === undefined || b === undefined || exact.equals(a, b)
}

/** An axis that is declared but not bound here becomes bound: it has the size of the axis it renames. */
function targetAtoms(scope: Scope, from: Name, to: Name, source: readonly string[]): readonly string[] | null {
  if (scope.axisArgs.has(to.text)) return axisAtoms(scope, to)
  const info = scope.axes.all.get(to.text)
  if (info === undefined) return unknownTarget(scope, from, to)
  const atoms = scope.axes.atomsOf(to.text)
  const fresh = atoms.length === 1 && !scope.extents.has(to.text) && info.pin === null && info.factors.length === 0
  if (!fresh || source.length !== 1) return axisAtoms(scope, to)
  scope.extents.set(to.text, { kind: 'scalar', value: extentOf(scope, source, to.span).id })
  scope.made.set(to.text, { from: `renamed ${source.join()}`, span: to.span })
  return atoms
}

function unknownTarget(scope: Scope, from: Name, to: Name): null {
  const near = nearMiss(to.text, scope.axes.all.keys())
  report(
    scope,
    'ESP1101',
    to.span,
    { name: to.text },
    {
      fix: near,
      help:
        near !== null
          ? `did you mean \`${near}\`?`
          : `declare the new axis: \`axes ${to.text} = ${from.text}\` says that it is as long as \`${from.text}\``,
    },
  )
  return null
}

/** All at once: `x[a -> b, b -> c]` is no chain. Pairs are taken in an order in which no name is there twice. */
function applyPairs(scope: Scope, expr: RenameExpr, value: TensorElab, pairs: readonly Pair[]): Elab {
  let pending = pairs.filter((pair) => pair.from !== pair.to)
  let current: TensorElab = value
  while (pending.length > 0) {
    const free = pending.find((pair) => !current.type.axes.includes(pair.to))
    if (free === undefined) {
      const [pair] = pending
      return report(scope, 'ESP1102', pair?.name.span ?? expr.span, { axis: pair?.to ?? '', where: 'the renamed value' })
    }
    const next = renameOne(scope, expr, current, free)
    if (next === null) return errorAt(expr.span)
    current = next
    pending = pending.filter((pair) => pair !== free)
  }
  return { ...current, span: expr.span }
}

function renameOne(scope: Scope, expr: RenameExpr, value: TensorElab, { from, to }: Pair): TensorElab | null {
  const attrs = { from, to }
  const domain = value.domain === null ? null : renamedMask(scope, expr, value.domain, attrs)
  const swap = (axes: readonly string[]): readonly string[] => axes.map((axis) => (axis === from ? to : axis))
  const selection: Selection | null = value.selection && { ...value.selection, axes: swap(value.selection.axes) }
  const result = valueOf(scope, emit(scope, expr.span, 'rename', [value.id], attrs, [value]), expr.span, domain, selection)
  return result.kind === 'tensor' ? result : null
}

/** A domain may lack the axis: then it holds for all of it. */
function renamedMask(
  scope: Scope,
  expr: RenameExpr,
  mask: number,
  attrs: { readonly from: string; readonly to: string },
): number | null {
  const type = scope.builder.typeOf(mask)
  if (type.kind !== 'tensor' || !type.axes.includes(attrs.from)) return mask
  return emit(scope, expr.span, 'rename', [mask], attrs)
}
