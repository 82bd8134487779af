/**
 * Emitted CUDA C on a processor: the C++ compiler takes it with `cuda-on-cpu.h` in the place of CUDA, where the threads of a block
 * are coroutines. It shows what kernels mean, not how fast they are, nor what a GPU makes of missing barriers.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { describeWhere } from '../describe-where.ts'
import { cudaBackend } from '../../../backends/cuda-c/index.ts'
import { instantiateWith } from '../../../host/runtime/cuda/instantiate.ts'
import type { CudaLibraries } from '../../../host/runtime/cuda/cuda-context.ts'
import { LaunchParameters } from '../../../host/runtime/cuda/launch-parameters.ts'
import type { Func } from '../../../compiler/ir/node.ts'
import type { Machine } from '../differential.ts'
import { FakeCuda, FakeMemory, type FakeKernel } from '../fake-cuda.ts'

const HEADER = join(import.meta.dirname, 'cuda-on-cpu.h')
const missing = spawnSync('c++', ['--version']).status === 0 ? null : 'no C++ compiler: install `g++`'

/** `describe` for tests that need a C++ compiler. */
export const describeOnCpu = (title: string, body: () => void): void => describeWhere(missing, title, body)

/** Single instructions of a GPU, which the header has functions for. */
const INSTRUCTIONS: Readonly<Record<string, string>> = {
  'min.NaN.f32': 'cpu_min_nan',
  'max.NaN.f32': 'cpu_max_nan',
  'cvt.f32.f16': 'cpu_decode_f16',
  'cvt.rn.f16.f32': 'cpu_encode_f16',
  'cvt.rn.bf16.f32': 'cpu_encode_bf16',
  'cvt.rn.f16x2.f32': 'cpu_encode_two<cpu_encode_f16>',
  'cvt.rn.bf16x2.f32': 'cpu_encode_two<cpu_encode_bf16>',
  'bfind.shiftamt.u32': '__clz',
  'lop3.b32': 'cpu_select_bits',
}

/** Where shared memory has no addresses of its own, places are counted in bytes. */
const COLLECT = '\n  if (!holds) return;\n  memcpy((char *)list + place, &x, 4);\n  place += 4;\n}'

export function onCpu(source: string): string {
  return source
    .replace(/asm\("(\S+) [^"]*" : "=\w"\((\w+)\) : ([^;]*)\);/g, (_, name: string, to: string, from: string) => {
      return `${to} = ${INSTRUCTIONS[name] ?? name}(${from.replace(/"\w"/g, '')});`
    })
    .replace(
      /(X next_kept\(u32 bits, u32 &place, const X \*)(\) \{)[^]*?\n\}/,
      '$1from$2\n  return bits >> E & 1u ? from[place++] : X(0);\n}',
    )
    .replace(
      /(void take_upper\(.*const X \*)(\) \{)[^]*?\n\}/,
      '$1from$2\n  for (int e = 0; e < 8; ++e) x[e] = half.bits >> (8 + e) & 1u ? from[half.place++] : X(0);\n}',
    )
    .replace(
      /(void take_lower\(.*const X \*)(\) \{)[^]*?\n\}/,
      '$1from$2\n  for (int e = 7; e >= 0; --e) x[e] = half.bits >> e & 1u ? from[--half.place] : X(0);\n}',
    )
    .replace(/^(.*u32 nth_place\(.*\)) \{.*$/m, '$1 { return n; }')
    .replace(
      /asm volatile\("mma\.sync\.aligned\.m16n8k16\.row\.col\.f32\.\w+\.\w+\.f32 [^;]*;"[^;]*;/g,
      'cpu_multiply_add(sums, a0, a1, a2, a3, b0, b1, decode);',
    )
    .replace(/^(.*u32 shared_place\(.*\)) \{.*$/m, '$1 { return 0; }')
    .replace(/(void add_if_reached\([^)]*\) \{)[^]*?\n\}/g, '$1\n  if (key >= probe) sum += amount;\n}')
    .replace(/(void collect_if\((?:float|int|u32) \*)(,[^)]*\) \{)[^]*?\n\}/g, `$1list$2${COLLECT}`)
    .replace(/(void collect_lower_if\(u32 \*)(,[^)]*\) \{)[^]*?\n\}/, `$1list$2\n  x <<= 16;${COLLECT}`)
    .replace(/(u32 word_if\([^)]*\) \{)[^]*?\n\}/, '$1\n  return holds ? *from : 0u;\n}')
    .replace(/^ *const u32 place = u32\(__cvta_generic_to_shared.*$/gm, '')
    .replace(/asm volatile\("cp\.async\.c[ag]\..*, (16|4);".*$/gm, 'cpu_copy(to, from, $1);')
    .replace(/asm volatile\("cp\.async\.wait_all.*?\);/g, ';')
    .replace(/^ *extern __shared__ __align__\(16\) u32 scratch_words\[\];$/gm, '')
}

type Start = (
  parameters: Uint8Array,
  blocks: number,
  threads: number,
  count: number,
  device: BigUint64Array,
  sizes: BigUint64Array,
  host: BigUint64Array,
) => void

interface Native {
  readonly start: Start
  readonly address: (bytes: Uint8Array) => number | bigint
}

const folder = missing === null ? mkdtempSync(join(tmpdir(), 'cuda-on-cpu-')) : ''
let files = 0

const known = new Map<string, Native>()

/** One entry point, compiled. */
async function compiled(source: string, entry: string): Promise<Native> {
  const native = known.get(entry + source) ?? (await compileAnew(source, entry))
  known.set(entry + source, native)
  return native
}

async function compileAnew(source: string, entry: string): Promise<Native> {
  const [kernel, variant] = entry.split(/__(?=t\d+_c\d+$)/)
  const only = variant === undefined ? `\n#define ESPALIER_${kernel}` : ` ESPALIER_${kernel}(${variant})`
  const text = `#include "${HEADER}"\n#define ESPALIER_KERNELS_ONLY\n#define ESPALIER_ONLY${only}\n${source}\nCPU_START(${entry})\n`
  const path = join(folder, `${files++}`)
  writeFileSync(`${path}.cpp`, text)
  // Without the last one, libraries that several threads of a process run would have the memory of their blocks in common.
  const options = ['-std=c++17', '-O1', '-w', '-shared', '-fPIC', '-ffp-contract=off', '-fno-strict-aliasing', '-fno-gnu-unique']
  execFileSync('c++', [...options, '-o', `${path}.so`, `${path}.cpp`])
  const koffi = (await import('koffi')).default
  const library = koffi.load(`${path}.so`)
  return {
    start: library.func('void start(void *, int, int, int, void *, void *, void *)') as Start,
    address: library.func('uint64_t address(void *)') as Native['address'],
  }
}

/** A GPU whose kernels are those of a module, each compiled when NVRTC is asked for it. */
function librariesOf(source: string): CudaLibraries {
  const text = onCpu(source)
  const natives = new Map<string, Native>()
  const run: FakeKernel = (_, memory, { entry, parameters, blocks, threads }) =>
    start(natives.get(entry) as Native, memory, parameters, blocks, threads)
  const kernels = [...source.matchAll(/ESPALIER_(\w+)\(t\d|defined\(ESPALIER_(\w+)\)$/gm)].map(
    ([, team, thread]) => team ?? thread,
  )
  const { driver, compiler } = new FakeCuda(Object.fromEntries(kernels.map((name) => [name, run])))
  return {
    driver,
    compiler: {
      ...compiler,
      compile: async (program, options) => {
        const entry = entryOf(options)
        if (!natives.has(entry)) natives.set(entry, await compiled(text, entry))
        return compiler.compile(program, options)
      },
    },
  }
}

/** What the definitions leave of a module. */
function entryOf(options: readonly string[]): string {
  const all = options.join('\n')
  const [, kernel, variant] = /^-DESPALIER_ONLY=ESPALIER_(\w+)\((\w+)\)$/m.exec(all) ?? []
  if (kernel !== undefined) return `${kernel}__${variant}`
  return /^-DESPALIER_(?!ONLY=|KERNELS_ONLY)(\w+)$/m.exec(all)?.[1] ?? expect.fail(`no entry point in ${all}`)
}

function start(native: Native, memory: FakeMemory, parameters: Uint8Array, blocks: number, threads: number): void {
  const all = [...memory.allocations.values()]
  const bytes = all.map(({ base }) => memory.at(base))
  native.start(
    ...([parameters, blocks, threads, all.length] as const),
    BigUint64Array.from(all.map(({ base }) => base)),
    BigUint64Array.from(all.map(({ size }) => BigInt(size))),
    BigUint64Array.from(bytes.map((part) => BigInt(native.address(part)))),
  )
}

export const cudaOnCpu: Machine = {
  backend: cudaBackend,
  open: (compiled, sizes = {}) => {
    const artifact = compiled.artifacts.find(({ role }) => role === 'kernels')!
    const given = new TextEncoder().encode('__global__')
    return instantiateWith(librariesOf(artifact.content as string), compiled.manifest, given, { sizes })
  },
}

type CpuArray = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float32Array
/** An array is memory that the kernel may change; a row of scratch is its length. */
type CpuArgument = CpuArray | number | { readonly length: number }

interface CpuLaunch {
  /** `k_0`, or of teams `k_0__t16_c1`. */
  readonly entry: string
  readonly points: number
  readonly blocks: number
  readonly threads: number
  /** Whether workers are teams. */
  readonly team: boolean
  /** Words of scratch of a team in shared memory. */
  readonly sharedWords?: number
}

/** Runs a kernel of a module: arguments in the order of its parameters, numbers by the type of theirs. */
export async function runOnCpu(module: Func, args: readonly CpuArgument[], launch: CpuLaunch): Promise<void> {
  const memory = new FakeMemory()
  const parameters = new LaunchParameters()
  const places: { readonly at: bigint; readonly array: CpuArray | null }[] = []
  args.forEach((arg, i) => {
    const type = module.params[i]?.type
    if (typeof arg === 'number') {
      parameters.number(type?.kind === 'machine' && type.dtype !== 'bool' ? (type.dtype as 'i32') : 'i32', arg)
      return
    }
    const isArray = ArrayBuffer.isView(arg)
    const at = memory.allocate(isArray ? arg.byteLength + 32 : 4 * arg.length * launch.blocks * launch.threads + 4)
    if (isArray) memory.at(at).set(bytesOf(arg))
    places.push({ at, array: isArray ? arg : null })
    parameters.pointer(at)
    if (!isArray) parameters.integer(arg.length)
  })
  parameters.integer(launch.points)
  if (launch.team) parameters.integer(launch.sharedWords ?? 0)
  const [artifact] = await cudaBackend.emit([module])
  const native = await compiled(onCpu(String(artifact?.content)), launch.entry)
  start(native, memory, parameters.taken(), launch.blocks, launch.threads)
  for (const { at, array } of places) if (array !== null) bytesOf(array).set(memory.at(at).subarray(0, array.byteLength))
}

const bytesOf = (array: ArrayBufferView): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
