/**
 * What a call wants done on the device, in order, until it is submitted: kernels may still have to be compiled when they are put
 * here. Each kernel has uniform words of its own; those of one submission are uploaded together.
 */
import type { PipelineRequest } from './compiled-pipelines.ts'
import type { DeviceContext } from './device-context.ts'
import { COPY_DST, UNIFORM } from './webgpu-flags.ts'

export interface BoundRegion {
  readonly buffer: GPUBuffer
  readonly offset: number
  readonly size: number
}

export type Command =
  | {
      readonly kind: 'copy'
      readonly from: GPUBuffer
      readonly fromByte: number
      readonly to: GPUBuffer
      readonly toByte: number
      readonly bytes: number
    }
  | { readonly kind: 'clear'; readonly buffer: GPUBuffer; readonly byte: number; readonly bytes: number }
  /** A uniform word of the next kernel, in place of the one that comes with it. */
  | { readonly kind: 'word'; readonly from: GPUBuffer; readonly fromByte: number; readonly word: number }
  | Dispatch

export interface Dispatch {
  readonly kind: 'dispatch'
  readonly pipeline: PipelineRequest
  readonly uniform: Uint32Array
  /** For bindings from 1 on. */
  readonly storage: readonly BoundRegion[]
  readonly groups: readonly [x: number, y: number]
}

export class CommandList {
  readonly #context: DeviceContext
  readonly #uniformAlignment: number
  #commands: Command[] = []
  #uniforms: GPUBuffer | null = null

  constructor(context: DeviceContext) {
    this.#context = context
    this.#uniformAlignment = context.device.limits.minUniformBufferOffsetAlignment
  }

  get isEmpty(): boolean {
    return this.#commands.length === 0
  }

  /** Bytes of the buffer for uniform words. */
  get bytes(): number {
    return this.#uniforms?.size ?? 0
  }

  add(command: Command): void {
    this.#commands.push(command)
  }

  /** Forgets what was not submitted. */
  clear(): void {
    this.#commands = []
  }

  /** Resolves when every kernel in the list can be started; null when all can. */
  compiled(): Promise<unknown> | null {
    const open = this.#commands.flatMap((command) =>
      command.kind === 'dispatch' ? (this.#context.pipelines.compile(command.pipeline) ?? []) : [],
    )
    return open.length === 0 ? null : Promise.all(open)
  }

  submit(): void {
    if (this.isEmpty) return
    const { device } = this.#context
    const uniforms = this.#upload()
    const encoder = device.createCommandEncoder()
    let pass: GPUComputePassEncoder | null = null
    let uniform = 0
    for (const command of this.#commands) {
      if (command.kind === 'dispatch') {
        pass ??= encoder.beginComputePass()
        this.#dispatch(pass, command, uniforms, uniform)
        uniform += this.#stride(command)
        continue
      }
      pass?.end()
      pass = null
      if (command.kind === 'copy')
        encoder.copyBufferToBuffer(command.from, command.fromByte, command.to, command.toByte, command.bytes)
      else if (command.kind === 'word' && uniforms !== null)
        encoder.copyBufferToBuffer(command.from, command.fromByte, uniforms, uniform + 4 * command.word, 4)
      else if (command.kind === 'clear') encoder.clearBuffer(command.buffer, command.byte, command.bytes)
    }
    pass?.end()
    this.#commands = []
    device.queue.submit([encoder.finish()])
  }

  destroy(): void {
    this.clear()
    this.#uniforms?.destroy()
    this.#uniforms = null
  }

  #stride({ uniform }: Dispatch): number {
    return Math.ceil(uniform.byteLength / this.#uniformAlignment) * this.#uniformAlignment
  }

  /** Earlier submissions have read the buffer before it is written: the queue keeps its order. */
  #upload(): GPUBuffer | null {
    const dispatches = this.#commands.filter((command) => command.kind === 'dispatch')
    if (dispatches.length === 0) return null
    const bytes = dispatches.reduce((sum, dispatch) => sum + this.#stride(dispatch), 0)
    const { device } = this.#context
    if (this.#uniforms === null || this.#uniforms.size < bytes) {
      this.#uniforms?.destroy()
      this.#uniforms = device.createBuffer({ size: Math.max(4096, 2 ** Math.ceil(Math.log2(bytes))), usage: UNIFORM | COPY_DST })
    }
    const words = new Uint32Array(bytes / 4)
    let at = 0
    for (const dispatch of dispatches) {
      words.set(dispatch.uniform, at / 4)
      at += this.#stride(dispatch)
    }
    device.queue.writeBuffer(this.#uniforms, 0, words)
    return this.#uniforms
  }

  #dispatch(pass: GPUComputePassEncoder, command: Dispatch, uniforms: GPUBuffer | null, offset: number): void {
    const { device, pipelines } = this.#context
    const pipeline = pipelines.get(command.pipeline)
    if (pipeline === undefined || uniforms === null) throw new Error('a kernel was started before it was compiled')
    const storage = command.storage.map((resource, i) => ({ binding: i + 1, resource }))
    pass.setPipeline(pipeline)
    pass.setBindGroup(
      0,
      device.createBindGroup({
        layout: pipelines.layout(command.pipeline.storage),
        entries: [{ binding: 0, resource: { buffer: uniforms, size: command.uniform.byteLength } }, ...storage],
      }),
      [offset],
    )
    pass.dispatchWorkgroups(...command.groups)
  }
}
