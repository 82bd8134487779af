/** `espalier doctor`: what this machine can run, and where things are kept. */
import { accessSync, constants, existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname } from 'node:path'
import { wasmBackend } from '../../backends/wasm/index.ts'
import { cacheFolder } from '../cache.ts'
import { jsonOption, type Command } from '../command.ts'
import { availableMemory } from '../files/memory.ts'
import { exitStatus } from '../refusal.ts'
import { byteText, jsonLine, table } from '../terminal.ts'
import { buildId, version } from '../version.ts'

export const doctor: Command = {
  spec: {
    name: 'doctor',
    summary: 'Show what this machine can run: versions, targets, memory, cache.',
    examples: [
      { line: 'espalier doctor', does: 'a table' },
      { line: 'espalier doctor --json', does: 'for programs' },
    ],
    options: { json: jsonOption },
    positional: { name: '', doc: '', min: 0, max: 0 },
  },
  run(args, terminal) {
    const facts = findings()
    if (args.flag('json')) terminal.out(jsonLine(facts))
    else terminal.out(table(rows(facts)))
    return facts.targets.every((target) => target.unavailable === null) ? exitStatus.ok : exitStatus.unavailable
  },
}

function findings() {
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
  }
}

function rows(facts: ReturnType<typeof findings>): string[][] {
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
