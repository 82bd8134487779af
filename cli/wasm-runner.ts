/**
 * Runs a policy compiled to WebAssembly. `float` inputs take the dtype of the tensors given: a call with other dtypes than
 * before compiles the policy again and carries parameters and states over.
 */
import { problem } from '../abi/espalier-error.ts'
import { parseParams } from '../abi/params.ts'
import {
  instantiate,
  type Inputs,
  type PackedTensor as HostPacked,
  type Policy,
  type Tensor,
} from '../host/runtime/wasm/index.ts'
import type { PackedLayout } from '../abi/packed.ts'
import { paramSpecs } from './param-specs.ts'
import { allF32, type FloatDTypes } from './float-dtypes.ts'
import type { Program } from './program.ts'
import type { FileTensor } from './files/tensor.ts'
import { dense, type DenseTensor, type ParamInputs, type Runner, type RunTensor, type RunTensors } from './runner.ts'
import type { Target } from '../compiler/driver.ts'

type Sizes = Readonly<Record<string, number>>

export function wasmRunner(program: Program, target: () => Target, sizes: Sizes = {}): Runner {
  return new WasmRunner(program, target, sizes)
}

interface Instance {
  readonly policy: Policy
  readonly dtypes: FloatDTypes
}

class WasmRunner implements Runner {
  readonly target = 'wasm'
  readonly policy
  private readonly program: Program
  private readonly makeTarget: () => Target
  private readonly sizes: Sizes
  private instance: Instance | null = null
  private params: ParamInputs = {}
  private restored: Readonly<Record<string, FileTensor>> = {}

  constructor(program: Program, makeTarget: () => Target, sizes: Sizes) {
    this.program = program
    this.policy = program.signature
    this.makeTarget = makeTarget
    this.sizes = sizes
  }

  set(params: ParamInputs): void {
    parseParams(paramSpecs(this.policy), params, this.policy.name) // refuses before anything is compiled
    this.instance?.policy.set(params)
    this.params = { ...this.params, ...params }
  }

  async call(entry: string, inputs: RunTensors, args: ParamInputs): Promise<RunTensors> {
    const policy = await this.instanceFor(entry, inputs)
    const outputs = policy.call(entry, inputs as unknown as Inputs, args)
    const results = Object.entries(outputs).map(([name, tensor]) => [name, copied(tensor)] as const)
    for (const tensor of Object.values(outputs)) tensor.release()
    return Object.fromEntries(results)
  }

  state(name: string): DenseTensor {
    if (this.instance === null)
      throw problem('ESP4604', { state: name, axis: this.policy.states.find((state) => state.name === name)?.axes[0] ?? '' })
    return dense(this.instance.policy.readState(name))
  }

  save(): Readonly<Record<string, FileTensor>> {
    return this.instance?.policy.save() ?? this.restored
  }

  restore(states: Readonly<Record<string, FileTensor>>): void {
    this.restored = states
    this.instance?.policy.restore(states as Parameters<Policy['restore']>[0])
  }

  release(): void {
    this.instance?.policy.release()
    this.instance = null
  }

  private async instanceFor(entry: string, inputs: RunTensors): Promise<Policy> {
    const known = this.instance?.dtypes ?? allF32
    const dtypes = this.program.floatDTypes(entry, inputs, known)
    const wanted = (name: string) => dtypes.named.get(name) ?? known.rest
    const fits =
      this.instance !== null && [...dtypes.named.keys()].every((name) => (known.named.get(name) ?? known.rest) === wanted(name))
    if (this.instance !== null && fits) return this.instance.policy
    const { manifest, artifact } = await this.program.load(dtypes, this.makeTarget, 'wasm')
    const policy = await instantiate(manifest, artifact as Uint8Array<ArrayBuffer>, { sizes: this.sizes })
    policy.set(this.params)
    policy.restore(this.save() as Parameters<Policy['restore']>[0])
    this.release()
    this.instance = { policy, dtypes }
    return policy
  }
}

/** Out of the memory of the policy, so that it can be released. */
function copied(tensor: Tensor | HostPacked): RunTensor {
  const { dtype, shape } = tensor
  if (tensor.kind === 'dense') return { kind: 'dense', dtype, shape, data: tensor.data.slice() }
  const { packing, keptPerRow } = tensor
  const { layout } = tensor as HostPacked & { readonly layout: PackedLayout }
  const parts = Object.fromEntries(Object.entries(tensor.parts).map(([name, part]) => [name, part.slice()]))
  return { kind: 'packed', dtype, shape, packing, layout, parts, keptPerRow }
}
