/** A kernel-level module as the manifest hosts read. */
import {
  ABI_VERSION,
  type DTypeName,
  type EntrySpec,
  type Manifest,
  type ParamSpec,
  type TensorSpec,
} from '../../abi/manifest.ts'
import { encodeNumber } from '../../abi/manifest-number.ts'
import type { DeclaredAxis, Func, FuncParam, Module, PolicyParam } from '../ir/node.ts'
import type { TensorType } from '../ir/types.ts'
import { packingSpec, variantSpec } from './variant-spec.ts'

export interface ManifestFacts {
  readonly version: string
  readonly hash: string
  readonly target: string
  readonly artifact: string
  /** The axis along which a variant of an entry may be run in parts. */
  readonly cutAlong?: (entry: Func) => string | null
}

export function buildManifest(module: Module, facts: ManifestFacts): Manifest {
  const entries = module.funcs.filter((func) => func.role === 'entry')
  const names = [...new Set(entries.map((func) => func.name))]
  return {
    espalier: facts.version,
    abi: ABI_VERSION,
    policy: module.name,
    doc: module.doc,
    hash: facts.hash,
    target: facts.target,
    artifact: facts.artifact,
    axes: module.axes,
    params: module.params.map(paramSpec),
    states: module.states.map((state) => ({ ...state, dtype: state.dtype as DTypeName, initial: encodeNumber(state.initial) })),
    entries: names.map((name) =>
      entrySpec(
        entries.filter((func) => func.name === name),
        facts.cutAlong ?? (() => null),
      ),
    ),
  }
}

function paramSpec(param: PolicyParam): ParamSpec {
  const { type } = param
  const base = { name: param.name, doc: param.doc, type: type.kind, default: param.default }
  return type.kind === 'choice' ? { ...base, choices: type.choices } : base
}

/** All variants of one entry. */
function entrySpec(variants: readonly Func[], cutAlong: (entry: Func) => string | null): EntrySpec {
  const first = variants[0]!
  const inputs = first.params.filter((param) => param.role === 'input')
  const outputs = first.outputs.filter((output) => output.role === 'output')
  return {
    name: first.name,
    doc: first.doc,
    inputs: inputs.map((param) =>
      tensorSpec(
        param.name,
        param.axes,
        variants.map((func) => inputType(func, param.name)),
      ),
    ),
    args: first.params.filter((param) => param.role === 'argument').map(argumentSpec),
    outputs: outputs.map((output) =>
      tensorSpec(
        output.name,
        output.axes,
        variants.map((func) => outputType(func, output.name)),
      ),
    ),
    states: stateAccess(first),
    variants: variants.map((func) => {
      const axis = cutAlong(func)
      return { ...variantSpec(func), ...(axis === null ? {} : { cutAlong: axis }) }
    }),
  }
}

const inputType = (func: Func, name: string): TensorType => func.params.find((param) => param.name === name)!.type as TensorType

function outputType(func: Func, name: string): TensorType {
  const output = func.outputs.find((one) => one.name === name)!
  const maker = func.body.nodes.find((node) => node.results.some((result) => result.id === output.value))
  return maker!.results[0]!.type as TensorType
}

function tensorSpec(name: string, axes: readonly DeclaredAxis[], types: readonly TensorType[]): TensorSpec {
  const dtypes = [...new Set(types.map((type) => type.dtype as DTypeName))]
  const packings = [...new Map(types.map((type) => [JSON.stringify(type.packing ?? null), type.packing])).values()]
  return { name, axes, dtypes, packing: packings.length === 1 ? packingSpec(packings[0]) : null }
}

function argumentSpec(param: FuncParam): ParamSpec {
  const type = param.type as { readonly kind: 'scalar'; readonly scalar: 'int' | 'ratio' | 'real' | 'bool' }
  const [axis] = param.axes
  return { name: param.name, doc: null, type: type.scalar, default: null, ...(axis === undefined ? {} : { axis }) }
}

function stateAccess(func: Func): EntrySpec['states'] {
  const read = func.params.filter((param) => param.role === 'state').map((param) => param.name)
  const written = func.outputs.filter((output) => output.role === 'state').map((output) => output.name)
  return [...new Set([...read, ...written])].map((name) => ({
    name,
    access: !written.includes(name) ? 'read' : read.includes(name) ? 'update' : 'write',
  }))
}
