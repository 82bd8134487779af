/**
 * A compiled policy where it runs, as runners use it: tensors go in and come out in JavaScript memory of their own, and everything
 * that may have to wait is a promise, whether the target has to wait or not.
 */
import type { PackedLayout } from '../abi/packed.ts'
import { cudaLibraries, instantiateWith as instantiateCuda } from '../host/runtime/cuda/instantiate.ts'
import type { Outputs as CudaOutputs } from '../host/runtime/cuda/types.ts'
import type { DevicePolicy } from '../host/runtime/device/types.ts'
import { instantiate as instantiateWasm, type Inputs as WasmInputs } from '../host/runtime/wasm/index.ts'
import { instantiate as instantiateWebgpu } from '../host/runtime/webgpu/index.ts'
import type { Params, SavedState } from '../host/runtime/types.ts'
import type { Outputs as WasmOutputs } from '../host/runtime/wasm/types.ts'
import type { Outputs as WebgpuOutputs } from '../host/runtime/webgpu/types.ts'
import { CudaCallTimer } from './bench/cuda-call-timer.ts'
import { adapterName, processorName } from './bench/device-names.ts'
import { copyInMemory, copyOnCuda, copyOnWebgpu } from './bench/plain-copy.ts'
import { repeatedCall, type Clock, type Repeatable } from './bench/repeated-call.ts'
import type { FileTensor } from './files/tensor.ts'
import type { Loadable } from './program.ts'
import type { ParamInputs, RepeatedCall, RepeatRequest, RunTensor, RunTensors, Timed } from './runner.ts'

type States = Readonly<Record<string, FileTensor>>
type Sizes = Readonly<Record<string, number>>

export interface CompiledInstance {
  set(params: ParamInputs): void
  call(entry: string, inputs: RunTensors, params: ParamInputs): Promise<RunTensors>
  repeat(request: RepeatRequest): Promise<RepeatedCall>
  copy(bytes: number): Promise<Timed>
  readState(name: string): Promise<FileTensor>
  save(): Promise<States>
  restore(states: States): Promise<void>
  release(): void
}

export type Instantiate = (loadable: Loadable, sizes: Sizes) => Promise<CompiledInstance>

export const wasmInstance: Instantiate = async ({ manifest, artifact }, sizes) => {
  const policy = await instantiateWasm(manifest, artifact as Uint8Array<ArrayBuffer>, { sizes })
  return {
    set: (params) => policy.set(params),
    call: async (entry, inputs, params) => taken(policy.call(entry, inputs as unknown as WasmInputs, params)),
    repeat: (request) =>
      repeatedCall(policy as Repeatable, request, { device: processorName(), finished: async () => undefined, timer: null }),
    copy: async (bytes) => copyInMemory(bytes),
    readState: async (name) => policy.readState(name),
    save: async () => policy.save(),
    restore: async (states) => policy.restore(states as SavedState),
    release: () => policy.release(),
  }
}

/** On a device that many instances share. */
export const webgpuInstance =
  (device: () => Promise<GPUDevice>): Instantiate =>
  async ({ manifest, artifact }, sizes) => {
    const policy = await instantiateWebgpu(manifest, artifact as Uint8Array<ArrayBuffer>, { sizes, device: await device() })
    return onDevice(policy, {
      clock: { device: adapterName(policy.device), finished: () => policy.device.queue.onSubmittedWorkDone(), timer: null },
      copy: (bytes) => copyOnWebgpu(policy.device, bytes),
    })
  }

/** On the first GPU, which the instances of a process share. */
export const cudaInstance: Instantiate = async ({ manifest, artifact }, sizes) => {
  const { driver, compiler } = await cudaLibraries(manifest.policy)
  const timer = CudaCallTimer.of(driver)
  const libraries = { driver: timer.driver, compiler }
  const policy = await instantiateCuda(libraries, manifest, artifact as Uint8Array<ArrayBuffer>, { sizes })
  return onDevice(policy, {
    clock: { device: policy.device.name, finished: () => policy.finished(), timer },
    copy: (bytes) => copyOnCuda(policy, timer, bytes),
  })
}

interface CallablePolicy extends DevicePolicy {
  call(entry: string, inputs: never, params: Params): Promise<WebgpuOutputs | CudaOutputs>
}

interface Timing {
  readonly clock: Clock
  readonly copy: (bytes: number) => Promise<Timed>
}

const onDevice = (policy: CallablePolicy, { clock, copy }: Timing): CompiledInstance => ({
  set: (params) => policy.set(params),
  call: async (entry, inputs, params) => taken(await policy.call(entry, inputs as never, params)),
  repeat: (request) => repeatedCall(policy as Repeatable, request, clock),
  copy,
  readState: (name) => policy.readState(name),
  save: () => policy.save(),
  restore: (states) => policy.restore(states as SavedState),
  release: () => policy.release(),
})

type Result = (WasmOutputs | WebgpuOutputs | CudaOutputs)[string]

/** Copies of results, which are released. */
async function taken(outputs: Readonly<Record<string, Result>>): Promise<RunTensors> {
  const results: Record<string, RunTensor> = {}
  for (const [name, tensor] of Object.entries(outputs)) results[name] = await copied(tensor)
  for (const tensor of Object.values(outputs)) tensor.release()
  return results
}

async function copied(tensor: Result): Promise<RunTensor> {
  const { dtype, shape } = tensor
  if (tensor.kind === 'dense') {
    const data = typeof tensor.data === 'function' ? await tensor.data() : tensor.data.slice()
    return { kind: 'dense', dtype, shape, data }
  }
  const { packing, keptPerRow } = tensor
  const { layout } = tensor as Result & { readonly layout: PackedLayout }
  const given = typeof tensor.parts === 'function' ? await tensor.parts() : tensor.parts
  const parts = Object.fromEntries(Object.entries(given).map(([name, part]) => [name, part.slice()]))
  return { kind: 'packed', dtype, shape, packing, layout, parts, keptPerRow }
}
