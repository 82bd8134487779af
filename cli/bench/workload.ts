/**
 * What is measured: an entry with tensors for all its inputs, those that are given and others of the same policy and extents. Packed
 * inputs that are not given are results of an entry that packs them; states that the entry reads have numbers in them.
 */
import { defaultParams, paramText, parseParams, type ParamValue } from '../../abi/params.ts'
import { encodeData } from '../../abi/dtype.ts'
import type { DTypeName } from '../../abi/manifest.ts'
import type { EntrySignature } from '../../compiler/frontend/check/signature.ts'
import type { Func, FuncParam, Module } from '../../compiler/ir/node.ts'
import type { TensorType } from '../../compiler/ir/types.ts'
import { typesOf } from '../../compiler/ir/walk.ts'
import { refuseMissing } from '../entry-inputs.ts'
import { isFloat, type FloatDTypes } from '../float-dtypes.ts'
import { paramSpecs } from '../param-specs.ts'
import type { Program } from '../program.ts'
import { numbersOf } from '../reference-values.ts'
import {
  dense,
  densityOf,
  type DenseTensor,
  type ParamInputs,
  type Producer,
  type RepeatRequest,
  type RunTensors,
} from '../runner.ts'
import { chooseExtents, shapeOf, type ChosenExtents } from './choose-extents.ts'
import { generate } from './generate.ts'

export interface WorkloadRequest {
  readonly entry: EntrySignature
  readonly given: RunTensors
  /** Values of parameters and arguments, as written. */
  readonly set: Readonly<Record<string, string>>
  readonly sizes: Readonly<Record<string, number>>
  readonly dtypes: FloatDTypes
  /** What the inputs together should have at least, where nothing says how large they are. */
  readonly bytes: number
}

export interface Workload extends ChosenExtents {
  readonly request: RepeatRequest
  /** Packed inputs that another entry gives. */
  readonly made: ReadonlyMap<string, { readonly dtype: DTypeName; readonly shape: readonly number[] }>
  /** Where each input comes from. */
  readonly sources: ReadonlyMap<string, string>
  /** To start from; states that are not here are at their initial values. */
  readonly states: Readonly<Record<string, DenseTensor>>
  /** All parameters and arguments. */
  readonly params: ReadonlyMap<string, ParamValue>
  readonly densities: ReadonlyMap<string, number>
}

export function makeWorkload(program: Program, wanted: WorkloadRequest): Workload {
  const { entry, given, sizes, bytes, dtypes } = wanted
  const module = program.module(dtypes)
  const set = { ...startingPositions(entry), ...wanted.set }
  const params = effectiveParams(program, set)
  const func = entryFunc(module, entry.name, params)
  const shapes = new Map(Object.entries(given).map(([name, { shape }]) => [name, shape]))
  const chosen = chooseExtents({ module, func, given: shapes, sizes, params, bytes })
  const making: Making = { entry, set, params, extents: chosen.extents, draw: drawing() }
  const missing = inputsOf(func).filter(({ name }) => given[name] === undefined)
  const packed = missing.filter(({ type }) => (type as TensorType).packing !== undefined)
  const open = missing.filter((param) => !packed.includes(param))
  const generated = open.map((param) => [param.name, making.draw(param, chosen.extents)] as const)
  const producer = packed.length === 0 ? null : producerOf(program, module, making, packed)
  const sources = new Map(inputsOf(func).map(({ name }) => [name, given[name] === undefined ? 'generated' : 'given']))
  for (const { name } of packed) sources.set(name, `from ${producer?.entry ?? ''}`)
  return {
    ...chosen,
    request: { entry: entry.name, inputs: { ...given, ...Object.fromEntries(generated) }, args: set, producer },
    made: new Map(
      packed.map(({ name, type, axes }) => [name, { dtype: (type as TensorType).dtype, shape: shapeOf(axes, chosen.extents) }]),
    ),
    sources,
    states: statesOf(entry, func, making),
    params,
    densities: new Map(Object.entries(given).map(([name, tensor]) => [name, densityOf(tensor)])),
  }
}

interface Making {
  readonly entry: EntrySignature
  readonly set: ParamInputs
  readonly params: ReadonlyMap<string, ParamValue>
  readonly extents: ReadonlyMap<string, number>
  readonly draw: Draw
}

const inputsOf = ({ params }: Func): readonly FuncParam[] => params.filter(({ role }) => role === 'input')

/** A call needs a position along each axis that it takes one of: the first, unless another is given. */
const startingPositions = ({ inputs }: EntrySignature): ParamInputs =>
  Object.fromEntries(inputs.flatMap(({ kind, name }) => (kind === 'index' ? [[name, '0']] : [])))

function effectiveParams({ signature }: Program, set: ParamInputs): ReadonlyMap<string, ParamValue> {
  const specs = paramSpecs(signature)
  const own = Object.entries(set).filter(([name]) => specs.some((spec) => spec.name === name))
  return new Map([...defaultParams(specs), ...parseParams(specs, Object.fromEntries(own), signature.name)])
}

/** Of the alternatives that are set. */
function entryFunc(module: Module, name: string, params: ReadonlyMap<string, ParamValue>): Func {
  const isChosen = ([choice, value]: [string, string]): boolean => {
    const set = params.get(choice)
    return set === undefined || paramText(set) === value
  }
  const found = module.funcs.find(
    (func) => func.role === 'entry' && func.name === name && Object.entries(func.variant).every(isChosen),
  )
  if (found === undefined) throw new Error(`entry ${name} is gone`)
  return found
}

type Draw = (param: FuncParam, extents: ReadonlyMap<string, number>) => DenseTensor

function drawing(): Draw {
  let seed = 0
  return ({ name, type, axes }, extents) => generate(name, (type as TensorType).dtype, shapeOf(axes, extents), seed++)
}

/** The first entry that gives tensors of these names, axes and formats; refused (ESP5304) when there is none. */
function producerOf(
  program: Program,
  module: Module,
  { entry, set, params, extents, draw }: Making,
  packed: readonly FuncParam[],
): Producer {
  for (const { name, inputs: declared } of program.signature.entries) {
    const func = entryFunc(module, name, params)
    const isReady = inputsOf(func).every(({ type }) => (type as TensorType).packing === undefined)
    if (name === entry.name || !isReady || !packed.every((param) => gives(func, param))) continue
    const sizes = knownSizes(module, extents)
    const own = chooseExtents({ module, func, given: new Map(), sizes, params, bytes: 0 }).extents
    const isKnown = (param: string): boolean => params.has(param) || declared.some((input) => input.name === param)
    return {
      entry: name,
      inputs: Object.fromEntries(inputsOf(func).map((param) => [param.name, draw(param, own)])),
      args: Object.fromEntries(Object.entries(set).filter(([param]) => isKnown(param))),
      outputs: Object.fromEntries(packed.map((param) => [param.name, param.name])),
    }
  }
  const first = entry.inputs.find((input) => input.name === packed[0]?.name)
  if (first?.kind !== 'tensor') throw new Error('an input is gone')
  return refuseMissing(entry, first)
}

function gives(func: Func, { name, type }: FuncParam): boolean {
  const output = func.outputs.find((candidate) => candidate.role === 'output' && candidate.name === name)
  const found = output === undefined ? undefined : typesOf(func).get(output.value)
  return found?.kind === 'tensor' && storedLike(found) === storedLike(type as TensorType)
}

/** Whether rows are known to have one length is the taker's concern. */
const storedLike = ({ dtype, axes, packing }: TensorType): string =>
  JSON.stringify([dtype, axes, packing?.format, packing?.over, packing?.inside ?? []])

/** Extents by atom, and by the declared axes that they are the factors of. */
function knownSizes({ axes }: Module, extents: ReadonlyMap<string, number>): Record<string, number> {
  const known = new Map(extents)
  for (const { name, factors } of [...axes].reverse())
    if (factors.length > 0 && factors.every((factor) => known.has(factor)))
      known.set(
        name,
        factors.reduce((product, factor) => product * known.get(factor)!, 1),
      )
  return Object.fromEntries(known)
}

/** Floats that the entry reads are positive numbers: most states are sums, means of squares, counts. */
function statesOf(entry: EntrySignature, func: Func, { extents, draw }: Making): Record<string, DenseTensor> {
  const read = new Set(entry.states.flatMap(({ name, access }) => (access === 'write' ? [] : [name])))
  const params = func.params.filter(
    ({ name, role, type }) => role === 'state' && read.has(name) && isFloat((type as TensorType).dtype),
  )
  return Object.fromEntries(
    params.map((param) => {
      const { dtype, shape, data } = draw(param, extents)
      return [
        param.name,
        dense({
          dtype,
          shape,
          data: encodeData(
            dtype,
            numbersOf(dtype, data).map((x) => x * x),
          ),
        }),
      ]
    }),
  )
}
