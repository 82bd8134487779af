/** `espalier doctor`: what this machine can run, its GPUs included, and where things are kept. */
import { accessSync, constants, existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname } from 'node:path'
import { wasmBackend } from '../../backends/wasm/index.ts'
import { cacheFolder } from '../cache.ts'
import { jsonOption, type Command } from '../command.ts'
import { availableMemory } from '../files/memory.ts'
import { findCuda, findNvcc, findNvrtc, findWebgpu, type WebgpuFinding } from '../gpu-findings.ts'
import { exitStatus } from '../refusal.ts'
import { byteText, jsonLine, table } from '../terminal.ts'
import { buildId, version } from '../version.ts'

export const doctor: Command = {
  spec: {
    name: 'doctor',
    summary: 'Show what this machine can run: versions, targets, memory, cache, GPUs.',
    examples: [
      { line: 'espalier doctor', does: 'a table' },
      { line: 'espalier doctor --json', does: 'for programs' },
    ],
    options: { json: jsonOption },
    positional: { name: '', doc: '', min: 0, max: 0 },
  },
  async run(args, terminal) {
    const facts = await findings()
    if (args.flag('json')) terminal.out(jsonLine(facts))
    else terminal.out(table(rows(facts)))
    return facts.targets.every((target) => target.unavailable === null) ? exitStatus.ok : exitStatus.unavailable
  },
}

async function findings() {
  const folder = cacheFolder()
  return {
    espalier: `${version} (${buildId})`,
    node: process.version,
    nodeIsSupported: Number(process.versions.node.split('.')[0]) >= 20,
    platform: `${process.platform} ${process.arch}`,
    threads: availableParallelism(),
    memoryBytes: availableMemory(),
    cache: { folder, writable: isWritable(folder) },
    targets: [
      { name: 'reference', summary: 'the evaluator, in double precision', unavailable: null },
      { name: wasmBackend.name, summary: wasmBackend.summary, unavailable: wasmBackend.unavailable() },
    ],
    gpu: { webgpu: await findWebgpu(), cuda: await findCuda(), nvrtc: await findNvrtc(), nvcc: findNvcc() },
  }
}

type Findings = Awaited<ReturnType<typeof findings>>

function rows(facts: Findings): string[][] {
  const { cache } = facts
  return [
    ['espalier', facts.espalier],
    ['node', facts.nodeIsSupported ? facts.node : `${facts.node}: too old, 20 or newer is needed`],
    ['platform', facts.platform],
    ['threads', String(facts.threads)],
    ['memory', `${byteText(facts.memoryBytes)} free`],
    ['cache', cache.writable ? cache.folder : `${cache.folder}: not writable, every build is a first build`],
    ...facts.targets.map(({ name, summary, unavailable }) => [
      `target ${name}`,
      unavailable === null ? `ready: ${summary}` : `not available: ${unavailable}`,
    ]),
    ...gpuRows(facts.gpu),
  ]
}

function gpuRows({ webgpu, cuda, nvrtc, nvcc }: Findings['gpu']): string[][] {
  const none = ({ missing }: { readonly missing: string }) => `none: ${missing}`
  return [
    ...('missing' in webgpu ? [['webgpu', none(webgpu)]] : webgpuRows(webgpu)),
    [
      'cuda',
      'missing' in cuda
        ? none(cuda)
        : `${cuda.device}, compute capability ${cuda.computeCapability}, ${byteText(cuda.memoryBytes)}, driver for CUDA ${cuda.cuda}`,
    ],
    ['nvrtc', 'missing' in nvrtc ? none(nvrtc) : `${nvrtc.version}, compiles kernels for CUDA when they are needed`],
    ['nvcc', 'missing' in nvcc ? none(nvcc) : nvcc.version],
  ]
}

function webgpuRows({ vendor, adapter, driver, subgroup, features, limits }: WebgpuFinding): string[][] {
  const lanes = subgroup === null ? [] : [`subgroups of ${[...new Set(subgroup)].join(' to ')}`]
  const isBytes = (name: string) => name.endsWith('Size')
  return [
    ['webgpu', `${vendor} ${adapter} (${driver})`],
    ['webgpu features', [...lanes, ...features.filter((feature) => feature !== 'subgroups')].join(', ') || 'none'],
    ...Object.entries(limits).map(([name, limit]) => [`  ${name}`, isBytes(name) ? byteText(limit) : String(limit)]),
  ]
}

/** Of a folder that may not be there yet: whether it could be made. */
function isWritable(folder: string): boolean {
  try {
    let place = folder
    while (!existsSync(place) && dirname(place) !== place) place = dirname(place)
    accessSync(place, constants.W_OK)
    return true
  } catch {
    return false
  }
}
