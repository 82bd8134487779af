/** Runs one `test` block on one target. */
import { encodeData } from '../abi/dtype.ts'
import type { DTypeName } from '../abi/manifest.ts'
import type { Span } from '../compiler/diagnostics/span.ts'
import { LineMap } from '../compiler/diagnostics/line-map.ts'
import type { CheckedStep, CheckedTest } from '../compiler/frontend/check/test-blocks.ts'
import { elementCount, shapeText } from './files/tensor.ts'
import type { Unit } from './program.ts'
import { numbersOf } from './reference-values.ts'
import { Refusal } from './refusal.ts'
import { rejectionOf } from './rejected.ts'
import { denseOf, type DenseTensor, type Runner, type RunTensors } from './runner.ts'

export interface TestFailure {
  /** `file:line:column` of the step. */
  readonly place: string
  readonly what: string
}

type Step<K extends CheckedStep['kind']> = CheckedStep & { readonly kind: K }

/** Relative to the largest value of the tensor; literals in tests are written with few digits. */
const tolerance: Readonly<Partial<Record<DTypeName, number>>> = { f32: 1e-5, f16: 2 ** -10, bf16: 2 ** -7 }

/** The first thing that is not as expected; null when all is. */
export async function runTest(test: CheckedTest, runner: Runner, unit: Unit): Promise<TestFailure | null> {
  let outputs: RunTensors = {}
  for (const [i, step] of test.steps.entries()) {
    const next = test.steps[i + 1]
    const refusal =
      step.kind === 'set' || step.kind === 'call' ? await refusalOf(step, runner, (results) => (outputs = results)) : null
    const what =
      next?.kind === 'expect-error' && step.kind !== 'expect'
        ? unexpected(next, refusal)
        : (refusal?.text ?? (await mismatch(step, outputs, runner)))
    if (what !== null) return { place: placeOf(step.span, unit), what }
  }
  return null
}

interface Refused {
  readonly code: string
  readonly text: string
}

async function refusalOf(
  step: Step<'set'> | Step<'call'>,
  runner: Runner,
  keep: (results: RunTensors) => void,
): Promise<Refused | null> {
  try {
    if (step.kind === 'set') runner.set({ [step.name]: step.text })
    else
      keep(
        await runner.call(
          step.entry,
          inputsOf(step, runner),
          Object.fromEntries(step.args.map(({ name, text }) => [name, text])),
        ),
      )
    return null
  } catch (error) {
    const diagnostic = error instanceof Refusal ? error.diagnostic : rejectionOf(error)?.diagnostics[0]
    if (diagnostic === undefined) throw error
    return { code: diagnostic.code, text: `${diagnostic.code}: ${diagnostic.message}` }
  }
}

function unexpected(step: Step<'expect-error'>, refusal: Refused | null): string | null {
  if (refusal === null) return `expected ${step.code}, and nothing was refused`
  return refusal.code === step.code ? null : `expected ${step.code}, got ${refusal.text}`
}

function inputsOf({ entry, inputs }: Step<'call'>, runner: Runner): RunTensors {
  const declared = runner.policy.entries.find((candidate) => candidate.name === entry)?.inputs ?? []
  return Object.fromEntries(
    inputs.map(({ name, dtype, shape, data }): [string, DenseTensor] => {
      const input = declared.find((candidate) => candidate.name === name)
      const stored = dtype ?? (input?.kind === 'tensor' && input.dtype !== 'float' ? input.dtype : 'f32')
      return [name, { kind: 'dense', dtype: stored, shape, data: encodeData(stored, data) }]
    }),
  )
}

async function mismatch(step: CheckedStep, outputs: RunTensors, runner: Runner): Promise<string | null> {
  if (step.kind !== 'expect') return null
  const { name, of } = step
  const output = outputs[name]
  if (of === 'output' && output === undefined) return `the last call has no output \`${name}\``
  const got = of === 'state' ? await runner.state(name) : denseOf(output!)
  const isScalar =
    elementCount(step.shape) === 1 && elementCount(got.shape) === 1 && (step.shape.length === 0 || got.shape.length === 0)
  if (!isScalar && shapeText(step.shape) !== shapeText(got.shape))
    return `\`${name}\` has shape ${shapeText(got.shape)}, not ${shapeText(step.shape)}`
  const values = numbersOf(got.dtype, got.data)
  const largest = step.data.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0)
  const allowed = (tolerance[got.dtype] ?? 0) * Math.max(largest, 1e-30)
  const wrong = step.data.findIndex((value, i) => !agrees(value, values[i]!, allowed))
  return wrong < 0 ? null : `\`${name}\` is ${listText(values)}, not ${listText(step.data)} (element ${wrong})`
}

const agrees = (expected: number, got: number, allowed: number): boolean =>
  expected === got || (Number.isNaN(expected) && Number.isNaN(got)) || Math.abs(expected - got) <= allowed

function listText(values: ArrayLike<number>): string {
  const shown = Array.from(values)
    .slice(0, 12)
    .map((value) => String(Number(value.toPrecision(6))))
  return `[${shown.join(', ')}${values.length > 12 ? ', …' : ''}]`
}

function placeOf(span: Span, { sources }: Unit): string {
  const text = sources.get(span.source)
  if (text === undefined) return span.source
  const { line, column } = new LineMap(text).position(span.start)
  return `${span.source}:${line}:${column}`
}
