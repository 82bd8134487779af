/**
 * The kernels of one GPU: each form of a kernel is compiled by NVRTC when it is first needed, whichever instance asks for it, or taken
 * from a cubin that came with the policy.
 */
import { cudaEntryName, onlyOptions, type TeamVariant } from '../../../abi/cuda-teams.ts'
import { problem } from '../../../abi/espalier-error.ts'
import type { CudaContext } from './cuda-context.ts'
import { outMemory, type CudaCompiler } from './functions.ts'

/** The kernels of a policy. */
export interface CudaModule {
  readonly policy: string
  /** CUDA C. */
  readonly source: string
  readonly cubin: Uint8Array | null
}

/** A kernel of a module in one form. */
export interface KernelRequest {
  readonly module: CudaModule
  readonly kernel: string
  readonly team: TeamVariant | null
}

export interface CompiledKernel {
  readonly handle: bigint
  /** Lets it be started with so much dynamic shared memory. */
  allowShared(bytes: number): void
}

/** Numbers of the driver's interface. */
const NOT_FOUND = 500
const MAX_DYNAMIC_SHARED = 8
/** What every kernel may have without asking. */
const FREE_SHARED = 48 * 1024

/**
 * Products are not fused into sums, so that results are those of other targets; functions for programs in C are left out, and those
 * without a mark, loop bodies among them, are the device's, as nvcc takes them to be.
 */
const OPTIONS: readonly string[] = [
  '--std=c++17',
  '--fmad=false',
  '--device-as-default-execution-space',
  '-DESPALIER_KERNELS_ONLY',
]

const known = new WeakMap<CudaContext, CompiledKernels>()

export class CompiledKernels {
  readonly #context: CudaContext
  readonly #started = new Map<string, Promise<void>>()
  readonly #ready = new Map<string, CompiledKernel>()
  readonly #cubins = new WeakMap<Uint8Array, bigint>()
  readonly #sources = new Map<string, number>()

  static of(context: CudaContext): CompiledKernels {
    const kernels = known.get(context) ?? new CompiledKernels(context)
    known.set(context, kernels)
    return kernels
  }

  private constructor(context: CudaContext) {
    this.#context = context
  }

  /** Resolves when the kernel can be had; null when it can. Rejects with ESP4902 or ESP4906. */
  compile(request: KernelRequest): Promise<void> | null {
    const key = this.#key(request)
    if (this.#ready.has(key)) return null
    let started = this.#started.get(key)
    if (started === undefined) {
      started = this.#make(request).then((kernel) => void this.#ready.set(key, kernel))
      this.#started.set(key, started)
      started.catch(() => this.#started.delete(key))
    }
    return started
  }

  /** Of what was compiled. */
  get(request: KernelRequest): CompiledKernel {
    const kernel = this.#ready.get(this.#key(request))
    if (kernel === undefined) throw new Error('a kernel was started before it was compiled')
    return kernel
  }

  async #make(request: KernelRequest): Promise<CompiledKernel> {
    const { kernel, team, module } = request
    const entry = cudaEntryName(kernel, team)
    const found = module.cubin === null ? null : this.#find(this.#cubin(module.cubin), entry, kernel)
    if (found !== null) return this.#compiled(found, kernel)
    const cubin = await this.#compileSource(request)
    this.#context.enter()
    const loaded = this.#load(cubin, `kernel \`${kernel}\``)
    const handle = this.#find(loaded, entry, kernel)
    if (handle !== null) return this.#compiled(handle, kernel)
    throw problem('ESP4906', { kernel, reason: `it has no entry point \`${entry}\`` })
  }

  #compiled(handle: bigint, kernel: string): CompiledKernel {
    let allowed = FREE_SHARED
    return {
      handle,
      allowShared: (bytes) => {
        if (bytes <= allowed) return
        const status = this.#context.driver.cuFuncSetAttribute(handle, MAX_DYNAMIC_SHARED, bytes)
        this.#context.ensure(`kernel \`${kernel}\``, status)
        allowed = bytes
      },
    }
  }

  #cubin(cubin: Uint8Array): bigint {
    this.#context.enter()
    const loaded = this.#cubins.get(cubin) ?? this.#load(cubin, 'the cubin of the policy')
    this.#cubins.set(cubin, loaded)
    return loaded
  }

  #load(cubin: Uint8Array, what: string): bigint {
    return this.#context.handle(what, (out) => this.#context.driver.cuModuleLoadData(out, cubin))
  }

  /** Null when the module does not have it. */
  #find(module: bigint, entry: string, kernel: string): bigint | null {
    const out = outMemory()
    const status = this.#context.driver.cuModuleGetFunction(out, module, entry)
    if (status === NOT_FOUND) return null
    this.#context.ensure(`kernel \`${kernel}\``, status)
    return out.getBigUint64(0, true)
  }

  async #compileSource({ module, kernel, team }: KernelRequest): Promise<Uint8Array> {
    const { compiler, architecture, device } = this.#context
    if ('missing' in compiler)
      throw problem('ESP4902', { policy: module.policy, architecture, device: device.name, reason: compiler.missing })
    const options = [`--gpu-architecture=${architecture}`, ...OPTIONS, ...onlyOptions([{ kernel, team }])]
    const program = new Program(compiler, `${module.policy}.cu`, module.source)
    try {
      const reason = await program.compile(options)
      if (reason === null) return program.cubin()
      throw problem('ESP4906', { kernel, reason })
    } finally {
      program.destroy()
    }
  }

  #key({ module, kernel, team }: KernelRequest): string {
    const number = this.#sources.get(module.source) ?? this.#sources.size
    this.#sources.set(module.source, number)
    return `${number}|${module.cubin === null ? 'source' : 'cubin'}|${cudaEntryName(kernel, team)}`
  }
}

/** A text that NVRTC compiles. */
class Program {
  readonly #compiler: CudaCompiler
  readonly #out = outMemory()

  constructor(compiler: CudaCompiler, name: string, source: string) {
    this.#compiler = compiler
    const status = compiler.nvrtcCreateProgram(this.#out, source, name, 0, 0n, 0n)
    if (status !== 0) throw problem('ESP4906', { kernel: name, reason: compiler.statusText(status) })
  }

  get #program(): bigint {
    return this.#out.getBigUint64(0, true)
  }

  /** Null when it compiles; otherwise what is wrong with it. */
  async compile(options: readonly string[]): Promise<string | null> {
    const status = await this.#compiler.compile(this.#program, options)
    if (status === 0) return null
    const log = this.#text(
      (out) => this.#compiler.nvrtcGetProgramLogSize(this.#program, out),
      (out) => this.#compiler.nvrtcGetProgramLog(this.#program, out),
    )
    return [this.#compiler.statusText(status), ...firstErrors(new TextDecoder().decode(log))].join(': ')
  }

  cubin(): Uint8Array {
    return this.#text(
      (out) => this.#compiler.nvrtcGetCUBINSize(this.#program, out),
      (out) => this.#compiler.nvrtcGetCUBIN(this.#program, out),
    )
  }

  destroy(): void {
    this.#compiler.nvrtcDestroyProgram(this.#out)
  }

  #text(size: (out: DataView) => number, content: (out: Uint8Array) => number): Uint8Array {
    const out = outMemory()
    if (size(out) !== 0) return new Uint8Array(0)
    const bytes = new Uint8Array(new ArrayBuffer(Number(out.getBigUint64(0, true))))
    return content(bytes) === 0 ? bytes : new Uint8Array(0)
  }
}

/** The lines of a log that say what is wrong: the first few. */
const firstErrors = (log: string): readonly string[] =>
  log
    .replace(/\0[^]*$/, '')
    .split('\n')
    .filter((line) => /error|invalid|unknown/i.test(line))
    .slice(0, 3)
    .map((line) => line.trim())
