/** `espalier build`: kernels, manifest and a typed host shim. An unchanged policy comes from the cache without compiling. */
import type { Arguments } from '../arguments.ts'
import { cacheFolder, cacheKey, readCache, writeCache, type CacheFiles } from '../cache.ts'
import { jsonOption, timeOption, type Command } from '../command.ts'
import { join } from 'node:path'
import { writeAllAside } from '../files/write.ts'
import { readPolicySource } from '../policy-source.ts'
import { exitStatus, refuse } from '../refusal.ts'
import { readReferenced } from '../referenced-files.ts'
import { Stopwatch } from '../stopwatch.ts'
import { byteText, jsonLine, showDiagnostics, table, type Terminal } from '../terminal.ts'
import type { Diagnostic } from '../../compiler/diagnostics/diagnostic.ts'
import type { Target } from '../../compiler/driver.ts'
import type { Source } from '../../compiler/frontend/source.ts'
import { buildId, version } from '../version.ts'

/** The entry of the cache that holds what was reported; every other file is written out. */
const NOTES = 'diagnostics.json'

export const build: Command = {
  spec: {
    name: 'build',
    summary: 'Compile a policy: kernels, manifest and a typed host shim.',
    examples: [
      { line: 'espalier build std:mustafar --target wasm --out dist', does: 'one policy' },
      { line: 'espalier build std:mustafar --target wasm,wgsl,cuda --out dist', does: 'for several targets' },
      { line: 'espalier build my.prune --target wasm --dtype f16', does: '`float` inputs stored as f16' },
      { line: 'espalier build my.prune --target wasm --listing', does: 'also the kernels as text' },
    ],
    options: {
      target: { kind: 'list', value: 'wasm|wgsl|cuda', doc: 'What to compile for; several with commas.' },
      out: { kind: 'value', value: 'DIR', doc: 'Where to write; the current folder unless given.' },
      policy: { kind: 'value', value: 'NAME', doc: 'Only this policy of the file.' },
      dtype: { kind: 'list', value: 'f16|INPUT=f16', doc: 'What `float` inputs are stored as: f32 (unless given), f16, bf16.' },
      cubin: {
        kind: 'list',
        value: 'sm_90',
        doc: 'Of CUDA: also compile the kernels with nvcc for these GPUs, which then need no NVRTC.',
      },
      listing: { kind: 'flag', doc: 'Write the kernels as text too.' },
      'no-cache': { kind: 'flag', doc: 'Compile even when nothing changed.' },
      json: jsonOption,
      time: timeOption,
    },
    positional: { name: 'FILE', doc: 'A policy file, `std:NAME`, or `-` for stdin.', min: 1, max: 1 },
  },
  async run(args, terminal) {
    const watch = new Stopwatch()
    const names = targetsOf(args)
    const source = await watch.time('read', () => readPolicySource(args.positionals[0] ?? ''))
    const key = keyOf(args, names, source)
    const cached = args.flag('no-cache') ? null : watch.timeSync('cache', () => readCache(cacheFolder(), key))
    const files = cached ?? (await compileAnew(args, names, source, watch))
    if (cached === null && !args.flag('no-cache')) watch.timeSync('cache', () => writeCache(cacheFolder(), key, files))
    showNotes(terminal, files)
    const written = watch.timeSync('write', () => writeOut(args.value('out') ?? '.', files))
    report(args, terminal, written)
    if (args.flag('time')) terminal.err(watch.text())
    return exitStatus.ok
  },
}

const buildable = ['wasm', 'wgsl', 'cuda'] as const
type BuildTarget = (typeof buildable)[number]

/** Each once, in the order of `buildable`. */
function targetsOf(args: Arguments): readonly BuildTarget[] {
  const words = args.list('target').flatMap((word) => word.split(','))
  if (words.length === 0) refuse('ESP5004', { command: 'build', argument: `\`--target\`: ${buildable.join(', ')}` })
  const isBuildable = (word: string): word is BuildTarget => buildable.some((target) => target === word)
  for (const target of words) if (!isBuildable(target)) refuse('ESP5301', { target, available: buildable })
  return buildable.filter((target) => words.includes(target))
}

/** Everything that the result depends on. */
function keyOf(args: Arguments, targets: readonly BuildTarget[], source: Source): string {
  const options = [targets, args.value('policy'), args.list('dtype'), args.flag('listing'), args.list('cubin')]
  return cacheKey(['build', version, buildId, options, source.name, source.text, readReferenced(source)])
}

async function compileAnew(
  args: Arguments,
  targets: readonly BuildTarget[],
  source: Source,
  watch: Stopwatch,
): Promise<CacheFiles> {
  const opened = await Promise.all(targets.map(openTarget))
  try {
    const { buildFiles } = await watch.time('load', () => import('../build-files.ts'))
    const files = new Map<string, Uint8Array>()
    let notes = ''
    for (const { target } of opened) {
      const built = await buildFiles(source, target, watch, {
        policy: args.value('policy'),
        dtypes: args.list('dtype'),
        listing: args.flag('listing'),
        cubins: args.list('cubin').flatMap((word) => word.split(',')),
      })
      for (const [name, content] of built.files) files.set(name, content)
      notes ||= JSON.stringify({ diagnostics: built.diagnostics, sources: [...built.sources] } satisfies Notes)
    }
    return new Map([...files, [NOTES, new TextEncoder().encode(notes)]])
  } finally {
    for (const { close } of opened) close()
  }
}

/** Only what is asked for is loaded: the assembler of WebAssembly takes longer than everything else. */
async function openTarget(name: BuildTarget): Promise<{ readonly target: Target; readonly close: () => void }> {
  if (name === 'wgsl') return { target: (await import('../../backends/wgsl/index.ts')).wgslBackend, close: () => undefined }
  if (name === 'cuda') return { target: (await import('../../backends/cuda-c/index.ts')).cudaBackend, close: () => undefined }
  const target = (await import('../wasm-target.ts')).startWasmTarget()
  return { target, close: () => target.close() }
}

interface Notes {
  readonly diagnostics: readonly Diagnostic[]
  readonly sources: readonly (readonly [string, string])[]
}

/** Warnings are shown again when the result comes from the cache. */
function showNotes(terminal: Terminal, files: CacheFiles): void {
  const { diagnostics, sources } = JSON.parse(new TextDecoder().decode(files.get(NOTES))) as Notes
  showDiagnostics(terminal, diagnostics, new Map(sources))
}

interface Written {
  readonly path: string
  readonly bytes: number
}

/** Manifests last: whoever sees one finds what it names. */
function writeOut(folder: string, files: CacheFiles): readonly Written[] {
  const names = [...files.keys()]
    .filter((name) => name !== NOTES)
    .sort((a, b) => Number(isManifest(a)) - Number(isManifest(b)) || (a < b ? -1 : 1))
  writeAllAside(new Map(names.map((name) => [join(folder, name), [files.get(name)!]])))
  return names.map((name) => ({ path: join(folder, name), bytes: files.get(name)!.length }))
}

const isManifest = (name: string): boolean => name.endsWith('.manifest.json')

function report(args: Arguments, terminal: Terminal, written: readonly Written[]): void {
  if (args.flag('json')) terminal.out(jsonLine({ files: written }))
  else terminal.out(table(written.map(({ path, bytes }) => [path, byteText(bytes)])))
}
