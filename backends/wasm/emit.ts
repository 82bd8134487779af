/** From the kernels of a policy to a WebAssembly module. Everything up to `assemble` is plain data and loads nothing. */
import { ABI_VERSION } from '../../abi/manifest.ts'
import type { Func } from '../../compiler/ir/node.ts'
import { MAX_PAGES } from './caps.ts'
import type { WasmModule } from './expr.ts'
import { emitKernel } from './kernel.ts'
import { MathLibrary } from './math/functions.ts'
import { assemble, type Assembled } from './module.ts'

/** The module as code trees: one exported function per kernel, in order, then the functions they call. */
export function moduleOf(kernels: readonly Func[]): WasmModule {
  const library = new MathLibrary()
  const functions = kernels.map((kernel) => emitKernel(kernel, library))
  return { functions: [...functions, ...library.functions()], minPages: 1, maxPages: MAX_PAGES, abiVersion: ABI_VERSION }
}

export const emitWasm = (kernels: readonly Func[], options: { readonly wat?: boolean } = {}): Promise<Assembled> =>
  assemble(moduleOf(kernels), { wat: options.wat ?? false })
