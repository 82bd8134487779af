/** `espalier bench`: the time of one entry, beside the bytes that have to move and what a plain copy of them takes. */
import { pairs, type Arguments } from '../arguments.ts'
import { benchEntry, type Limits, type Subject } from '../bench/bench-entry.ts'
import { benchData, benchText } from '../bench/report.ts'
import { jsonOption, timeOption, type Command } from '../command.ts'
import { chosenEntry, givenInputs, readState, sizesOf } from '../entry-inputs.ts'
import { parseDTypes } from '../float-dtypes.ts'
import { openProgram, type Program } from '../program.ts'
import { exitStatus, refuse } from '../refusal.ts'
import { Stopwatch } from '../stopwatch.ts'
import { largestTensor, parseTargets, Targets } from '../targets.ts'
import { TensorFiles } from '../tensor-reference.ts'
import { jsonLine, showDiagnostics } from '../terminal.ts'

export const bench: Command = {
  spec: {
    name: 'bench',
    summary: 'Measure an entry of a policy: time, bytes that have to move, share of what a plain copy reaches.',
    examples: [
      { line: 'espalier bench std:mustafar --entry compress', does: 'generated tensors, larger than caches' },
      {
        line: 'espalier bench std:wanda --entry prune --sizes out=4096,in=4096 --dtype f16 --target wasm,wgsl',
        does: 'one size, two targets',
      },
      {
        line: 'espalier bench std:mustafar --entry attend --sizes kv=8,group=4,token=16384,channel=128,local=32',
        does: 'caches packed first',
      },
      { line: 'espalier bench my.prune --in weights.safetensors --runs 50 --json', does: 'tensors from a file' },
    ],
    options: {
      entry: { kind: 'value', value: 'ENTRY', doc: 'Which entry; may be left out when there is one.' },
      policy: { kind: 'value', value: 'NAME', doc: 'Which policy of the file; may be left out when there is one.' },
      target: {
        kind: 'list',
        value: 'T[,T]',
        doc: 'wasm (the default), wgsl, cuda, reference, or several, with the same tensors.',
      },
      in: { kind: 'list', value: 'FILE|NAME=FILE#TENSOR[i]', doc: 'Tensors as of `run`; the others are generated.' },
      set: { kind: 'list', value: 'NAME=VALUE', doc: 'Parameters and scalar arguments: sparsity=70%.' },
      sizes: {
        kind: 'list',
        value: 'AXIS=EXTENT',
        doc: 'Extents; axes that nothing shows grow until inputs are larger than caches.',
      },
      dtype: { kind: 'list', value: 'f16|INPUT=f16', doc: 'What generated `float` inputs are stored as; f32 unless given.' },
      'state-in': { kind: 'value', value: 'FILE', doc: 'State to start from; generated unless given.' },
      runs: { kind: 'value', value: 'N', doc: 'How many measurements; 20 unless given.' },
      seconds: { kind: 'value', value: 'S', doc: 'After so many seconds on a target no measurement begins; 5 unless given.' },
      json: jsonOption,
      time: timeOption,
    },
    positional: { name: 'FILE', doc: 'A policy file, `std:NAME`, or `-` for stdin.', min: 1, max: 1 },
  },
  async run(args, terminal) {
    const watch = new Stopwatch()
    const words = args.list('target')
    const names = [...new Set(words.length === 0 ? (['wasm'] as const) : parseTargets(words))]
    const limits = limitsOf(args)
    const targets = new Targets()
    const files = new TensorFiles(Math.min(...names.map((name) => largestTensor[name])))
    try {
      const program = await watch.time('check', () => openProgram(args.positionals[0] ?? '', args.value('policy')))
      showDiagnostics(terminal, program.unit.warnings, program.unit.sources)
      const subject = await watch.time('read', () => subjectOf(program, args, files))
      showDiagnostics(terminal, files.notes)
      const benched = await benchEntry({ program, subject, names, limits }, targets, watch)
      terminal.out(args.flag('json') ? jsonLine(benchData(benched)) : benchText(benched))
      if (args.flag('time')) terminal.err(watch.text())
      return exitStatus.ok
    } finally {
      files.close()
      targets.close()
    }
  },
}

function subjectOf(program: Program, args: Arguments, files: TensorFiles): Subject {
  const entry = chosenEntry(program, args.value('entry'))
  const given = givenInputs(entry, args.list('in'), files)
  const stateIn = args.value('state-in')
  const asked = parseDTypes(args.list('dtype'), [program.signature])
  return {
    ...{ entry, given, sizes: sizesOf(args) },
    set: Object.fromEntries(pairs('--set', args.list('set'), 'NAME=VALUE')),
    states: stateIn === null ? null : readState(stateIn, files),
    dtypes: Object.keys(given).length === 0 ? asked : program.floatDTypes(entry.name, given, asked),
  }
}

function limitsOf(args: Arguments): Limits {
  const runs = args.value('runs') ?? '20'
  const seconds = args.value('seconds') ?? '5'
  if (!/^[1-9]\d{0,5}$/.test(runs)) refuse('ESP5006', { option: '--runs', value: runs, expected: 'a whole number from 1 on' })
  if (!/^(\d{1,5})(\.\d+)?$/.test(seconds))
    refuse('ESP5006', { option: '--seconds', value: seconds, expected: 'a number of seconds' })
  return { runs: Number(runs), seconds: Number(seconds) }
}
