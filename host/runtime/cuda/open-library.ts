/**
 * Opens CUDA's driver and NVRTC through npm `koffi`, an optional package that is looked for when a policy for CUDA is loaded, and not
 * before. `ESPALIER_LIBCUDA` and `ESPALIER_LIBNVRTC` name other libraries.
 */
import {
  compilerFunctions,
  driverFunctions,
  type CudaCompiler,
  type CudaDriver,
  type CudaLaunch,
  type Functions,
  type ParameterKind,
} from './functions.ts'

type Koffi = typeof import('koffi').default
type Library = ReturnType<Koffi['load']>

/** Why something is not there, as one line. */
export interface Absent {
  readonly missing: string
}

const C_TYPES: Readonly<Record<ParameterKind, string>> = {
  int: 'int',
  uint: 'unsigned int',
  size: 'size_t',
  handle: 'uint64_t',
  memory: 'void *',
  text: 'const char *',
}

interface Process {
  readonly platform?: string
  readonly env?: Readonly<Record<string, string | undefined>>
}
const { platform, env = {} } = (globalThis as { readonly process?: Process }).process ?? {}

const driverNames = (): readonly string[] => [env['ESPALIER_LIBCUDA'] ?? (platform === 'win32' ? 'nvcuda.dll' : 'libcuda.so.1')]

/** Where NVRTC may be: what the loader finds by itself, then the folders of the toolkit. */
function compilerNames(): readonly string[] {
  const given = env['ESPALIER_LIBNVRTC']
  if (given !== undefined) return [given]
  const home = env['CUDA_HOME'] ?? env['CUDA_PATH']
  if (platform === 'win32') {
    const names = ['nvrtc64_130_0.dll', 'nvrtc64_120_0.dll']
    return [...names, ...(home === undefined ? [] : names.map((name) => `${home}\\bin\\${name}`))]
  }
  const names = ['libnvrtc.so.13', 'libnvrtc.so.12', 'libnvrtc.so']
  const folders = ['', ...(home === undefined ? [] : [`${home}/lib64/`]), '/usr/local/cuda/lib64/']
  return folders.flatMap((folder) => names.map((name) => folder + name))
}

export async function openDriver(names: readonly string[] = driverNames()): Promise<CudaDriver | Absent> {
  return opened(names, driverFunctions, "install NVIDIA's driver", (koffi, library, functions) => {
    const start = library.func('cuLaunchKernel', 'int', [
      'uint64_t',
      ...Array<string>(7).fill('unsigned int'),
      ...['uint64_t', 'void *', 'void *'],
    ])
    const name = library.func('cuGetErrorName', 'int', ['int', 'void *'])
    const meaning = library.func('cuGetErrorString', 'int', ['int', 'void *'])
    const text = (ask: (status: number, out: BigUint64Array) => number, status: number, otherwise: string): string => {
      const out = new BigUint64Array(new ArrayBuffer(8))
      return ask(status, out) === 0 && out[0] !== 0n ? (koffi.decode(out, 'const char *') as string) : otherwise
    }
    return {
      ...functions,
      launch: (launch, stream) => launchWith(koffi, start, launch, stream),
      status: (status) => ({
        name: text(name, status, `status ${status}`),
        meaning: text(meaning, status, 'the driver does not know this status'),
      }),
    }
  })
}

export async function openCompiler(names: readonly string[] = compilerNames()): Promise<CudaCompiler | Absent> {
  return opened(names, compilerFunctions, 'it comes with the CUDA toolkit', (koffi, library, functions) => {
    const compile = library.func('nvrtcCompileProgram', 'int', ['uint64_t', 'int', 'const char **'])
    const text = library.func('nvrtcGetErrorString', 'const char *', ['int'])
    return {
      ...functions,
      compile: async (program, options) =>
        (koffi.config().async_stack_size ?? 0) < COMPILER_STACK
          ? (compile(program, options.length, options) as number)
          : new Promise((resolve, reject) =>
              compile.async(program, options.length, options, (error: unknown, status: number) =>
                error === null || error === undefined ? resolve(status) : reject(error),
              ),
            ),
      statusText: (status) => String(text(status)),
    }
  })
}

async function opened<T extends Readonly<Record<string, readonly ParameterKind[]>>, L>(
  names: readonly string[],
  table: T,
  advice: string,
  make: (koffi: Koffi, library: Library, functions: Functions<T>) => L,
): Promise<L | Absent> {
  const koffi = await findKoffi()
  if ('missing' in koffi) return koffi
  const tried: string[] = []
  for (const name of names) {
    try {
      const library = koffi.load(name)
      const functions = Object.entries(table).map(([call, kinds]) => [
        call,
        library.func(
          call,
          'int',
          kinds.map((kind) => C_TYPES[kind]),
        ),
      ])
      return make(koffi, library, Object.fromEntries(functions) as Functions<T>)
    } catch (error) {
      tried.push(firstLine(error))
    }
  }
  return { missing: `${names[0] ?? ''} does not load; ${advice} (${tried[0] ?? 'nothing to try'})` }
}

async function findKoffi(): Promise<Koffi | Absent> {
  // The name is put together so that bundlers do not look for the package.
  const name = ['kof', 'fi'].join('')
  try {
    const koffi = ((await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as { readonly default: Koffi }).default
    enlargeStacks(koffi)
    return koffi
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    const isAbsent = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND'
    return { missing: isAbsent ? 'npm install koffi' : `npm \`koffi\` does not load: ${firstLine(error)}` }
  }
}

/** What NVRTC may need; on the stack of 128 KiB that calls beside the program have, it crashes. */
const COMPILER_STACK = 2 ** 23

/** Koffi takes new sizes until the first library is loaded. Then programs that use it already have NVRTC in their own thread. */
function enlargeStacks(koffi: Koffi): void {
  const { sync_stack_size: here = 0, async_stack_size: beside = 0, ...rest } = koffi.config()
  if (Math.min(here, beside) >= COMPILER_STACK) return
  try {
    koffi.config({ ...rest, sync_stack_size: COMPILER_STACK, async_stack_size: COMPILER_STACK })
  } catch {
    // A library was loaded.
  }
}

const firstLine = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''

/** Keys of `cuLaunchKernel`'s last parameter: all parameters of the kernel are in one piece of memory. */
const PARAMETERS_AT = 1n
const PARAMETERS_SIZE = 2n
const END = 0n
/** In words of 8 bytes: the keys with their values, then the size, then the parameters. */
const SIZE = 5
const PARAMETERS = 6

function launchWith(
  koffi: Koffi,
  start: (...parameters: unknown[]) => number,
  { kernel, blocks, threads, sharedBytes, parameters }: CudaLaunch,
  stream: bigint,
): number {
  // One piece, so that nothing of it goes before the call has ended.
  const words = new BigUint64Array(new ArrayBuffer(8 * (PARAMETERS + Math.ceil(parameters.length / 8))))
  const at = BigInt(koffi.address(words))
  words.set([PARAMETERS_AT, at + BigInt(8 * PARAMETERS), PARAMETERS_SIZE, at + BigInt(8 * SIZE), END, BigInt(parameters.length)])
  new Uint8Array(words.buffer).set(parameters, 8 * PARAMETERS)
  return start(kernel, blocks, 1, 1, threads, 1, 1, sharedBytes, stream, null, words)
}
