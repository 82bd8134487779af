/**
 * Compiled C hosts of policies in a process of their own, over a CUDA runtime that prints what it is asked for: what a call
 * launches, copies and refuses can be read without a device. Needs a C++ compiler with 128-bit integers (`c++` of GCC or Clang).
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { describeWhere } from './describe-where.ts'
import { cudaEntryName, teamVariants, type CudaBuffer } from '../../abi/cuda-teams.ts'
import type { KernelArg, Manifest, ParamSpec, VariantSpec } from '../../abi/manifest.ts'
import { callsOf, type CCall } from '../../host/emit/c/c-call.ts'
import { outputs, stageNames } from '../../host/emit/c/c-header.ts'
import { sharedDeclarations } from '../../host/emit/c/c-library.ts'
import { emitCHost, limitsOf, ownFunctions } from '../../host/emit/c/emit-c-host.ts'
import { repositoryRoot } from './source-tree.ts'

const missing = spawnSync('c++', ['--version']).status === 0 ? null : 'no C++ compiler: install g++'

/** `describe` for tests that need a C++ compiler. */
export const describeC = (title: string, body: () => void): void => describeWhere(missing, title, body)

/** Parameters of a kernel as the fake runtime prints them. */
const parametersOf = (args: readonly KernelArg[], isTeam: boolean): string =>
  args
    .map((arg) =>
      arg.kind === 'extent'
        ? 'i'
        : arg.kind === 'buffer'
          ? arg.access === 'scratch' || arg.access === 'lane'
            ? 'pi'
            : 'p'
          : { i32: 'i', u32: 'u', f32: 'f', f64: 'd' }[arg.as],
    )
    .join('') + (isTeam ? 'ii' : 'i')

export const kernelBuffers = (variant: VariantSpec, args: readonly KernelArg[]): readonly CudaBuffer[] =>
  args.flatMap((arg) =>
    arg.kind === 'buffer' ? [{ access: arg.access ?? 'readwrite', dtype: variant.buffers[arg.buffer]?.dtype ?? 'f32' }] : [],
  )

/** The entry points of a policy's kernels, with their parameters. */
export function entriesOf(calls: readonly CCall[]): ReadonlyMap<string, string> {
  const entries = new Map<string, string>()
  for (const { variant } of calls)
    for (const step of variant.steps) {
      if (step.op === 'fill') continue
      const isTeam = step.grid?.team === true
      const teams = isTeam ? teamVariants(kernelBuffers(variant, step.args)) : [null]
      for (const team of teams) entries.set(cudaEntryName(step.kernel, team), parametersOf(step.args, isTeam))
    }
  return entries
}

const readers: Readonly<Record<ParamSpec['type'], string>> = {
  ratio: 'read_ratio',
  count: 'read_int',
  int: 'read_int',
  real: 'read_real',
  bool: 'read_bool',
  choice: 'read_bool',
}

/** Reads the arguments of a call in the order of `argumentNames`, asks for sizes and runs its stages. */
function runnerText(call: CCall, space: string, index: number): string {
  const { name, memory, fields, sizes, params, kept, hinted } = call
  const stages = stageNames(call)
  const read = (path: string, reader: string): string => `  ${reader}(a.${path});`
  return [
    `static void run_${index}() {`,
    `  ${space}::${name}_args a;`,
    `  ${space}::${name}_init(&a);`,
    ...memory.pointers.map((pointer) => read(fields.pointer(pointer), 'read_pointer')),
    ...sizes.given.map(({ axis }) => read(fields.size(axis), 'read_int')),
    ...kept.map((input) => read(fields.kept(input), 'read_int')),
    ...hinted.map((input) => read(fields.kept(input), 'read_int')),
    ...hinted.map((input) => read(fields.stored(input), 'read_int')),
    ...params.map((param) => read(fields.param(param.name), readers[param.type])),
    '  size_t bytes = 0;',
    `  report("workspace", ${space}::${name}_workspace_size(&a, &bytes), ${space}::policy_error());`,
    '  printf("bytes %zu\\n", bytes);',
    ...(outputs(call).length === 0
      ? []
      : [
          `  ${space}::${name}_sizes s = {};`,
          `  report("sizes", ${space}::${name}_output_sizes(&a, &s), ${space}::policy_error());`,
          ...outputs(call).map(
            (pointer) => `  printf("size %lld\\n", (long long)s.${fields.pointer(pointer).replace(/^out\./, '')});`,
          ),
        ]),
    '  read_bytes(bytes);',
    '  void *workspace = nullptr;',
    '  read_pointer(workspace);',
    ...stages.flatMap((stage, i) => [
      ...(call.stages[i]?.needs ?? []).map((axis) => read(fields.size(axis), 'read_int')),
      `  report("run", ${space}::${stage}(&a, workspace, bytes, nullptr), ${space}::policy_error());`,
    ]),
    '}',
  ].join('\n')
}

const READERS = `
static char word[64];
static bool given() { return scanf("%63s", word) == 1 && (word[0] != '-' || word[1] != 0); }
template <class T> static void read_pointer(T *&to) { if (given()) to = (T *)strtoull(word, nullptr, 10); }
static void read_int(int64_t &to) { if (given()) to = strtoll(word, nullptr, 10); }
static void read_real(double &to) { if (given()) to = strtod(word, nullptr); }
static void read_bool(int32_t &to) { if (given()) to = (int32_t)atoi(word); }
static void read_bytes(size_t &to) { if (given()) to = (size_t)strtoull(word, nullptr, 10); }
static void read_ratio(espalier_ratio &to) { if (given()) { to.num = strtoll(word, nullptr, 10); given(); to.den = strtoll(word, nullptr, 10); } }
static void report(const char *what, int code, const char *text) { printf("%s %d %s\\n", what, code, code == 0 ? "" : text); }
`

const MAIN = `
int main() {
  int index = 0;
  fake_kernels = kernels;
  while (scanf("%d %d %d", &index, &fake_multiprocessors, &fake_shared_bytes) == 3) {
    printf("call %d\\n", index);
    runners[index]();
  }
  return 0;
}
`

/** What a call reads, in order: `-` leaves what `_init` made of it. Behind these: bytes of workspace (`-`: as many as are needed), its
 * address, and before each later stage the counts it needs. */
export function argumentNames({ memory, fields, sizes, kept, hinted, params }: CCall): readonly string[] {
  return [
    ...memory.pointers.map((pointer) => fields.pointer(pointer)),
    ...sizes.given.map(({ axis }) => fields.size(axis)),
    ...kept.map((input) => fields.kept(input)),
    ...hinted.map((input) => fields.kept(input)),
    ...hinted.map((input) => fields.stored(input)),
    ...params.map(({ name }) => fields.param(name)),
  ]
}

export interface CompiledHosts {
  /** Where the headers are. */
  readonly folder: string
  readonly headers: readonly string[]
  readonly calls: readonly CCall[]
  /** Output of the calls with these inputs, each a line of words that begins with the number of the call. */
  run(inputs: readonly string[]): readonly string[]
  close(): void
}

export function compileHosts(manifests: readonly Manifest[]): CompiledHosts {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-c-host-'))
  const hosts = manifests.map((manifest) => ({ manifest, host: emitCHost(manifest), calls: callsOf(manifest) }))
  const common = /#ifndef ESPALIER_C_ABI\n[^]*?\n#endif\n/.exec(hosts[0]?.host.header ?? '')?.[0] ?? ''
  const spaces = hosts.map(({ manifest, host, calls }, i) => {
    writeFileSync(join(folder, host.headerFile), host.header)
    const entries = [...entriesOf(calls).keys()].map((name) => `void ${name}() {}`)
    const word = /const char \*(\w+)_last_error/.exec(host.header)?.[1] ?? manifest.policy
    const policyError = `inline const char *policy_error() { return ${word}_last_error(); }`
    return `namespace p${i} {\n#include "${host.headerFile}"\n${entries.join('\n')}\n${ownFunctions(manifest, calls)}\n${policyError}\n}`
  })
  const calls = hosts.flatMap((host) => host.calls)
  // What hosts share is compiled once for all of them.
  const shared = sharedDeclarations(spaces.join('\n'), limitsOf(calls))
  const runners = hosts.flatMap((host, i) => host.calls.map((call) => ({ call, space: `p${i}` })))
  const kernels = hosts.flatMap((host, i) =>
    [...entriesOf(host.calls)].map(([name, parameters]) => `  {(const void *)p${i}::${name}, "${name}", "${parameters}"},`),
  )
  const text = [
    ...['printing-runtime.h', 'math.h', 'stdarg.h', 'stdio.h', 'stdlib.h', 'string.h'].map((file) => `#include <${file}>`),
    ...[common, shared, ...spaces, READERS],
    `static const fake_kernel kernels[] = {\n${kernels.join('\n')}\n  {nullptr, nullptr, nullptr},\n};`,
    ...runners.map(({ call, space }, i) => runnerText(call, space, i)),
    `static void (*const runners[])() = {${runners.map((_, i) => `run_${i}`).join(', ')}};`,
    MAIN,
  ].join('\n')
  const [source, binary] = [join(folder, 'hosts.cc'), join(folder, 'hosts')]
  writeFileSync(source, text)
  const warnings = ['-Wall', '-Wextra', '-Werror', '-Wno-unused-function']
  const include = ['-I', join(repositoryRoot, 'test/support/fake-cuda'), '-I', folder]
  const compiled = spawnSync('c++', ['-std=c++17', '-O0', ...warnings, ...include, source, '-o', binary], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  if (compiled.status !== 0) throw new Error(`the C hosts do not compile: ${compiled.stderr.slice(0, 4000)}`)
  return {
    ...{ folder, calls, headers: hosts.map(({ host }) => host.headerFile) },
    run: (inputs) => {
      const { stdout, status, signal } = spawnSync(binary, {
        input: `${inputs.join('\n')}\n`,
        maxBuffer: 2 ** 28,
        encoding: 'utf8',
      })
      expect([status, signal]).toEqual([0, null])
      return stdout.split(/^call \d+\n/m).slice(1)
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}
