/** `test` blocks: names resolved against the policy they are for, literals evaluated. The result is plain data for a runner. */
import type { DiagnosticSink } from '../../diagnostics/sink.ts'
import type { Span } from '../../diagnostics/span.ts'
import { isDiagnosticCode } from '../../diagnostics/catalogue.ts'
import type { PolicyParam } from '../../ir/node.ts'
import type { DType } from '../../ir/types.ts'
import type { Expr, Name, TestArg, TestDecl, TestStep } from '../ast.ts'
import { guess } from '../types/suggestion.ts'
import { constantNumber, constantOf, paramText } from './constants.ts'
import { dtypeOf } from './declarations.ts'
import type { EntrySignature, PolicySignature } from './signature.ts'

/** Row-major; a number alone has no shape. Truth values are 0 and 1. */
export interface TestTensor {
  readonly shape: readonly number[]
  readonly data: readonly number[]
}

export type CheckedStep =
  | { readonly kind: 'set'; readonly name: string; readonly text: string; readonly span: Span }
  | {
      readonly kind: 'call'
      readonly entry: string
      /** `dtype` null: the declared one, f32 for `float`. */
      readonly inputs: readonly ({ readonly name: string; readonly dtype: DType | null } & TestTensor)[]
      /** Scalars of the call and overrides of parameters, as exact text. */
      readonly args: readonly { readonly name: string; readonly text: string }[]
      readonly span: Span
    }
  | ({ readonly kind: 'expect'; readonly name: string; readonly of: 'output' | 'state'; readonly span: Span } & TestTensor)
  | { readonly kind: 'expect-error'; readonly code: string; readonly span: Span }

export interface CheckedTest {
  readonly title: string
  readonly policy: string
  /** Extents that no input shows, by axis. */
  readonly sizes: Readonly<Record<string, number>>
  readonly steps: readonly CheckedStep[]
  readonly span: Span
}

export function checkTest(sink: DiagnosticSink, test: TestDecl, policies: readonly PolicySignature[]): CheckedTest | null {
  const policy = testedPolicy(sink, test, policies)
  if (policy === null) return null
  const errors = sink.errorCount
  const steps: CheckedStep[] = []
  const sizes = new Map<string, number>()
  let called: EntrySignature | null = null
  test.steps.forEach((step, place) => {
    if (step.kind === 'size') return checkSize(sink, policy, called !== null, step, sizes)
    const refused = test.steps[place + 1]?.kind === 'expect-error'
    const checked = checkStep(sink, policy, called, step, refused)
    if (step.kind === 'call') called = policy.entries.find((entry) => entry.name === step.entry.text) ?? null
    if (checked !== null) steps.push(checked)
  })
  return sink.errorCount > errors
    ? null
    : { title: test.title.text, policy: policy.name, sizes: Object.fromEntries(sizes), steps, span: test.span }
}

function testedPolicy(sink: DiagnosticSink, test: TestDecl, policies: readonly PolicySignature[]): PolicySignature | null {
  const [only] = policies
  const { policy } = test
  if (policy === null) {
    if (only !== undefined && policies.length === 1) return only
    sink.report('ESP1305', test.title.span, { count: policies.length })
    return null
  }
  const found = policies.find((candidate) => candidate.name === policy.text)
  if (found === undefined)
    unknown(
      sink,
      policy,
      'policy',
      policies.map((candidate) => candidate.name),
    )
  return found ?? null
}

function unknown(sink: DiagnosticSink, name: Name, what: string, known: readonly string[]): null {
  sink.report('ESP1301', name.span, { what, name: name.text }, guess(name.text, known))
  return null
}

function checkStep(
  sink: DiagnosticSink,
  policy: PolicySignature,
  called: EntrySignature | null,
  step: Exclude<TestStep, { readonly kind: 'size' }>,
  refused: boolean,
): CheckedStep | null {
  switch (step.kind) {
    case 'set': {
      const param = policy.params.find((candidate) => candidate.name === step.name.text)
      if (param === undefined)
        return unknown(
          sink,
          step.name,
          'parameter',
          policy.params.map((candidate) => candidate.name),
        )
      const text = scalarText(sink, param.name, param.type, step.value, false)
      return text === null ? null : { kind: 'set', name: param.name, text, span: step.span }
    }
    case 'call':
      return checkCall(sink, policy, step, refused)
    case 'expect':
      return checkExpect(sink, policy, called, step)
    case 'expect-error':
      if (isDiagnosticCode(step.code.text)) return { kind: 'expect-error', code: step.code.text, span: step.span }
      return unknown(sink, step.code, 'diagnostic', [])
  }
}

/** Sizes belong to the instance that the test makes, so they come before it is called. */
function checkSize(
  sink: DiagnosticSink,
  policy: PolicySignature,
  called: boolean,
  { axis, value, span }: TestStep & { readonly kind: 'size' },
  sizes: Map<string, number>,
): void {
  const known = axesOf(policy)
  if (!known.includes(axis.text)) return void unknown(sink, axis, 'axis', known)
  const constant = constantOf(value)
  const number = constant?.kind === 'int' ? constantNumber(constant) : null
  const refuse = (why: string): void => sink.report('ESP1307', span, { axis: axis.text, why })
  if (called) refuse('is given after a call')
  else if (sizes.has(axis.text)) refuse('is given twice')
  else if (number === null || !Number.isSafeInteger(number)) refuse('is not a whole number')
  else sizes.set(axis.text, number)
}

/** Axes of a policy by every name that a size may be given for. */
function axesOf({ axes, states, entries }: PolicySignature): readonly string[] {
  const shown = entries.flatMap(({ inputs }) =>
    inputs.flatMap((input) => (input.kind === 'tensor' ? input.axes : input.kind === 'index' ? [input.axis.text] : [])),
  )
  return [
    ...new Set([...axes.flatMap(({ name, factors }) => [name, ...factors]), ...states.flatMap((state) => state.axes), ...shown]),
  ]
}

type CallStep = TestStep & { readonly kind: 'call' }

function checkCall(sink: DiagnosticSink, policy: PolicySignature, step: CallStep, refused: boolean): CheckedStep | null {
  const entry = policy.entries.find((candidate) => candidate.name === step.entry.text)
  if (entry === undefined)
    return unknown(
      sink,
      step.entry,
      'entry',
      policy.entries.map((candidate) => candidate.name),
    )
  const inputs: BoundInput[] = []
  const args: BoundArg[] = []
  const seen = new Set<string>()
  for (const arg of step.args) {
    if (seen.has(arg.name.text)) sink.report('ESP1002', arg.name.span, { what: 'argument', name: arg.name.text })
    seen.add(arg.name.text)
    const bound = bindArg(sink, policy, entry, arg, refused)
    if (bound === null) continue
    if ('text' in bound) args.push(bound)
    else inputs.push(bound)
  }
  const missing = entry.inputs.filter((input) => !seen.has(input.name)).map((input) => input.name)
  if (missing.length > 0 && !refused)
    sink.report('ESP1304', step.entry.span, { entry: entry.name, missing: missing.join('`, `') })
  return { kind: 'call', entry: entry.name, inputs, args, span: step.span }
}

type BoundInput = (CheckedStep & { readonly kind: 'call' })['inputs'][number]
type BoundArg = (CheckedStep & { readonly kind: 'call' })['args'][number]

function bindArg(
  sink: DiagnosticSink,
  policy: PolicySignature,
  entry: EntrySignature,
  arg: TestArg,
  refused: boolean,
): BoundInput | BoundArg | null {
  const name = arg.name.text
  const input = entry.inputs.find((candidate) => candidate.name === name)
  if (input?.kind === 'tensor') {
    const value = tensorLiteral(sink, arg.value)
    const dtype = arg.dtype === null ? null : dtypeOf(sink, arg.dtype)
    if (value === null) return null
    if (value.shape.length < input.axes.length && !refused)
      sink.report(
        'ESP1303',
        arg.value.span,
        { name, axes: input.axes.join(', '), wanted: input.axes.length, found: value.shape.length },
        { related: [{ span: input.span, message: `\`${name}\` is declared here` }] },
      )
    return { name, dtype: dtype === 'float' ? null : dtype, ...value }
  }
  const param = policy.params.find((candidate) => candidate.name === name)
  const type: PolicyParam['type'] | undefined =
    input === undefined ? param?.type : { kind: input.kind === 'index' ? 'int' : input.type }
  if (type === undefined)
    return unknown(sink, arg.name, 'input or parameter', [
      ...entry.inputs.map((candidate) => candidate.name),
      ...policy.params.map((candidate) => candidate.name),
    ])
  const text = scalarText(sink, name, type, arg.value, refused)
  return text === null ? null : { name, text }
}

/** A call that is expected to be refused may give what the type does not allow. */
function scalarText(sink: DiagnosticSink, name: string, type: PolicyParam['type'], value: Expr, refused: boolean): string | null {
  if (!refused) return paramText(sink, name, type, value)
  const constant = constantOf(value)
  if (constant === null) return paramText(sink, name, type, value)
  if (constant.kind === 'int' || constant.kind === 'real' || constant.kind === 'ratio') return exactText(constant.value)
  return String(constant.value)
}

const exactText = ({ n, d }: { readonly n: bigint; readonly d: bigint }): string => (d === 1n ? String(n) : `${n}/${d}`)

function checkExpect(
  sink: DiagnosticSink,
  policy: PolicySignature,
  called: EntrySignature | null,
  step: TestStep & { readonly kind: 'expect' },
): CheckedStep | null {
  const outputs = called?.outputs.map((output) => output.name) ?? []
  const states = policy.states.map((state) => state.name)
  const name = step.name.text
  const of = outputs.includes(name) ? 'output' : states.includes(name) ? 'state' : null
  // Outputs of an entry with errors are not known; it has been reported already.
  if (of === null && (called === null || called.outputs.length > 0))
    return unknown(sink, step.name, 'output or state', [...outputs, ...states])
  const value = tensorLiteral(sink, step.value)
  return value === null || of === null ? null : { kind: 'expect', name, of, ...value, span: step.span }
}

const MAX_LEVELS = 16

/** Nested lists of numbers, all of one shape. */
export function tensorLiteral(sink: DiagnosticSink, expr: Expr, level = 0): TestTensor | null {
  if (expr.kind !== 'list') {
    const constant = constantOf(expr)
    const number = constant === null ? null : constantNumber(constant)
    if (number !== null) return { shape: [], data: [number] }
    sink.report('ESP1302', expr.span, {})
    return null
  }
  const items = level >= MAX_LEVELS ? [] : expr.items.map((item) => tensorLiteral(sink, item, level + 1))
  const [first] = items
  if (level >= MAX_LEVELS) sink.report('ESP1302', expr.span, {})
  if (level >= MAX_LEVELS || items.includes(null)) return null
  const odd = items.findIndex((item) => item?.shape.join() !== first?.shape.join())
  if (odd > 0) {
    sink.report('ESP1306', expr.items[odd]?.span ?? expr.span, { found: shapeText(items[odd]), wanted: shapeText(first) })
    return null
  }
  return { shape: [items.length, ...(first?.shape ?? [])], data: items.flatMap((item) => item?.data ?? []) }
}

const shapeText = (value: TestTensor | null | undefined): string =>
  value == null || value.shape.length === 0 ? 'a number' : `a list of shape ${value.shape.join(' x ')}`
