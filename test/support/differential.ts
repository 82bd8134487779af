/**
 * Runs one policy on the evaluator and on a target (WebAssembly unless another is given) with the same inputs, entry by entry,
 * state carried, and compares: masks, indices and integers exactly; floats within a tolerance of the largest value of the tensor.
 */
import { decodeNumbers, decodeToFloat32, encodeData, type DTypeName } from '../../abi/dtype.ts'
import type { Backend } from '../../backends/backend.ts'
import { wasmBackend } from '../../backends/wasm/index.ts'
import { DiagnosticSink } from '../../compiler/diagnostics/sink.ts'
import { compile, type CompiledPolicy } from '../../compiler/driver.ts'
import { evaluateFunc } from '../../compiler/ir/eval.ts'
import type { TensorValue } from '../../compiler/ir/eval-value.ts'
import type { Func } from '../../compiler/ir/node.ts'
import type { DType, TensorType } from '../../compiler/ir/types.ts'
import { instantiate } from '../../host/runtime/wasm/index.ts'
import type { HostTensor, Params } from '../../host/runtime/types.ts'
import type { Policy } from '../../host/runtime/wasm/types.ts'
import { loadLibrary } from './library-source.ts'

export type Answer<T> = T | Promise<T>

interface DenseResult {
  readonly kind: 'dense'
  toFloat32(): Answer<Float32Array>
  release(): void
}
interface PackedResult {
  readonly kind: 'packed'
  mask(): Answer<Uint8Array>
  toFloat32(): Answer<Float32Array>
  release(): void
}
type Result = DenseResult | PackedResult

/** A policy on a target; the host of another target promises what that of WebAssembly gives at once. */
interface RunningPolicy {
  call(entry: string, inputs: never, params?: Params): Answer<Readonly<Record<string, Result>>>
  readState(name: string): Answer<HostTensor>
  release(): void
}

/** What compiles and runs a policy. */
export interface Machine<P = RunningPolicy> {
  readonly backend: Backend
  open(compiled: CompiledPolicy, sizes: Differential['sizes']): Promise<P>
}

export interface Call {
  readonly entry: string
  readonly params?: Params
  /** Values of an input, row-major, cycled to its size; random otherwise. */
  readonly data?: Readonly<Record<string, ArrayLike<number>>>
  readonly extents?: Readonly<Record<string, number>>
  /** Inputs that are outputs of the call before, in whatever format they have: name of the input to name of the output. */
  readonly from?: Readonly<Record<string, string>>
}

export interface Differential {
  readonly text: string
  readonly policy?: string
  /** Extents of atomic and of declared-but-unfactored axes. */
  readonly extents: Readonly<Record<string, number>>
  readonly calls: readonly Call[]
  /** Extents that the host is told, because no input of the first call shows them. */
  readonly sizes?: Readonly<Record<string, number>>
  readonly dtypes?: (entry: string, input: string) => DType | null
  readonly params?: Params
  readonly seed?: number
  /** Values random inputs are drawn from; a normal distribution when absent. */
  readonly palette?: readonly number[]
  readonly tolerance?: number
}

/** Small deterministic generator (mulberry32): tests must not change from run to run. */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

export async function compilePolicy(
  options: Pick<Differential, 'text' | 'policy' | 'dtypes'>,
  target: Backend = wasmBackend,
): Promise<CompiledPolicy> {
  const sink = new DiagnosticSink()
  const compiled = await compile({
    source: { name: 'test.prune', text: options.text },
    load: loadLibrary,
    sink,
    target,
    version: 'test',
    verify: 'each',
    ...(options.policy === undefined ? {} : { policy: options.policy }),
    ...(options.dtypes === undefined ? {} : { dtypes: options.dtypes }),
  })
  const [policy] = compiled
  if (policy === undefined)
    throw new Error(
      sink
        .list()
        .map((one) => `${one.code}: ${one.message}`)
        .join('\n'),
    )
  return policy
}

export async function instantiatePolicy(compiled: CompiledPolicy, sizes: Differential['sizes'] = {}): Promise<Policy> {
  const artifact = compiled.artifacts.find((one) => one.role === 'kernels')!
  return instantiate(compiled.manifest, artifact.content as Uint8Array<ArrayBuffer>, { sizes })
}

export const wasmMachine: Machine<Policy> = { backend: wasmBackend, open: instantiatePolicy }

/** Every difference found, as text; empty when the two agree. */
export async function differences(options: Differential, machine: Machine = wasmMachine): Promise<readonly string[]> {
  const compiled = await compilePolicy(options, machine.backend)
  const policy = await machine.open(compiled, options.sizes)
  const next = random(options.seed ?? 1)
  let states = new Map<string, TensorValue>()
  const found: string[] = []
  let before: Outputs = { expected: new Map(), got: {} }
  for (const [i, call] of options.calls.entries()) {
    const params = { ...options.params, ...call.params }
    const func = chooseVariant(compiled, call.entry, params)
    const extents = new Map(Object.entries({ ...options.extents, ...call.extents }))
    const inputs = makeInputs(func, extents, call, options, next)
    for (const [input, output] of Object.entries(call.from ?? {})) {
      inputs.values.set(input, asInput(func, input, before.expected.get(output)!))
      inputs.given[input] = before.got[output]!
    }
    const expected = evaluateFunc(compiled.policyModule, func, {
      inputs: new Map([...carriedStates(func, states, extents), ...inputs.values]),
      params: new Map(Object.entries(params) as [string, number | string | boolean][]),
      extents,
    })
    const got = await policy.call(call.entry, inputs.given as never, params)
    const label = `call ${i} (${call.entry})`
    for (const [name, value] of expected.outputs)
      found.push(...(await compare(`${label} ${name}`, value as TensorValue, got[name]!, options.tolerance ?? 1e-4)))
    states = new Map([...states, ...expected.states])
    for (const [name, value] of expected.states) {
      const state = await policy.readState(name)
      found.push(
        ...compareData(`${label} state ${name}`, value, decodeToFloat32(state.dtype, state.data), options.tolerance ?? 1e-4),
      )
    }
    Object.values(before.got).forEach((tensor) => tensor.release())
    before = { expected: expected.outputs as Map<string, TensorValue>, got }
  }
  policy.release()
  return found
}

interface Outputs {
  readonly expected: ReadonlyMap<string, TensorValue>
  readonly got: Readonly<Record<string, Result>>
}

/** The tensor under the packing that the input declares: what a packed row is, is the same; that it is exact is forgotten. */
function asInput(func: Func, name: string, value: TensorValue): TensorValue {
  const type = func.params.find((param) => param.name === name)!.type as TensorType
  if (type.packing === undefined || value.packed === undefined) return value
  return { ...value, packed: { ...value.packed, packing: type.packing } }
}

/** States as this entry sees them: the same elements, over the atomic axes that the entry uses. */
export function carriedStates(
  func: Func,
  states: ReadonlyMap<string, TensorValue>,
  extents: ReadonlyMap<string, number>,
): [string, TensorValue][] {
  return func.params.flatMap((param): [string, TensorValue][] => {
    const state = states.get(param.name)
    if (param.role !== 'state' || state === undefined) return []
    const { axes } = param.type as TensorType
    return [[param.name, { ...state, axes, shape: axes.map((axis) => extentOf(axis, extents)) }]]
  })
}

export function chooseVariant(compiled: CompiledPolicy, entry: string, params: Params): Func {
  const defaults = new Map(compiled.policyModule.params.map((param) => [param.name, param.default]))
  const matches = (func: Func): boolean =>
    Object.entries(func.variant).every(([name, choice]) => (params[name] ?? defaults.get(name)) === choice)
  const func = compiled.policyModule.funcs.find((one) => one.role === 'entry' && one.name === entry && matches(one))
  if (func === undefined) throw new Error(`no variant of ${entry}`)
  return func
}

interface MadeInputs {
  readonly values: Map<string, TensorValue>
  readonly given: Record<string, { data: ReturnType<typeof encodeData>; shape: number[]; dtype: DTypeName } | Result>
}

function makeInputs(
  func: Func,
  extents: ReadonlyMap<string, number>,
  call: Call,
  options: Differential,
  next: () => number,
): MadeInputs {
  const values = new Map<string, TensorValue>()
  const given: MadeInputs['given'] = {}
  for (const param of func.params.filter((one) => one.role === 'input' && call.from?.[one.name] === undefined)) {
    const type = param.type as TensorType
    const shape = type.axes.map((axis) => extentOf(axis, extents))
    const size = shape.reduce((x, y) => x * y, 1)
    const source = call.data?.[param.name]
    const raw = Array.from({ length: size }, (_, i) =>
      source !== undefined ? source[i % source.length]! : draw(type.dtype, options, next),
    )
    const data = encodeData(type.dtype, raw)
    values.set(param.name, {
      kind: 'tensor',
      dtype: type.dtype,
      axes: type.axes,
      shape,
      data: decodeNumbers(type.dtype, data),
    })
    const declared = param.axes.map((axis) => axis.atoms.map((atom) => extentOf(atom, extents)).reduce((x, y) => x * y, 1))
    given[param.name] = { data, shape: declared, dtype: type.dtype }
  }
  return { values, given }
}

export function extentOf(axis: string, extents: ReadonlyMap<string, number>): number {
  const extent = extents.get(axis)
  if (extent === undefined) throw new Error(`the test gives no extent for axis ${axis}`)
  return extent
}

function draw(dtype: DType, options: Differential, next: () => number): number {
  if (options.palette !== undefined) return options.palette[Math.floor(next() * options.palette.length)]!
  if (dtype === 'bool') return next() < 0.5 ? 0 : 1
  if (dtype === 'u8' || dtype === 'u32') return Math.floor(next() * 200)
  if (dtype === 'i8' || dtype === 'i32') return Math.floor(next() * 200) - 100
  return Math.sqrt(-2 * Math.log(next() || 0.5)) * Math.cos(2 * Math.PI * next())
}

async function compare(label: string, expected: TensorValue, got: Result, tolerance: number): Promise<readonly string[]> {
  if (expected.kind !== 'tensor') return [`${label}: the evaluator gives no tensor`]
  if (got.kind === 'packed') {
    const mask = await got.mask()
    const wrong =
      expected.packed === undefined ? -1 : expected.packed.mask.findIndex((kept, i) => (kept !== 0) !== (mask[i] !== 0))
    if (wrong >= 0) return [`${label}: element ${wrong} is ${mask[wrong] ? 'kept' : 'dropped'}`]
  }
  return compareData(label, expected, await got.toFloat32(), tolerance)
}

function compareData(label: string, expected: TensorValue, got: Float32Array, tolerance: number): readonly string[] {
  if (expected.data.length !== got.length) return [`${label}: ${got.length} elements instead of ${expected.data.length}`]
  const exact = !['f32', 'f16', 'bf16'].includes(expected.dtype)
  const largest = expected.data.reduce((most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most), 0)
  const close = (x: number, y: number): boolean =>
    Object.is(x, y) || x === y || Math.fround(x) === y || (!exact && Math.abs(x - y) <= tolerance * Math.max(largest, 1e-30))
  const wrong = expected.data.findIndex((x, i) => !close(x, got[i]!))
  return wrong < 0 ? [] : [`${label}: element ${wrong} of ${got.length} is ${got[wrong]} instead of ${expected.data[wrong]}`]
}
