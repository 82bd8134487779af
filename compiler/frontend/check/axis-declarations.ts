/** The axes of a policy: what `axes` declares, and every name written in the types of inputs and states or after `as`. */
import * as exact from '../../../abi/rational.ts'
import type { DiagnosticSink } from '../../diagnostics/sink.ts'
import type { Span } from '../../diagnostics/span.ts'
import type { AxisDef, AxisFactor, Expr, Name, PolicyDecl } from '../ast.ts'
import type { AxisInfo, Pin, PolicyAxes } from '../types/axes.ts'
import { childrenOf, statementExprs } from './mentions.ts'
import type { ParamInfo, StateInfo } from './scope.ts'

interface Draft {
  readonly name: string
  readonly span: Span
  factors: readonly string[]
  pin: Pin | null
  like: string | null
  defined: boolean
}

export function declareAxes(
  sink: DiagnosticSink,
  policy: PolicyDecl,
  params: ReadonlyMap<string, ParamInfo>,
  states: ReadonlyMap<string, StateInfo>,
): PolicyAxes {
  const drafts = new Map<string, Draft>()
  const draft = (name: Name): Draft => {
    const known = drafts.get(name.text) ?? {
      name: name.text,
      span: name.span,
      factors: [],
      pin: null,
      like: null,
      defined: false,
    }
    drafts.set(name.text, known)
    return known
  }
  for (const item of policy.items)
    if (item.kind === 'axes') for (const definition of item.definitions) define(sink, definition, draft, params)
  refuseCycles(sink, drafts)
  refusePinnedProducts(sink, drafts)
  for (const state of states.values()) for (const axis of state.axisNames) draft(axis)
  for (const item of policy.items) {
    if (item.kind !== 'entry') continue
    for (const input of item.inputs) if (input.type.kind === 'tensor') input.type.axes.forEach(draft)
    compactAxes(statementExprs(item.body)).forEach(draft)
  }
  for (const item of policy.items)
    if (item.kind === 'fn') compactAxes([...item.lets.map((statement) => statement.value), item.result]).forEach(draft)
  return new Map(
    [...drafts].map(([name, { factors, pin, like, span }]): [string, AxisInfo] => [name, { name, factors, pin, like, span }]),
  )
}

export function compactAxes(exprs: readonly Expr[]): readonly Name[] {
  const found: Name[] = []
  const stack = [...exprs]
  for (let expr = stack.pop(); expr !== undefined; expr = stack.pop()) {
    if (expr.kind === 'compact') found.push(expr.as)
    stack.push(...childrenOf(expr))
  }
  return found
}

function define(
  sink: DiagnosticSink,
  definition: AxisDef,
  draft: (name: Name) => Draft,
  params: ReadonlyMap<string, ParamInfo>,
): void {
  const { name, factors, pinned } = definition
  const axis = draft(name)
  if (axis.defined) {
    sink.report(
      'ESP1002',
      name.span,
      { what: 'axis', name: name.text },
      { related: [{ span: axis.span, message: 'first declared here' }] },
    )
    return
  }
  axis.defined = true
  if (pinned !== null) setPin(sink, axis, pinned, params)
  const [only] = factors
  if (only !== undefined && factors.length === 1 && only.pinned === null) {
    draft(only.name)
    axis.like = only.name.text
    return
  }
  const seen = new Set<string>()
  for (const factor of factors) {
    if (seen.has(factor.name.text))
      sink.report('ESP1102', factor.name.span, { axis: factor.name.text, where: `\`${name.text}\`` })
    seen.add(factor.name.text)
    pinFactor(sink, draft(factor.name), factor, params)
  }
  axis.factors = [...seen]
}

function pinFactor(sink: DiagnosticSink, axis: Draft, factor: AxisFactor, params: ReadonlyMap<string, ParamInfo>): void {
  if (factor.pinned !== null) setPin(sink, axis, factor.pinned, params)
}

function setPin(sink: DiagnosticSink, axis: Draft, expr: Expr, params: ReadonlyMap<string, ParamInfo>): void {
  const pin = pinOf(expr, params)
  if (pin === null) {
    sink.report('ESP1110', expr.span, { axis: axis.name })
    axis.pin = { kind: 'error', span: expr.span }
    return
  }
  const clash = axis.pin !== null && pinText(axis.pin) !== pinText(pin)
  if (clash && axis.pin !== null)
    sink.report(
      'ESP1113',
      expr.span,
      { axis: axis.name, first: pinText(axis.pin), second: pinText(pin) },
      { related: [{ span: axis.pin.span, message: 'first fixed here' }] },
    )
  else axis.pin = pin
}

export const pinText = (pin: Pin): string =>
  pin.kind === 'number' ? exact.toText(pin.value) : pin.kind === 'param' ? pin.name : '?'

/** Extents are i32 on every target. */
const MAX_EXTENT = exact.rational(2 ** 31 - 1)

function pinOf(expr: Expr, params: ReadonlyMap<string, ParamInfo>): Pin | null {
  if (expr.kind === 'number' && !expr.percent && /^\d+$/.test(expr.text)) {
    const value = exact.parseRational(expr.text)
    return value !== null && value.n >= 1n && exact.compare(value, MAX_EXTENT) <= 0
      ? { kind: 'number', value, span: expr.span }
      : null
  }
  if (expr.kind !== 'name') return null
  return params.get(expr.name)?.param.type.kind === 'count' ? { kind: 'param', name: expr.name, span: expr.span } : null
}

function refusePinnedProducts(sink: DiagnosticSink, drafts: ReadonlyMap<string, Draft>): void {
  for (const axis of drafts.values()) {
    if (axis.pin === null || axis.factors.length === 0) continue
    sink.report('ESP1112', axis.pin.span, { axis: axis.name, factors: axis.factors.join('`, `') })
    axis.pin = null
  }
}

const MAX_LEVELS = 4
const MAX_FACTORS = 8

/** An axis that contains itself, or is factored beyond reason, loses its factors after a report, so that the rest can go on. */
function refuseCycles(sink: DiagnosticSink, drafts: ReadonlyMap<string, Draft>): void {
  const levels = (axis: Draft, path: readonly string[]): void => {
    const again = [...axis.factors, axis.like].find(
      (factor) => factor !== null && (factor === axis.name || path.includes(factor)),
    )
    const beyond = path.length > MAX_LEVELS || axis.factors.length > MAX_FACTORS
    if (again != null) sink.report('ESP1105', axis.span, { axis: again })
    else if (beyond) sink.report('ESP1114', axis.span, { axis: axis.name, levels: MAX_LEVELS, factors: MAX_FACTORS })
    if (again != null || beyond) [axis.factors, axis.like] = [[], null]
    for (const factor of [...axis.factors, ...(axis.like === null ? [] : [axis.like])]) {
      const next = drafts.get(factor)
      if (next !== undefined) levels(next, [...path, axis.name])
    }
  }
  for (const axis of drafts.values()) levels(axis, [])
}
