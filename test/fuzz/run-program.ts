/**
 * Compiles a random program and runs it on WebAssembly, on the evaluator as the front end gave it, and on the evaluator
 * after every policy-level and sparse-level pass. Reports every difference beyond what the program allows.
 */
import { decodeToFloat32, encodeData } from '../../abi/dtype.ts'
import { EspalierError } from '../../abi/espalier-error.ts'
import type { DTypeName, Manifest } from '../../abi/manifest.ts'
import { wasmBackend } from '../../backends/wasm/index.ts'
import { CompilerBug } from '../../compiler/diagnostics/bug.ts'
import { DiagnosticSink } from '../../compiler/diagnostics/sink.ts'
import { compile, type CompiledPolicy } from '../../compiler/driver.ts'
import { evaluateFunc, EvalError, type EvalOutputs } from '../../compiler/ir/eval.ts'
import type { TensorValue } from '../../compiler/ir/eval-value.ts'
import type { Func, Module } from '../../compiler/ir/node.ts'
import type { TensorType } from '../../compiler/ir/types.ts'
import { instantiate } from '../../host/runtime/index.ts'
import type { HostTensor, PackedTensor, Policy, Tensor } from '../../host/runtime/types.ts'
import { random } from '../support/differential.ts'
import type { Program, Run } from './program.ts'

export type Outcome =
  | { readonly kind: 'agreed'; readonly calls: number; readonly refused: number }
  | { readonly kind: 'rejected'; readonly codes: readonly string[] }
  | { readonly kind: 'failed'; readonly problems: readonly string[] }

interface Snapshot {
  readonly after: string
  readonly module: Module
}

const failed = (...problems: readonly string[]): Outcome => ({ kind: 'failed', problems })
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

export async function runProgram(program: Program): Promise<Outcome> {
  const sink = new DiagnosticSink()
  const snapshots: Snapshot[] = []
  let compiled: CompiledPolicy | undefined
  try {
    ;[compiled] = await compile({
      source: { name: 'random.prune', text: program.text },
      load: () => null,
      sink,
      target: wasmBackend,
      version: 'test',
      verify: 'each',
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
  return runAll(program, compiled, snapshots.slice(1))
}

async function runAll(program: Program, compiled: CompiledPolicy, snapshots: readonly Snapshot[]): Promise<Outcome> {
  const kernels = compiled.artifacts.find((one) => one.role === 'kernels')?.content as Uint8Array<ArrayBuffer>
  // The text of a manifest is what a host gets.
  const policy = await instantiate(JSON.parse(JSON.stringify(compiled.manifest)) as Manifest, kernels)
  const problems: string[] = []
  let refused = 0
  for (const [at, run] of program.runs.entries()) {
    policy.reset()
    const comparison = new Comparison(program, compiled, snapshots, policy, run)
    refused += comparison.run()
    problems.push(...comparison.problems.map((problem) => `run ${at}: ${problem}`))
  }
  policy.release()
  return problems.length > 0 ? failed(...problems) : { kind: 'agreed', calls: program.runs.length, refused }
}

interface Made {
  readonly values: ReadonlyMap<string, TensorValue>
  readonly given: Record<string, { data: ReturnType<typeof encodeData>; shape: number[]; dtype: DTypeName }>
}

/** One run: its calls in order, the state carried from one to the next. */
class Comparison {
  readonly problems: string[] = []
  private readonly program: Program
  private readonly module: Module
  private readonly snapshots: readonly Snapshot[]
  private readonly policy: Policy
  private readonly details: Run
  private readonly extents: ReadonlyMap<string, number>

  constructor(program: Program, compiled: CompiledPolicy, snapshots: readonly Snapshot[], policy: Policy, details: Run) {
    this.program = program
    this.module = compiled.policyModule
    this.snapshots = snapshots
    this.policy = policy
    this.details = details
    this.extents = new Map(Object.entries(details.extents))
  }

  /** The number of calls that both sides refused. */
  run(): number {
    const next = random(this.details.seed)
    const func = this.variant(this.module)
    let states: ReadonlyMap<string, TensorValue> = new Map()
    for (let call = 0; call < this.details.calls; call++) {
      const made = this.inputs(func, next)
      const before = this.problems.length
      const expected = this.call(`call ${call}`, func, made, states)
      if (expected === null) return 1
      states = new Map([...states, ...expected.states])
      if (this.problems.length > before) return 0
    }
    return 0
  }

  private call(label: string, func: Func, made: Made, states: ReadonlyMap<string, TensorValue>): EvalOutputs | null {
    const expected = this.attempt(() => this.evaluate(this.module, func, made, states))
    const got = this.attempt(() => this.policy.call('e', made.given, this.details.params))
    if (expected instanceof Error || got instanceof Error) {
      const isRefusal = expected instanceof EvalError && got instanceof EspalierError
      if (!isRefusal) this.problems.push(`${label}: the evaluator ${verdict(expected)}, WebAssembly ${verdict(got)}`)
      return null
    }
    for (const [name, value] of expected.outputs)
      this.compareGot(`${label} ${name}`, value as TensorValue, got[name], this.errorOf(name))
    for (const [name, value] of expected.states)
      this.compareHost(`${label} state ${name}`, value, this.policy.readState(name), this.errorOf(name))
    Object.values(got).forEach((tensor) => tensor.release())
    this.checkPasses(label, expected, made, states)
    return expected
  }

  private attempt<T>(act: () => T): T | Error {
    try {
      return act()
    } catch (error) {
      return error as Error
    }
  }

  private checkPasses(label: string, expected: EvalOutputs, made: Made, states: ReadonlyMap<string, TensorValue>): void {
    for (const { after, module } of this.snapshots) {
      const got = this.attempt(() => this.evaluate(module, this.variant(module), made, states))
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

  private evaluate(module: Module, func: Func, made: Made, states: ReadonlyMap<string, TensorValue>): EvalOutputs {
    const params = new Map(Object.entries(this.details.params))
    return evaluateFunc(module, func, {
      inputs: new Map([...this.carried(func, states), ...made.values]),
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
    const values = new Map<string, TensorValue>()
    const given: Made['given'] = {}
    for (const param of func.params.filter((one) => one.role === 'input')) {
      const { dtype, axes } = param.type as TensorType
      const shape = axes.map((axis) => this.extents.get(axis) ?? 1)
      const palette = this.program.palettes.get(param.name)
      const raw = Array.from({ length: shape.reduce((x, y) => x * y, 1) }, () => palette?.draw(next) ?? 0)
      const data = encodeData(dtype, raw)
      values.set(param.name, { kind: 'tensor', dtype, axes, shape, data: decoded(dtype, data) })
      const declared = param.axes.map((axis) => axis.atoms.map((atom) => this.extents.get(atom) ?? 1).reduce((x, y) => x * y, 1))
      given[param.name] = { data, shape: declared, dtype }
    }
    return { values, given }
  }

  private compareGot(label: string, expected: TensorValue, got: Tensor | PackedTensor | undefined, error: number): void {
    if (got === undefined) return void this.problems.push(`${label} is missing`)
    if (got.kind === 'dense') return this.compareHost(label, expected, got, error)
    const dense = got.dense()
    this.compareMasks(label, expected, got.mask())
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
