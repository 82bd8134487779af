/** The thread that assembles WebAssembly: begins to load the assembler at once, then answers requests one by one. */
import { parentPort } from 'node:worker_threads'
import { wasmBackend } from '../backends/wasm/index.ts'
import { loadAssembler } from '../backends/wasm/module.ts'
import { CompilerBug, type BugContext } from '../compiler/diagnostics/bug.ts'
import type { TargetArtifact } from '../compiler/driver.ts'
import type { Func } from '../compiler/ir/node.ts'

export interface EmitRequest {
  readonly kernels: readonly Func[]
  readonly listing: boolean
}

export type EmitReply =
  | { readonly ok: true; readonly artifacts: readonly TargetArtifact[] }
  | { readonly ok: false; readonly message: string; readonly context: BugContext }

async function emit({ kernels, listing }: EmitRequest): Promise<EmitReply> {
  try {
    return { ok: true, artifacts: await wasmBackend.emit(kernels, { listing }) }
  } catch (error) {
    const { message, stack } = error as Error
    const known = error instanceof CompilerBug && error.before !== null ? { before: error.before } : {}
    return {
      ok: false,
      message: message.replace(/^compiler bug[^:]*: /, ''),
      context: { pass: 'emit wasm', after: stack ?? message, ...known },
    }
  }
}

// A failure to load shows itself in the request that needs it.
void loadAssembler().catch(() => undefined)
parentPort?.on('message', (request: EmitRequest) => void emit(request).then((reply) => parentPort?.postMessage(reply)))
