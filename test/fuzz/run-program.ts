/**
 * Compiles a random program and runs it on a target (WebAssembly unless another is given), on the evaluator as the front end
 * gave it, and on the evaluator after every policy-level and sparse-level pass. Reports every difference beyond what the
 * program allows.
 */
import { decodeToFloat32, encodeData } from '../../abi/dtype.ts'
import { EspalierError } from '../../abi/espalier-error.ts'
import type { DTypeName, Manifest } from '../../abi/manifest.ts'
import { CompilerBug } from '../../compiler/diagnostics/bug.ts'
import { DiagnosticSink } from '../../compiler/diagnostics/sink.ts'
import { compile, type CompiledPolicy } from '../../compiler/driver.ts'
import { evaluateFunc, EvalError, type EvalOutputs } from '../../compiler/ir/eval.ts'
import type { TensorValue } from '../../compiler/ir/eval-value.ts'
import type { Func, Module } from '../../compiler/ir/node.ts'
import type { TensorType } from '../../compiler/ir/types.ts'
import type { DevicePackedTensor, DeviceTensor } from '../../host/runtime/device/types.ts'
import type { HostTensor, Params } from '../../host/runtime/types.ts'
import type { PackedTensor, Tensor } from '../../host/runtime/wasm/types.ts'
import { random, wasmMachine, type Answer, type Machine } from '../support/differential.ts'
import type { Program, Run } from './program.ts'

export type Outcome =
  | { readonly kind: 'agreed'; readonly calls: number; readonly refused: readonly string[] }
  | { readonly kind: 'rejected'; readonly codes: readonly string[] }
  | { readonly kind: 'failed'; readonly problems: readonly string[] }

type Result = Tensor | PackedTensor | DeviceTensor | DevicePackedTensor

/** A policy where programs run: in memory or on a device. */
interface RunningPolicy {
  reset(): Answer<void>
  call(entry: string, inputs: Readonly<Record<string, HostTensor>>, params: Params): Answer<Readonly<Record<string, Result>>>
  readState(name: string): Answer<HostTensor>
  release(): void
}

export type ProgramMachine = Machine<RunningPolicy>

interface Snapshot {
  readonly after: string
  readonly module: Module
}

const failed = (...problems: readonly string[]): Outcome => ({ kind: 'failed', problems })
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

export async function runProgram(program: Program, machine: ProgramMachine = wasmMachine): Promise<Outcome> {
  const sink = new DiagnosticSink()
  const snapshots: Snapshot[] = []
  let compiled: CompiledPolicy | undefined
  try {
    ;[compiled] = await compile({
      source: { name: 'random.prune', text: program.text },
      load: () => null,
      sink,
      target: machine.backend,
      version: 'test',
      verify: 'each',
      ...(program.gas === null ? {} : { gas: program.gas }),
      onDump: (pass, module) => {
        if (module.level !== 'kernel' && module !== snapshots.at(-1)?.module)
          snapshots.push({ after: pass?.name ?? 'the front end', module })
      },
    })
  } catch (error) {
    return failed(
      `the compiler throws ${error instanceof CompilerBug ? `a CompilerBug: ${messageOf(error)}` : (error as Error).stack}`,
    )
  }
  if (compiled === undefined) {
    const errors = sink.list().filter((one) => one.severity === 'error')
    return { kind: 'rejected', codes: errors.map((one) => `${one.code}: ${one.message}`) }
  }
  return runAll(program, machine, compiled, snapshots.slice(1))
}

async function runAll(
  program: Program,
  machine: ProgramMachine,
  compiled: CompiledPolicy,
  snapshots: readonly Snapshot[],
): Promise<Outcome> {
  // The text of a manifest is what a host gets.
  const policy = await machine.open({ ...compiled, manifest: JSON.parse(JSON.stringify(compiled.manifest)) as Manifest }, {})
  const problems: string[] = []
  const refused: string[] = []
  for (const [at, run] of program.runs.entries()) {
    await policy.reset()
    const comparison = new Comparison(program, compiled, snapshots, { policy, target: machine.backend.name }, run)
    await comparison.run()
    refused.push(...comparison.refused)
    problems.push(...comparison.problems.map((problem) => `run ${at}: ${problem}`))
  }
  policy.release()
  return problems.length > 0 ? failed(...problems) : { kind: 'agreed', calls: program.runs.length, refused }
}

type Values = ReadonlyMap<string, TensorValue>

interface Made {
  /** Inputs of the evaluator, for every index of the leading axes; one without such axes. */
  readonly slices: readonly Values[]
  readonly given: Record<string, { data: ReturnType<typeof encodeData>; shape: number[]; dtype: DTypeName }>
}

/** One run: its calls in order, the state carried from one to the next. */
class Comparison {
  readonly problems: string[] = []
  /** Why the target refused calls that the evaluator refused too. */
  readonly refused: string[] = []
  private readonly program: Program
  private readonly module: Module
  private readonly snapshots: readonly Snapshot[]
  private readonly policy: RunningPolicy
  private readonly target: string
  private readonly details: Run
  private readonly extents: ReadonlyMap<string, number>

  constructor(
    program: Program,
    compiled: CompiledPolicy,
    snapshots: readonly Snapshot[],
    on: { readonly policy: RunningPolicy; readonly target: string },
    details: Run,
  ) {
    this.program = program
    this.module = compiled.policyModule
    this.snapshots = snapshots
    this.policy = on.policy
    this.target = on.target
    this.details = details
    this.extents = new Map(Object.entries(details.extents))
  }

  async run(): Promise<void> {
    const next = random(this.details.seed)
    const func = this.variant(this.module)
    let states: ReadonlyMap<string, TensorValue> = new Map()
    for (let call = 0; call < this.details.calls; call++) {
      const made = this.inputs(func, next)
      const before = this.problems.length
      const expected = await this.call(`call ${call}`, func, made, states)
      if (expected === null) return
      states = new Map([...states, ...expected.states])
      if (this.problems.length > before) return
    }
  }

  private async call(
    label: string,
    func: Func,
    made: Made,
    states: ReadonlyMap<string, TensorValue>,
  ): Promise<EvalOutputs | null> {
    const expected = this.attempt(() => this.mapped(func, made, states))
    const got = await this.answer(made.given)
    if (expected instanceof Error || got instanceof Error) {
      // Without any index of the leading axes nothing is computed, so the evaluator has nothing to refuse.
      const isRefusal = (expected instanceof EvalError || made.slices.length === 0) && got instanceof EspalierError
      if (isRefusal) this.refused.push(got.message)
      else this.problems.push(`${label}: the evaluator ${verdict(expected)}, ${this.target} ${verdict(got)}`)
      return null
    }
    const [first] = expected
    for (const name of func.outputs.filter((one) => one.role === 'output').map((one) => one.name))
      await this.compareGot(`${label} ${name}`, stacked(expected, name), got[name], this.errorOf(name))
    for (const [name, value] of first?.states ?? [])
      this.compareHost(`${label} state ${name}`, value, await this.policy.readState(name), this.errorOf(name))
    Object.values(got).forEach((tensor) => tensor.release())
    const [values] = made.slices
    if (first !== undefined && values !== undefined) this.checkPasses(label, first, values, states)
    return first ?? null
  }

  /** What the evaluator gives for every index of the leading axes. */
  private mapped(func: Func, made: Made, states: ReadonlyMap<string, TensorValue>): readonly EvalOutputs[] {
    return made.slices.map((values) => this.evaluate(this.module, func, values, states))
  }

  private attempt<T>(act: () => T): T | Error {
    try {
      return act()
    } catch (error) {
      return error as Error
    }
  }

  private async answer(given: Made['given']): Promise<Readonly<Record<string, Result>> | Error> {
    try {
      return await this.policy.call('e', given, this.details.params)
    } catch (error) {
      return error as Error
    }
  }

  private checkPasses(label: string, expected: EvalOutputs, values: Values, states: ReadonlyMap<string, TensorValue>): void {
    for (const { after, module } of this.snapshots) {
      const got = this.attempt(() => this.evaluate(module, this.variant(module), values, states))
      if (got instanceof Error) {
        this.problems.push(`${label} after pass ${after}: ${messageOf(got)}`)
        return
      }
      const before = this.problems.length
      const pairs = [...expected.outputs, ...expected.states] as [string, TensorValue][]
      for (const [name, value] of pairs) {
        const other = (got.outputs.get(name) ?? got.states.get(name)) as TensorValue
        // Sums taken in another order differ in the last bits of a double.
        this.compareValues(`${label} ${name} after pass ${after}`, value, other.data, this.errorOf(name))
        this.compareMasks(`${label} ${name} after pass ${after}`, value, other.packed?.mask)
      }
      if (this.problems.length > before) return
    }
  }

  private errorOf(name: string): number {
    return this.program.errors.get(name) ?? 0
  }

  private evaluate(module: Module, func: Func, values: Values, states: ReadonlyMap<string, TensorValue>): EvalOutputs {
    const params = new Map(Object.entries(this.details.params))
    return evaluateFunc(module, func, {
      inputs: new Map([...this.carried(func, states), ...values]),
      params,
      extents: this.extents,
    })
  }

  /** States over the atomic axes of the function. */
  private carried(func: Func, states: ReadonlyMap<string, TensorValue>): [string, TensorValue][] {
    return func.params.flatMap((param): [string, TensorValue][] => {
      const state = states.get(param.name)
      if (param.role !== 'state' || state === undefined) return []
      const { axes } = param.type as TensorType
      return [[param.name, { ...state, axes, shape: axes.map((axis) => this.extents.get(axis) ?? 1) }]]
    })
  }

  private variant(module: Module): Func {
    const { params } = this.details
    const func = module.funcs.find(
      (one) => one.role === 'entry' && Object.entries(one.variant).every(([name, choice]) => params[name] === choice),
    )
    if (func === undefined) throw new Error('no variant of the entry fits')
    return func
  }

  private inputs(func: Func, next: () => number): Made {
    const { leading } = this.details
    const slices = Array.from({ length: (leading?.shape ?? []).reduce((x, y) => x * y, 1) }, () => new Map<string, TensorValue>())
    const given: Made['given'] = {}
    for (const param of func.params.filter((one) => one.role === 'input')) {
      const { dtype, axes } = param.type as TensorType
      const shape = axes.map((axis) => this.extents.get(axis) ?? 1)
      const size = shape.reduce((x, y) => x * y, 1)
      const isMapped = leading?.inputs.includes(param.name) === true
      const palette = this.program.palettes.get(param.name)
      const raw = Array.from({ length: isMapped ? size * slices.length : size }, () => palette?.draw(next) ?? 0)
      const data = encodeData(dtype, raw)
      const numbers = decoded(dtype, data)
      for (const [at, slice] of slices.entries()) {
        const own = isMapped ? numbers.slice(at * size, (at + 1) * size) : numbers
        slice.set(param.name, { kind: 'tensor', dtype, axes, shape, data: own })
      }
      const declared = param.axes.map((axis) => axis.atoms.map((atom) => this.extents.get(atom) ?? 1).reduce((x, y) => x * y, 1))
      given[param.name] = { data, shape: isMapped ? [...leading.shape, ...declared] : declared, dtype }
    }
    return { slices, given }
  }

  private async compareGot(label: string, expected: TensorValue | null, got: Result | undefined, error: number): Promise<void> {
    if (got === undefined) return void this.problems.push(`${label} is missing`)
    if (expected === null) {
      if (got.size > 0) this.problems.push(`${label} has ${got.size} elements instead of none`)
      return
    }
    if (got.kind === 'dense') {
      const data = await (typeof got.data === 'function' ? got.data() : got.data)
      return this.compareHost(label, expected, { dtype: got.dtype, shape: got.shape, data }, error)
    }
    const dense = await got.dense()
    this.compareMasks(label, expected, await got.mask())
    this.compareHost(label, expected, dense, error)
    const kept = expected.packed?.mask.reduce((total, one) => total + Number(one !== 0), 0) ?? 0
    if (got.kept !== kept) this.problems.push(`${label}: keeps ${got.kept} instead of ${kept}`)
  }

  private compareHost(
    label: string,
    expected: TensorValue,
    got: Pick<HostTensor, 'dtype' | 'data' | 'shape'>,
    error: number,
  ): void {
    if (expected.dtype !== got.dtype) this.problems.push(`${label} is ${got.dtype} instead of ${expected.dtype}`)
    else if (got.shape.reduce((x, y) => x * y, 1) !== expected.data.length)
      this.problems.push(`${label} has shape [${got.shape.join(', ')}] instead of [${expected.shape.join(', ')}]`)
    else this.compareValues(label, expected, decoded(got.dtype, got.data), error)
  }

  private compareMasks(label: string, expected: TensorValue, mask: Uint8Array | undefined): void {
    const kept = expected.packed?.mask
    if (kept === undefined && mask === undefined) return
    const wrong = kept?.findIndex((one, at) => (one !== 0) !== (mask?.[at] !== 0 && mask !== undefined)) ?? 0
    if (wrong >= 0) this.problems.push(`${label}: element ${wrong} is ${mask?.[wrong] ? 'kept' : 'dropped'}`)
  }

  private compareValues(label: string, expected: TensorValue, got: Float64Array, error: number): void {
    if (expected.data.length !== got.length)
      return void this.problems.push(`${label}: ${got.length} elements instead of ${expected.data.length}`)
    const allowed = expected.dtype === 'f16' || expected.dtype === 'bf16' ? error * 2 : error
    const wrong = expected.data.findIndex((x, at) => !agree(x, got[at] as number, allowed))
    if (wrong >= 0)
      this.problems.push(
        `${label}: element ${wrong} of ${got.length} [${expected.shape.join(', ')}] is ${got[wrong]} instead of ${expected.data[wrong]} ± ${allowed}`,
      )
  }
}

/** The results of all indices of the leading axes, one after the other; null when there are none. */
function stacked(results: readonly EvalOutputs[], name: string): TensorValue | null {
  const parts = results.map((one) => one.outputs.get(name) as TensorValue)
  const [first, ...rest] = parts
  if (first === undefined || rest.length === 0) return first ?? null
  const data = Float64Array.from(parts.flatMap((part) => [...part.data]))
  const whole = { ...first, axes: ['*', ...first.axes], shape: [parts.length, ...first.shape], data }
  if (first.packed === undefined) return whole
  return { ...whole, packed: { ...first.packed, mask: Uint8Array.from(parts.flatMap((part) => [...(part.packed?.mask ?? [])])) } }
}

const agree = (x: number, y: number, error: number): boolean =>
  x === y || (Number.isNaN(x) && Number.isNaN(y)) || Math.abs(x - y) <= error

function verdict(result: unknown): string {
  if (!(result instanceof Error)) return 'answers'
  if (result instanceof EvalError || result instanceof EspalierError) return `refuses (${result.message})`
  return `throws ${result.stack ?? result.message}`
}

/** All dtypes hold numbers that doubles hold exactly. */
function decoded(dtype: DTypeName, data: ReturnType<typeof encodeData>): Float64Array {
  if (dtype === 'bool') return Float64Array.from(data as Uint8Array, (x) => Number(x !== 0))
  return Float64Array.from(dtype === 'f16' || dtype === 'bf16' ? decodeToFloat32(dtype, data) : (data as ArrayLike<number>))
}
