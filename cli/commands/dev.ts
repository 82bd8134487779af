/** `espalier dev`: passes over a policy or over IR text, with the module printed wherever one wants to see it. */
import { wasmCaps } from '../../backends/wasm/caps.ts'
import type { ParamSpec } from '../../abi/manifest.ts'
import { parseParams, type ParamValue } from '../../abi/params.ts'
import { parseRational } from '../../abi/rational.ts'
import type { Sources } from '../../compiler/diagnostics/render.ts'
import { DiagnosticSink } from '../../compiler/diagnostics/sink.ts'
import { lowerModule } from '../../compiler/driver.ts'
import { nearMiss } from '../../abi/near-miss.ts'
import type { Module } from '../../compiler/ir/node.ts'
import { ops } from '../../compiler/ir/ops/index.ts'
import { diffModules } from '../../compiler/ir/text/diff.ts'
import { loadModule } from '../../compiler/ir/text/load.ts'
import { printModule } from '../../compiler/ir/text/print.ts'
import type { VerifyLevel } from '../../compiler/passes/manager.ts'
import { accepts, type Pass } from '../../compiler/passes/pass.ts'
import { pipelineFor } from '../../compiler/passes/pipelines.ts'
import type { TrialRequest } from '../../compiler/trial/trial.ts'
import { pairs, type Arguments } from '../arguments.ts'
import { timeOption, type Command } from '../command.ts'
import { parseDTypes } from '../float-dtypes.ts'
import { readPolicySource } from '../policy-source.ts'
import { programOf, unitOf } from '../program.ts'
import type { Examination } from '../dev/examine.ts'
import { exitStatus, refuse, type ExitStatus } from '../refusal.ts'
import { Rejected } from '../rejected.ts'
import { Targets } from '../targets.ts'
import { table, type Terminal } from '../terminal.ts'
import { wasmUnavailable } from '../wasm-target.ts'

const pipeline = pipelineFor(wasmCaps)
const passNames = [...new Set(pipeline.map((pass) => pass.name))]
const levels: readonly VerifyLevel[] = ['off', 'boundaries', 'each', 'roundtrip']

export const dev: Command = {
  spec: {
    name: 'dev',
    summary: 'Run passes over a policy, or over IR text (.pir), and print what they make of it.',
    examples: [
      { line: 'espalier dev std:wanda --stop-after=fuse', does: 'the module after one pass' },
      { line: 'espalier dev std:wanda --dump-ir-after=all', does: 'the module after every pass' },
      { line: 'espalier dev module.pir --passes=inline,canonicalize --diff', does: 'what two passes change' },
      { line: 'espalier dev std:wanda --eval --sizes out=8,in=64', does: 'whether each pass keeps the meaning' },
      { line: 'espalier dev mine.prune --bisect', does: 'which optional rewrite makes the result wrong' },
    ],
    options: {
      passes: { kind: 'value', value: 'A,B', doc: `Which passes, in order: ${passNames.join(' ')}.` },
      'stop-after': { kind: 'value', value: 'PASS', doc: 'End after the first run of this pass.' },
      'dump-ir-after': { kind: 'value', value: 'PASS|all', doc: 'Print the module after this pass, or after every one.' },
      diff: { kind: 'flag', doc: 'Print what each pass changed instead of whole modules.' },
      verify: { kind: 'value', value: levels.join('|'), doc: 'When modules are verified; each unless given.' },
      roundtrip: { kind: 'flag', doc: 'Check that the text of every module reads back as the module; --verify=roundtrip.' },
      eval: { kind: 'flag', doc: 'Evaluate on random inputs after every pass, and end at the first that changes the result.' },
      bisect: { kind: 'flag', doc: 'Find the optional rewrite that changes the result, by evaluating with more and less gas.' },
      sizes: { kind: 'list', value: 'AXIS=EXTENT', doc: 'Extents of the random inputs; a few elements otherwise.' },
      set: { kind: 'list', value: 'NAME=VALUE', doc: 'Parameters of the evaluations; defaults otherwise.' },
      seed: { kind: 'value', value: 'N', doc: 'Start of the random inputs.' },
      gas: { kind: 'value', value: 'N', doc: 'Make at most N optional rewrites, to find the one that breaks something.' },
      remarks: { kind: 'flag', doc: 'Print what passes did and did not do, on stderr.' },
      spans: { kind: 'flag', doc: 'Print places in the source with every node.' },
      policy: { kind: 'value', value: 'NAME', doc: 'Which policy of the file.' },
      dtype: { kind: 'list', value: 'f16|INPUT=f16', doc: 'What `float` inputs are stored as; f32 unless given.' },
      time: timeOption,
    },
    positional: { name: 'FILE', doc: 'A policy, `std:NAME`, a .pir file, or `-` for a policy on stdin.', min: 1, max: 1 },
  },
  async run(args, terminal) {
    const passes = chosenPasses(args)
    const { module, sources } = await readModule(args)
    checkLevels(module, passes)
    if (args.flag('eval') || args.flag('bisect')) return examine(args, terminal, { module, passes, sources })
    const sink = new DiagnosticSink()
    const print = (one: Module) => printModule(one, args.flag('spans') ? { spans: 'shown' } : {})
    const dumpAfter = requirePass(args.value('dump-ir-after'), ['all'])
    let before = module
    const result = lowerModule(module, passes, {
      sink,
      verify: verifyLevel(args),
      clock: () => performance.now(),
      ...gasOf(args),
      onDump: (pass, after) => {
        if (pass === null) return
        if (args.flag('diff')) terminal.out(`; ${pass.name}\n${diffModules(before, after)}\n`)
        else if (dumpAfter === 'all' || dumpAfter === pass.name) terminal.out(`; after ${pass.name}\n${print(after)}\n`)
        before = after
      },
    })
    if (dumpAfter === null && !args.flag('diff')) terminal.out(print(result.module))
    if (args.flag('remarks'))
      terminal.err(
        table(result.remarks.map(({ pass, kind, rule, func, reason }) => [kind, `${pass}/${rule}`, func ?? '', reason])),
      )
    if (args.flag('time')) showTimes(terminal, result.steps)
    if (sink.hasErrors) throw new Rejected(sink.list(), new Map(), sink.dropped)
    return exitStatus.ok
  },
}

/** Evaluations do not end where lists and dumps do, so these flags stand alone. */
async function examine(
  args: Arguments,
  terminal: Terminal,
  what: Pick<Examination, 'module' | 'passes' | 'sources'>,
): Promise<ExitStatus> {
  const { bisectRewrites, evaluatePasses } = await import('../dev/examine.ts')
  const targets = new Targets()
  try {
    const examination = {
      ...what,
      trials: trialsOf(args, what.module),
      target: wasmUnavailable() === null ? targets.wasmTarget() : null,
    }
    return await (args.flag('bisect') ? bisectRewrites : evaluatePasses)(examination, terminal)
  } finally {
    targets.close()
  }
}

const TRIALS = 4

function trialsOf(args: Arguments, module: Module): readonly TrialRequest[] {
  const sizes = new Map(
    pairs('--sizes', args.list('sizes'), 'AXIS=EXTENT').map(([axis, text]) => [axis, wholeNumber('--sizes', text)] as const),
  )
  const specs = module.params.map(({ name, type, default: value }): ParamSpec => ({
    name,
    doc: null,
    type: type.kind,
    default: value,
  }))
  const set = pairs('--set', args.list('set'), 'NAME=VALUE')
  const known = set.filter(([name]) => specs.some((spec) => spec.name === name))
  const params = new Map<string, ParamValue>([
    ...set.flatMap(([name, text]): [string, ParamValue][] => {
      const value = parseRational(text)
      return value === null ? [] : [[name, value]]
    }),
    ...parseParams(specs, Object.fromEntries(known), module.name),
  ])
  const first = wholeNumber('--seed', args.value('seed') ?? '0')
  return Array.from({ length: TRIALS }, (_, i) => ({ sizes, params, seed: first + i }))
}

const wholeNumber = (option: string, text: string): number =>
  /^\d{1,9}$/.test(text) ? Number(text) : refuse('ESP5006', { option, value: text, expected: 'a whole number' })

async function readModule(args: Arguments): Promise<{ readonly module: Module; readonly sources: Sources }> {
  const path = args.positionals[0] ?? ''
  const source = await readPolicySource(path)
  if (!path.endsWith('.pir')) {
    const program = programOf(unitOf(source), args.value('policy'))
    const module = program.module(parseDTypes(args.list('dtype'), [program.signature]))
    return { module, sources: program.unit.sources }
  }
  const sink = new DiagnosticSink()
  const module = loadModule(source.text, sink, { ops, source: source.name })
  const sources = new Map([[source.name, source.text]])
  if (module === null) throw new Rejected(sink.list(), sources, sink.dropped)
  return { module, sources }
}

function requirePass(name: string | null, also: readonly string[] = []): string | null {
  if (name === null || passNames.includes(name) || also.includes(name)) return name
  return refuse('ESP5309', { pass: name, suggestion: nearMiss(name, [...passNames, ...also]) })
}

function chosenPasses(args: Arguments): readonly Pass[] {
  const listed = args.value('passes')
  const names = listed === null ? null : listed.split(',').filter((name) => name !== '')
  const passes = names === null ? pipeline : names.map((name) => pipeline.find((pass) => pass.name === requirePass(name))!)
  const stop = requirePass(args.value('stop-after'))
  if (stop === null) return passes
  const at = passes.findIndex((pass) => pass.name === stop)
  return at < 0 ? refuse('ESP5309', { pass: stop, suggestion: null }) : passes.slice(0, at + 1)
}

/** IR text may start at any level: the passes before that level are left out of the whole pipeline by the user. */
function checkLevels(module: Module, passes: readonly Pass[]): void {
  let { level } = module
  for (const pass of passes) {
    if (!accepts(pass, level)) refuse('ESP5313', { pass: pass.name, takes: [pass.from].flat().join(' or '), level })
    if (pass.to !== 'same') level = pass.to
  }
}

function verifyLevel(args: Arguments): VerifyLevel {
  const value = args.value('verify') ?? (args.flag('roundtrip') ? 'roundtrip' : 'each')
  return levels.find((level) => level === value) ?? refuse('ESP5006', { option: '--verify', value, expected: levels.join(', ') })
}

function gasOf(args: Arguments): { gas: number } | Record<string, never> {
  const value = args.value('gas')
  return value === null ? {} : { gas: wholeNumber('--gas', value) }
}

function showTimes(terminal: Terminal, steps: readonly { readonly pass: string; readonly ms: number | null }[]): void {
  terminal.err(table(steps.map(({ pass, ms }) => [pass, `${(ms ?? 0).toFixed(2)} ms`])))
}
