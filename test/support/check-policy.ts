/** The front end alone in tests: text to modules, signatures, tests and diagnostics; and the evaluator on what it gives. */
import { DiagnosticSink } from '../../compiler/diagnostics/sink.ts'
import type { Diagnostic } from '../../compiler/diagnostics/diagnostic.ts'
import { checkFile, type CheckedFile } from '../../compiler/frontend/check.ts'
import { parseSource } from '../../compiler/frontend/parse.ts'
import { createLoader } from '../../compiler/frontend/stdlib.ts'
import type { Func, Module } from '../../compiler/ir/node.ts'
import { ops } from '../../compiler/ir/ops/index.ts'
import { evaluateFunc } from '../../compiler/ir/eval.ts'
import type { TensorValue } from '../../compiler/ir/eval-value.ts'
import type { DType, TensorType } from '../../compiler/ir/types.ts'
import { verifyModule } from '../../compiler/ir/verify.ts'
import { flatten, nested, shapeOf, tensorOf, type Nested } from './evaluate-text.ts'

export interface Checked extends CheckedFile {
  readonly diagnostics: readonly Diagnostic[]
  readonly codes: readonly string[]
}

export interface CheckRequest {
  /** What relative `use` finds. */
  readonly files?: Readonly<Record<string, string>>
  readonly library?: Readonly<Record<string, string>>
  readonly dtypes?: (entry: string, input: string) => DType | null
}

export function check(text: string, { files = {}, library = {}, dtypes }: CheckRequest = {}): Checked {
  const sink = new DiagnosticSink()
  const load = createLoader(new Map(Object.entries(library)), (name) => files[name] ?? null)
  const file = parseSource({ name: 'test.prune', text }, sink)
  const checked = checkFile(file, { load, sink, ...(dtypes === undefined ? {} : { dtypes }) })
  const diagnostics = sink.list()
  return { ...checked, diagnostics, codes: diagnostics.map((one) => one.code) }
}

/** The module of a text without problems; it passes the verifier. */
export function checkedModule(text: string, request: CheckRequest = {}): Module {
  const { modules, diagnostics } = check(text, request)
  const [module] = modules
  if (module === undefined || diagnostics.some((one) => one.severity === 'error'))
    throw new Error(diagnostics.map((one) => `${one.code}: ${one.message}`).join('\n'))
  const problems = verifyModule(module, ops)
  if (problems.length > 0) throw new Error(problems.map((problem) => JSON.stringify(problem)).join('\n'))
  return module
}

export function entryOf(module: Module, name: string, variant: Readonly<Record<string, string>> = {}): Func {
  const fits = (func: Func): boolean => Object.entries(variant).every(([key, value]) => func.variant[key] === value)
  const func = module.funcs.find((each) => each.role === 'entry' && each.name === name && fits(each))
  if (func === undefined) throw new Error(`no entry ${name}`)
  return func
}

export interface RunRequest {
  readonly inputs: Readonly<Record<string, Nested | readonly boolean[]>>
  readonly params?: Readonly<Record<string, number | string | boolean>>
  readonly states?: Readonly<Record<string, Nested>>
  readonly extents?: Readonly<Record<string, number>>
  readonly variant?: Readonly<Record<string, string>>
}

/** Inputs by declared axes: a list over `in` is split over the atoms that the entry knows, given the extents of the inner ones. */
export function run(module: Module, entry: string, request: RunRequest): Record<string, Nested> {
  const func = entryOf(module, entry, request.variant)
  const inputs = new Map<string, TensorValue>()
  const given = { ...request.states, ...request.inputs } as Record<string, Nested>
  for (const param of func.params) {
    const value = given[param.name]
    if (param.type.kind === 'tensor' && value !== undefined)
      inputs.set(param.name, splitAxes(func, param, value, request.extents ?? {}))
  }
  const params = new Map(Object.entries(request.params ?? {}))
  const { outputs, states } = evaluateFunc(module, func, {
    inputs,
    params,
    extents: new Map(Object.entries(request.extents ?? {})),
  })
  const out: Record<string, Nested> = {}
  for (const [name, value] of [...outputs, ...states])
    if (value.kind === 'tensor') out[name] = nested([...value.data], joinedShape(func, name, value))
  return out
}

function splitAxes(
  func: Func,
  param: Func['params'][number],
  value: Nested,
  extents: Readonly<Record<string, number>>,
): TensorValue {
  const type = param.type as TensorType
  const shape = shapeOf(value)
  const atoms = param.axes.flatMap((axis, at) => {
    const known = axis.atoms.map((atom) => extents[atom] ?? pinned(func, atom))
    const product = known.reduce<number>((size, extent) => size * (extent ?? 1), 1)
    return known.map((extent) => extent ?? (shape[at] as number) / product)
  })
  return tensorOf(type.dtype, type.axes, nested(flatten(value), atoms), atoms)
}

function pinned(func: Func, atom: string): number | null {
  const extent = func.axes.find((axis) => axis.name === atom)?.extent
  const node = extent?.kind === 'scalar' ? func.body.nodes.find((each) => each.results[0]?.id === extent.value) : undefined
  return node?.op === 'literal' ? Number(node.attrs['value']) : null
}

function joinedShape(func: Func, name: string, value: TensorValue): readonly number[] {
  const output = func.outputs.find((each) => each.name === name)
  let at = 0
  return (output?.axes ?? []).map((axis) => axis.atoms.reduce((size) => size * (value.shape[at++] as number), 1))
}
