/** Where random programs run. Hosts of devices promise what that of WebAssembly gives at once; both are waited for. */
import type { Backend } from '../../backends/backend.ts'
import type { Manifest } from '../../abi/manifest.ts'
import { cudaBackend } from '../../backends/cuda-c/index.ts'
import { wasmBackend } from '../../backends/wasm/index.ts'
import { wgslBackend } from '../../backends/wgsl/index.ts'
import { instantiate as instantiateCuda } from '../../host/runtime/cuda/index.ts'
import type { DevicePackedTensor, DeviceTensor } from '../../host/runtime/device/types.ts'
import type { HostTensor, Params } from '../../host/runtime/types.ts'
import { instantiate as instantiateWasm } from '../../host/runtime/wasm/index.ts'
import type { PackedTensor, Tensor } from '../../host/runtime/wasm/types.ts'
import { instantiate as instantiateWebgpu } from '../../host/runtime/webgpu/index.ts'

type Answer<T> = T | Promise<T>

export type ProgramResult = Tensor | PackedTensor | DeviceTensor | DevicePackedTensor

export interface ProgramPolicy {
  reset(): Answer<void>
  call(
    entry: string,
    inputs: Readonly<Record<string, HostTensor>>,
    params: Params,
  ): Answer<Readonly<Record<string, ProgramResult>>>
  readState(name: string): Answer<HostTensor>
  release(): void
}

export interface ProgramTarget {
  readonly name: string
  readonly backend: Backend
  open(manifest: Manifest, kernels: Uint8Array<ArrayBuffer>): Promise<ProgramPolicy>
}

export const onWebAssembly: ProgramTarget = { name: 'WebAssembly', backend: wasmBackend, open: instantiateWasm }

/** This machine's first GPU. */
export const onCuda: ProgramTarget = { name: 'CUDA', backend: cudaBackend, open: instantiateCuda }

export const onWebgpu = (device: GPUDevice): ProgramTarget => ({
  name: 'WebGPU',
  backend: wgslBackend,
  open: (manifest, kernels) => instantiateWebgpu(manifest, kernels, { device }),
})
