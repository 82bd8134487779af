/** Shader modules and pipelines of one device: each is compiled once, whichever instance asks for it. */
import { problem } from '../../../abi/espalier-error.ts'
import { COMPUTE } from './webgpu-flags.ts'

/** A kernel of a module in one form. */
export interface PipelineRequest {
  readonly module: string
  readonly entryPoint: string
  readonly constants: Readonly<Record<string, number>>
  /** Of bindings from 1 on; binding 0 is the uniform block. */
  readonly storage: readonly ('read' | 'readwrite')[]
}

export class CompiledPipelines {
  readonly #device: GPUDevice
  readonly #modules = new Map<string, { readonly module: GPUShaderModule; readonly number: number }>()
  readonly #layouts = new Map<string, GPUBindGroupLayout>()
  readonly #started = new Map<string, Promise<void>>()
  readonly #ready = new Map<string, GPUComputePipeline>()

  constructor(device: GPUDevice) {
    this.#device = device
  }

  /** Resolves when the pipeline can be had. Rejects with ESP4807 when it does not compile. */
  compile(request: PipelineRequest): Promise<void> | null {
    const key = this.#key(request)
    if (this.#ready.has(key)) return null
    let started = this.#started.get(key)
    if (started === undefined) {
      started = this.#start(request).then((pipeline) => void this.#ready.set(key, pipeline))
      this.#started.set(key, started)
      started.catch(() => this.#started.delete(key))
    }
    return started
  }

  /** Of what was compiled. */
  get(request: PipelineRequest): GPUComputePipeline | undefined {
    return this.#ready.get(this.#key(request))
  }

  layout(storage: PipelineRequest['storage']): GPUBindGroupLayout {
    const key = storage.join()
    let layout = this.#layouts.get(key)
    if (layout === undefined) {
      const uniform = { binding: 0, visibility: COMPUTE, buffer: { type: 'uniform', hasDynamicOffset: true } } as const
      const entries = storage.map((access, i) => ({
        binding: i + 1,
        visibility: COMPUTE,
        buffer: { type: access === 'read' ? ('read-only-storage' as const) : ('storage' as const) },
      }))
      layout = this.#device.createBindGroupLayout({ entries: [uniform, ...entries] })
      this.#layouts.set(key, layout)
    }
    return layout
  }

  async #start({ module: code, entryPoint, constants, storage }: PipelineRequest): Promise<GPUComputePipeline> {
    const { module } = this.#module(code)
    const layout = this.#device.createPipelineLayout({ bindGroupLayouts: [this.layout(storage)] })
    try {
      return await this.#device.createComputePipelineAsync({ layout, compute: { module, entryPoint, constants } })
    } catch (error) {
      const { messages } = await module.getCompilationInfo()
      const wrong = messages.find(({ type }) => type === 'error')
      const reason = wrong?.message ?? (error instanceof Error ? error.message : String(error))
      throw problem('ESP4807', { kernel: entryPoint, reason: reason.trim(), place: placeOf(code, wrong) })
    }
  }

  /** What is wrong with a module is reported with the first kernel of it. */
  #module(code: string): { readonly module: GPUShaderModule; readonly number: number } {
    const known = this.#modules.get(code)
    if (known !== undefined) return known
    this.#device.pushErrorScope('validation')
    const made = { module: this.#device.createShaderModule({ code }), number: this.#modules.size }
    this.#device.popErrorScope().catch(() => undefined)
    this.#modules.set(code, made)
    return made
  }

  #key({ module, entryPoint, constants, storage }: PipelineRequest): string {
    const values = Object.entries(constants).map(([name, value]) => `${name}=${value}`)
    return `${this.#module(module).number}|${entryPoint}|${values.join()}|${storage.join()}`
  }
}

/** ` at line 3, column 7: \`let x = y;\``, or nothing. */
function placeOf(code: string, message: GPUCompilationMessage | undefined): string {
  if (message === undefined || message.lineNum === 0) return ''
  const text = code.split('\n')[message.lineNum - 1]?.trim() ?? ''
  return ` at line ${message.lineNum}, column ${message.linePos}: \`${text}\``
}
