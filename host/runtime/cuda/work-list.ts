/**
 * What a call wants done on a GPU, in order, until it is put into the stream: kernels may still have to be compiled when they are put
 * here.
 */
import { CompiledKernels, type KernelRequest } from './compiled-kernels.ts'
import type { CudaContext } from './cuda-context.ts'

export interface KernelStart {
  readonly request: KernelRequest
  readonly blocks: number
  readonly threads: number
  readonly sharedBytes: number
  readonly parameters: Uint8Array
}

type Work = { readonly kind: 'kernel'; readonly start: KernelStart } | { readonly kind: 'transfer'; readonly run: () => void }

export class WorkList {
  readonly #context: CudaContext
  readonly #kernels: CompiledKernels
  #work: Work[] = []

  constructor(context: CudaContext) {
    this.#context = context
    this.#kernels = CompiledKernels.of(context)
  }

  start(start: KernelStart): void {
    this.#work.push({ kind: 'kernel', start })
  }

  /** A copy or a fill. */
  transfer(run: () => void): void {
    this.#work.push({ kind: 'transfer', run })
  }

  /** Forgets what was not put into a stream. */
  clear(): void {
    this.#work = []
  }

  /** Resolves when every kernel in the list can be started; null when all can. */
  compiled(): Promise<unknown> | null {
    const open = this.#work.flatMap((work) => (work.kind === 'kernel' ? (this.#kernels.compile(work.start.request) ?? []) : []))
    return open.length === 0 ? null : Promise.all(open)
  }

  submit(stream: bigint): void {
    const work = this.#work.splice(0)
    if (work.length > 0) this.#context.enter()
    for (const one of work) {
      if (one.kind === 'transfer') one.run()
      else this.#start(one.start, stream)
    }
  }

  #start({ request, blocks, threads, sharedBytes, parameters }: KernelStart, stream: bigint): void {
    const { handle, allowShared } = this.#kernels.get(request)
    allowShared(sharedBytes)
    this.#context.started(request.kernel)
    const status = this.#context.driver.launch({ kernel: handle, blocks, threads, sharedBytes, parameters }, stream)
    this.#context.ensure(`kernel \`${request.kernel}\``, status)
  }
}
