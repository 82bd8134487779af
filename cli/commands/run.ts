/** `espalier run`: one entry of a policy on tensors from files. */
import type { EntrySignature } from '../../compiler/frontend/check/signature.ts'
import { pairs, type Arguments } from '../arguments.ts'
import { jsonOption, timeOption, type Command } from '../command.ts'
import { bindInputs, chosenEntry, readState, sizesOf } from '../entry-inputs.ts'
import { tensorSet } from '../files/packed-file.ts'
import { writeTensors } from '../files/tensor-file.ts'
import type { FileTensor } from '../files/tensor.ts'
import { openProgram } from '../program.ts'
import { exitStatus } from '../refusal.ts'
import { resultText, resultRecord } from '../result-summary.ts'
import type { RunTensors } from '../runner.ts'
import { Stopwatch } from '../stopwatch.ts'
import { largestTensor, requireTarget, Targets } from '../targets.ts'
import { TensorFiles } from '../tensor-reference.ts'
import { jsonLine, showDiagnostics, type Terminal } from '../terminal.ts'

export const run: Command = {
  spec: {
    name: 'run',
    summary: 'Run an entry of a policy on tensors from files, and write what it gives.',
    examples: [
      { line: 'espalier run std:magnitude --in W=w.npy --set sparsity=70% --out pruned.safetensors', does: 'prune a tensor' },
      { line: 'espalier run std:mustafar --entry compress --in cache.safetensors', does: 'bind inputs by name' },
      {
        line: 'espalier run my.prune --in K=model.safetensors#layer0.K[0] --target reference',
        does: 'one slice, in double precision',
      },
    ],
    options: {
      entry: { kind: 'value', value: 'ENTRY', doc: 'Which entry; may be left out when there is one.' },
      policy: { kind: 'value', value: 'NAME', doc: 'Which policy of the file; may be left out when there is one.' },
      in: {
        kind: 'list',
        value: 'FILE|NAME=FILE#TENSOR[i]',
        doc: 'Tensors: a file whose tensors are named like inputs, or one tensor.',
      },
      set: { kind: 'list', value: 'NAME=VALUE', doc: 'Parameters and scalar arguments: sparsity=70%.' },
      sizes: { kind: 'list', value: 'AXIS=EXTENT', doc: 'Extents that no input shows.' },
      'state-in': { kind: 'value', value: 'FILE', doc: 'State to start from.' },
      'state-out': { kind: 'value', value: 'FILE', doc: 'Where to write the state afterwards.' },
      target: { kind: 'value', value: 'wasm|wgsl|cuda|reference', doc: 'Where to run; wasm unless given.' },
      out: { kind: 'value', value: 'FILE|DIR', doc: 'Where to write results: .safetensors, .npz, .npy, or a folder.' },
      json: jsonOption,
      time: timeOption,
    },
    positional: { name: 'FILE', doc: 'A policy file, `std:NAME`, or `-` for stdin.', min: 1, max: 1 },
  },
  async run(args, terminal) {
    const watch = new Stopwatch()
    const target = requireTarget(args.value('target') ?? 'wasm')
    const targets = new Targets()
    const files = new TensorFiles(largestTensor[target])
    try {
      const program = await watch.time('check', () => openProgram(args.positionals[0] ?? '', args.value('policy')))
      showDiagnostics(terminal, program.unit.warnings, program.unit.sources)
      const entry = chosenEntry(program, args.value('entry'))
      const inputs = await watch.time('read', () => bindInputs(entry, args.list('in'), files))
      const runner = targets.runner(target, program, sizesOf(args))
      const stateIn = args.value('state-in')
      if (stateIn !== null) await runner.restore(await watch.time('read', () => readState(stateIn, files)))
      showDiagnostics(terminal, files.notes)
      const params = Object.fromEntries(pairs('--set', args.list('set'), 'NAME=VALUE'))
      const results = await watch.time('run', () => runner.call(entry.name, inputs, params))
      await watch.time('write', async () => writeResults(args, results, await runner.save()))
      report(terminal, args, { policy: program.name, entry, target, inputs, results })
      runner.release()
      if (args.flag('time')) terminal.err(watch.text())
      return exitStatus.ok
    } finally {
      files.close()
      targets.close()
    }
  },
}

function writeResults(args: Arguments, results: RunTensors, states: Readonly<Record<string, FileTensor>>): void {
  const out = args.value('out')
  const stateOut = args.value('state-out')
  if (out !== null) {
    const { tensors, metadata } = tensorSet(results)
    writeTensors(out, tensors, metadata)
  }
  if (stateOut !== null) writeTensors(stateOut, new Map(Object.entries(states)))
}

interface Ran {
  readonly policy: string
  readonly entry: EntrySignature
  readonly target: string
  readonly inputs: RunTensors
  readonly results: RunTensors
}

function report(terminal: Terminal, args: Arguments, { policy, entry, target, inputs, results }: Ran): void {
  const outputs = Object.entries(results).map(([name, tensor]) => {
    const axes = entry.outputs.find((output) => output.name === name)?.axes ?? []
    return resultRecord(name, tensor, axes)
  })
  const given = Object.entries(inputs).map(([name, tensor]) => {
    const input = entry.inputs.find((candidate) => candidate.name === name)
    return resultRecord(name, tensor, input?.kind === 'tensor' ? input.axes : [])
  })
  const out = args.value('out')
  if (args.flag('json')) terminal.out(jsonLine({ policy, entry: entry.name, target, out, inputs: given, outputs }))
  else terminal.out(resultText(`${policy}.${entry.name} on ${target}`, given, outputs, out))
}
