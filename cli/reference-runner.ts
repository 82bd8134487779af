/**
 * The reference target: the evaluator over the policy-level module, in double precision. Parameters and shapes are bound by
 * the same rules as on compiled targets, so what one refuses the other refuses.
 */
import type { ShapedTensor } from '../abi/axes.ts'
import { encodeData } from '../abi/dtype.ts'
import { problem } from '../abi/espalier-error.ts'
import { bindShapes, type Binding } from '../abi/extents.ts'
import { requireInside } from '../abi/index-arguments.ts'
import type { ParamSpec } from '../abi/manifest.ts'
import { nearMiss } from '../abi/near-miss.ts'
import { countOf, defaultParams, parseParams, requireParam, type ParamValue } from '../abi/params.ts'
import { equalExtents } from '../compiler/ir/equal-axes.ts'
import { evaluateFunc } from '../compiler/ir/eval.ts'
import { EvalError } from '../compiler/ir/eval/eval-error.ts'
import type { TensorValue } from '../compiler/ir/eval-value.ts'
import type { Func, FuncParam, Module } from '../compiler/ir/node.ts'
import type { Packing, TensorType, Type } from '../compiler/ir/types.ts'
import { typesOf } from '../compiler/ir/walk.ts'
import { processorName } from './bench/device-names.ts'
import { copyInMemory } from './bench/plain-copy.ts'
import { requireMemory } from './files/memory.ts'
import { elementCount, type FileTensor } from './files/tensor.ts'
import { paramSpecs } from './param-specs.ts'
import type { Program } from './program.ts'
import { asTensorValue, joined, numbersOf, sliceOf, tensorValueOf, valuesOf, type Values } from './reference-values.ts'
import {
  dense,
  densityOf,
  type DenseTensor,
  type ParamInputs,
  type RepeatedCall,
  type RepeatRequest,
  type Runner,
  type RunTensor,
  type RunTensors,
  type Timed,
} from './runner.ts'

type Sizes = Readonly<Record<string, number>>

export function referenceRunner(program: Program, sizes: Sizes = {}): Runner {
  return new ReferenceRunner(program, sizes)
}

class ReferenceRunner implements Runner {
  readonly target = 'reference'
  readonly policy
  private readonly program: Program
  private readonly sizes: Sizes
  private readonly params: Map<string, ParamValue>
  private readonly states = new Map<string, FileTensor>()

  constructor(program: Program, sizes: Sizes) {
    this.program = program
    this.policy = program.signature
    this.sizes = sizes
    this.params = defaultParams(paramSpecs(this.policy))
  }

  set(params: ParamInputs): void {
    for (const [name, value] of parseParams(paramSpecs(this.policy), params, this.policy.name)) this.params.set(name, value)
  }

  async call(entry: string, inputs: RunTensors, args: ParamInputs): Promise<RunTensors> {
    const dtypes = this.program.floatDTypes(entry, inputs)
    const module = this.program.module(dtypes)
    const params = this.callParams(entry, args)
    const func = chooseFunc(module, entry, params, this.policy.name)
    checkInputs(entry, func, inputs)
    const binding = this.bind(module, func, inputs, params)
    for (const param of func.params) {
      const [axis] = param.role === 'argument' ? param.axes : []
      if (axis !== undefined) requireInside({ name: param.name, axis }, params, binding.extents, entry)
    }
    const tensors = func.params.filter((param) => param.role === 'input')
    const elements = tensors.reduce((sum, { name }) => sum + elementCount(inputs[name]?.shape ?? []), 0)
    requireMemory(`\`${entry}\` on the reference target (8 bytes per element)`, elements * 8)
    const values = new Map(tensors.map(({ name }) => [name, valuesOf(inputs[name]!)]))
    // With an empty leading axis one run over zeros shows the shapes, and its results are dropped.
    const runs = Array.from({ length: Math.max(1, elementCount(binding.leading)) }, (_, index) =>
      this.evaluate(module, func, binding, params, (param) => sliceOf(values.get(param.name)!, binding, index, param)),
    )
    const packings = outputPackings(this.program.layoutModule(dtypes), func)
    return this.collect(func, binding, runs, packings)
  }

  async repeat({ entry, inputs, args, producer }: RepeatRequest): Promise<RepeatedCall> {
    const made = producer === null ? {} : await this.call(producer.entry, producer.inputs, producer.args)
    const packed = Object.entries(producer?.outputs ?? {}).map(([input, output]) => [input, made[output]!] as const)
    const given = { ...inputs, ...Object.fromEntries(packed) }
    return {
      device: processorName(),
      densities: new Map(packed.map(([name, tensor]) => [name, densityOf(tensor)])),
      time: async (calls) => {
        const start = performance.now()
        for (let i = 0; i < calls; i++) await this.call(entry, given, args)
        return performance.now() - start
      },
      deviceTime: null,
      release: () => undefined,
    }
  }

  async copy(bytes: number): Promise<Timed> {
    return copyInMemory(bytes)
  }

  async state(name: string): Promise<DenseTensor> {
    const known = this.states.get(name)
    if (known !== undefined) return dense(known)
    const names = this.policy.states.map((each) => each.name)
    const spec = this.policy.states.find((candidate) => candidate.name === name)
    if (spec === undefined)
      throw problem('ESP4601', { state: name, policy: this.policy.name, known: names, near: nearMiss(name, names) })
    const extents = this.knownSizes()
    const shape = spec.axes.map((axis) => extents.get(axis) ?? raise(problem('ESP4604', { state: name, axis })))
    return dense({
      dtype: spec.dtype,
      shape,
      data: encodeData(spec.dtype, new Float64Array(elementCount(shape)).fill(spec.initial)),
    })
  }

  async save(): Promise<Readonly<Record<string, FileTensor>>> {
    return Object.fromEntries(this.states)
  }

  async restore(states: Readonly<Record<string, FileTensor>>): Promise<void> {
    this.states.clear()
    for (const [name, tensor] of Object.entries(states)) this.states.set(name, checkState(this.policy, name, tensor))
  }

  release(): void {
    this.states.clear()
  }

  private callParams(entryName: string, args: ParamInputs): ReadonlyMap<string, ParamValue> {
    const { name, entries } = this.policy
    const known = entries.map((candidate) => candidate.name)
    const entry = entries.find((candidate) => candidate.name === entryName)
    if (entry === undefined) throw problem('ESP4101', { entry: entryName, policy: name, known, near: nearMiss(entryName, known) })
    const scalars = entry.inputs.filter((input) => input.kind !== 'tensor')
    const specs = scalars.map((input): ParamSpec => {
      const type = input.kind === 'index' ? 'int' : input.type
      return { name: input.name, doc: null, type, default: null }
    })
    const owner = `${name}.${entryName}`
    const values = new Map([...this.params, ...parseParams([...paramSpecs(this.policy), ...specs], args, owner)])
    for (const spec of specs) requireParam(values, spec.name, owner)
    return values
  }

  private bind(module: Module, func: Func, inputs: RunTensors, params: ReadonlyMap<string, ParamValue>): Binding {
    const atoms = new Set(func.axes.map((axis) => axis.name))
    const touched = [
      ...func.params.filter((param) => param.role === 'state'),
      ...func.outputs.filter((output) => output.role === 'state'),
    ]
    const states = touched.flatMap(({ name, axes }): ShapedTensor[] => {
      const state = this.states.get(name)
      return state === undefined ? [] : [{ owner: `state \`${name}\``, axes, shape: state.shape }]
    })
    const counted = func.axes.find((axis) => axis.extent.kind === 'counted')
    const [first] = touched
    return bindShapes({
      entry: func.name,
      axes: module.axes,
      atoms: [...atoms],
      needed: func.axes.filter((axis) => axis.extent.kind === 'bound').map((axis) => axis.name),
      inputs: func.params
        .filter((param) => param.role === 'input')
        .map(({ name, axes }) => ({ owner: name, axes, shape: inputs[name]!.shape })),
      states,
      unmappable:
        first !== undefined
          ? `it uses the state \`${first.name}\``
          : counted !== undefined
            ? `the extent of \`${counted.name}\` is only known after it ran`
            : null,
      known: new Map(),
      sameExtent: equalExtents(func),
      sizes: this.knownSizes(),
      count: (param) => countOf(requireParam(params, param, this.policy.name)),
    })
  }

  private knownSizes(): ReadonlyMap<string, number> {
    const fromStates = this.policy.states.flatMap(({ name, axes }) =>
      axes.flatMap((axis, i) => (this.states.has(name) ? [[axis, this.states.get(name)!.shape[i] ?? 0] as const] : [])),
    )
    return new Map([...fromStates, ...Object.entries(this.sizes)])
  }

  private evaluate(
    module: Module,
    func: Func,
    { extents }: Binding,
    params: ReadonlyMap<string, ParamValue>,
    input: (param: FuncParam) => Values,
  ): ReturnType<typeof evaluateFunc> {
    const given = new Map<string, TensorValue>()
    for (const param of func.params) {
      const state = param.role === 'state' ? this.states.get(param.name) : undefined
      if (param.role === 'input') given.set(param.name, tensorValueOf(param, input(param), extents))
      else if (state !== undefined)
        given.set(param.name, tensorValueOf(param, { data: numbersOf(state.dtype, state.data), mask: null }, extents))
    }
    const bound = new Map(func.axes.flatMap(({ name }) => (extents.has(name) ? [[name, extents.get(name)!] as const] : [])))
    try {
      return evaluateFunc(module, func, { inputs: given, params, extents: bound })
    } catch (error) {
      if (error instanceof EvalError) throw this.program.rejection(error)
      throw error
    }
  }

  /** Outputs of all leading indices together; states, which only an entry without leading axes has, are kept. */
  private collect(
    func: Func,
    { leading }: Binding,
    runs: readonly ReturnType<typeof evaluateFunc>[],
    packings: Packings,
  ): RunTensors {
    const outputs: Record<string, RunTensor> = {}
    for (const output of func.outputs) {
      const values = runs.map((run) => (output.role === 'state' ? run.states.get(output.name) : run.outputs.get(output.name)))
      const tensor = joined(output.axes, values.map(asTensorValue), leading, packings.get(output.name))
      if (output.role === 'output') outputs[output.name] = tensor
      else if (tensor.kind === 'dense') this.states.set(output.name, tensor)
    }
    return outputs
  }
}

function raise(error: Error): never {
  throw error
}

function chooseFunc(module: Module, entry: string, params: ReadonlyMap<string, ParamValue>, policy: string): Func {
  const variants = module.funcs.filter((func) => func.role === 'entry' && func.name === entry)
  const chosen = variants.find((func) =>
    Object.entries(func.variant).every(([param, choice]) => requireParam(params, param, policy) === choice),
  )
  if (chosen === undefined) throw new Error(`entry ${entry} of ${policy} has no variant for its alternatives`)
  return chosen
}

type Packings = ReadonlyMap<string, Packing>

/** Packings of the outputs of the same variant after the passes. */
function outputPackings(module: Module, { name, variant }: Func): Packings {
  const same = (func: Func) =>
    func.role === 'entry' && func.name === name && JSON.stringify(func.variant) === JSON.stringify(variant)
  const func = module.funcs.find(same)
  const types = func === undefined ? new Map<number, Type>() : typesOf(func)
  return new Map(
    (func?.outputs ?? []).flatMap((output) => {
      const type = types.get(output.value)
      return type?.kind === 'tensor' && type.packing !== undefined ? [[output.name, type.packing] as const] : []
    }),
  )
}

function checkInputs(entry: string, func: Func, inputs: RunTensors): void {
  const params = func.params.filter((param) => param.role === 'input')
  const known = params.map((param) => param.name)
  for (const name of Object.keys(inputs))
    if (!known.includes(name)) throw problem('ESP4103', { input: name, entry, known, near: nearMiss(name, known) })
  for (const { name, type, axes } of params) {
    const { dtype, packing } = type as TensorType
    const tensor = inputs[name]
    if (tensor === undefined)
      throw problem('ESP4102', { input: name, entry, axes: `${dtype}[${axes.map((axis) => axis.name).join(', ')}]` })
    if (tensor.dtype !== dtype) throw problem('ESP4201', { tensor: name, entry, expected: dtype, got: tensor.dtype })
    const wanted = packing === undefined ? 'dense' : `packed as ${packing.format.kind}`
    const got = tensor.kind === 'dense' ? 'dense' : `packed as ${tensor.packing.format.kind}`
    if (wanted !== got) throw problem('ESP4207', { tensor: name, entry, expected: wanted, got })
  }
}

function checkState(policy: Runner['policy'], name: string, tensor: FileTensor): FileTensor {
  const known = policy.states.map((state) => state.name)
  const spec = policy.states.find((state) => state.name === name)
  if (spec === undefined) throw problem('ESP4601', { state: name, policy: policy.name, known, near: nearMiss(name, known) })
  const expected = `${spec.dtype}[${spec.axes.join(', ')}]`
  if (tensor.dtype !== spec.dtype || tensor.shape.length !== spec.axes.length)
    throw problem('ESP4602', { state: name, expected, got: `${tensor.dtype} of ${tensor.shape.length} axes` })
  return tensor
}
