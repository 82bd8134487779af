/**
 * Runs a policy compiled for some target. `float` inputs take the dtype of the tensors given: a call with other dtypes than
 * before compiles the policy again and carries parameters and states over.
 */
import { problem } from '../abi/espalier-error.ts'
import { parseParams } from '../abi/params.ts'
import type { Target } from '../compiler/driver.ts'
import { repeatedDTypes } from './bench/repeated-dtypes.ts'
import type { CompiledInstance, Instantiate } from './compiled-instance.ts'
import { allF32, type FloatDTypes } from './float-dtypes.ts'
import type { FileTensor } from './files/tensor.ts'
import { paramSpecs } from './param-specs.ts'
import type { Program } from './program.ts'
import {
  dense,
  type DenseTensor,
  type ParamInputs,
  type RepeatedCall,
  type RepeatRequest,
  type Runner,
  type RunTensors,
  type Timed,
} from './runner.ts'

/** Where compiled policies run. */
export interface CompiledTarget {
  readonly name: string
  /** Made when something has to be compiled. */
  readonly target: () => Target
  readonly instantiate: Instantiate
}

type Sizes = Readonly<Record<string, number>>

export function compiledRunner(program: Program, where: CompiledTarget, sizes: Sizes = {}): Runner {
  return new CompiledRunner(program, where, sizes)
}

interface Loaded {
  readonly policy: CompiledInstance
  readonly dtypes: FloatDTypes
}

class CompiledRunner implements Runner {
  readonly target
  readonly policy
  private readonly program: Program
  private readonly where: CompiledTarget
  private readonly sizes: Sizes
  private instance: Loaded | null = null
  private params: ParamInputs = {}
  private restored: Readonly<Record<string, FileTensor>> = {}

  constructor(program: Program, where: CompiledTarget, sizes: Sizes) {
    this.target = where.name
    this.program = program
    this.policy = program.signature
    this.where = where
    this.sizes = sizes
  }

  set(params: ParamInputs): void {
    parseParams(paramSpecs(this.policy), params, this.policy.name) // refuses before anything is compiled
    this.instance?.policy.set(params)
    this.params = { ...this.params, ...params }
  }

  async call(entry: string, inputs: RunTensors, args: ParamInputs): Promise<RunTensors> {
    const policy = await this.instanceFor(this.program.floatDTypes(entry, inputs, this.known))
    return policy.call(entry, inputs, args)
  }

  async repeat(request: RepeatRequest): Promise<RepeatedCall> {
    const policy = await this.instanceFor(repeatedDTypes(this.program, request, this.known))
    return policy.repeat(request)
  }

  async copy(bytes: number): Promise<Timed> {
    return (await this.instanceFor(this.known)).copy(bytes)
  }

  async state(name: string): Promise<DenseTensor> {
    if (this.instance === null)
      throw problem('ESP4604', { state: name, axis: this.policy.states.find((state) => state.name === name)?.axes[0] ?? '' })
    return dense(await this.instance.policy.readState(name))
  }

  async save(): Promise<Readonly<Record<string, FileTensor>>> {
    return this.instance?.policy.save() ?? this.restored
  }

  async restore(states: Readonly<Record<string, FileTensor>>): Promise<void> {
    this.restored = states
    await this.instance?.policy.restore(states)
  }

  release(): void {
    this.instance?.policy.release()
    this.instance = null
  }

  private get known(): FloatDTypes {
    return this.instance?.dtypes ?? allF32
  }

  private async instanceFor(dtypes: FloatDTypes): Promise<CompiledInstance> {
    const { known } = this
    const wanted = (name: string) => dtypes.named.get(name) ?? known.rest
    const fits =
      this.instance !== null && [...dtypes.named.keys()].every((name) => (known.named.get(name) ?? known.rest) === wanted(name))
    if (this.instance !== null && fits) return this.instance.policy
    const loadable = await this.program.load(dtypes, this.where.target, this.where.name)
    const policy = await this.where.instantiate(loadable, this.sizes)
    policy.set(this.params)
    await policy.restore(await this.save())
    this.release()
    this.instance = { policy, dtypes }
    return policy
  }
}
