/**
 * The WebAssembly backend with its assembler in a worker thread: importing binaryen takes longer than everything else that
 * a build does, so it starts first and runs beside parsing, checking and the passes.
 */
import { Worker } from 'node:worker_threads'
import { wasmCaps } from '../backends/wasm/caps.ts'
import { wasmBackend } from '../backends/wasm/index.ts'
import { CompilerBug } from '../compiler/diagnostics/bug.ts'
import type { Target, TargetArtifact } from '../compiler/driver.ts'
import type { EmitReply, EmitRequest } from './wasm-worker.ts'

export interface WasmTarget extends Target {
  /** Ends the worker; `emit` cannot be called after it. */
  close(): void
}

/** Starts the worker at once. Made once per process and closed when the command ends. */
export function startWasmTarget(): WasmTarget {
  const worker = new Worker(new URL('./wasm-worker.js', import.meta.url))
  worker.unref()
  return {
    name: wasmBackend.name,
    extension: wasmBackend.extension,
    caps: wasmCaps,
    emit(kernels, { listing = false } = {}) {
      return new Promise<readonly TargetArtifact[]>((resolve, reject) => {
        worker.ref()
        const settle = (action: () => void): void => {
          worker.unref()
          worker.off('error', failed)
          action()
        }
        const failed = (error: Error): void => settle(() => reject(error))
        worker.once('error', failed)
        worker.once('message', (reply: EmitReply) =>
          settle(() => (reply.ok ? resolve(reply.artifacts) : reject(new CompilerBug(reply.message, reply.context)))),
        )
        worker.postMessage({ kernels, listing } satisfies EmitRequest)
      })
    },
    close: () => void worker.terminate(),
  }
}

/** Null when compiled policies can run here; otherwise why not. */
export const wasmUnavailable = (): string | null => wasmBackend.unavailable()
