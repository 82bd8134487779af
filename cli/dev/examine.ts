/** `dev --eval` and `dev --bisect`: whether passes keep the meaning of a module, and which rewrite does not. */
import type { Target } from '../../compiler/driver.ts'
import { lowerModule } from '../../compiler/driver.ts'
import { painter, renderPlaces, type Sources } from '../../compiler/diagnostics/render.ts'
import { DiagnosticSink } from '../../compiler/diagnostics/sink.ts'
import type { Module } from '../../compiler/ir/node.ts'
import { ops } from '../../compiler/ir/ops/index.ts'
import { diffModules } from '../../compiler/ir/text/diff.ts'
import type { Pass } from '../../compiler/passes/pass.ts'
import { bisect, type Bisected, type Stage } from '../../compiler/trial/bisect.ts'
import { isEvaluable, meaningDifference, meaningOf, type Meaning } from '../../compiler/trial/meaning.ts'
import type { TrialRequest } from '../../compiler/trial/trial.ts'
import { exitStatus, type ExitStatus } from '../refusal.ts'
import { table, type Terminal } from '../terminal.ts'
import { compiledDifference } from './compiled-difference.ts'

export interface Examination {
  readonly module: Module
  readonly passes: readonly Pass[]
  readonly trials: readonly TrialRequest[]
  readonly sources: Sources
  /** Kernels are run where this is not null. */
  readonly target: Target | null
}

/** Prints, pass by pass, whether the module still means the same; ends at the first that does not. */
export async function evaluatePasses(what: Examination, terminal: Terminal): Promise<ExitStatus> {
  const meaning = startOf(what, terminal)
  const stages: Stage[] = []
  lowerModule(what.module, what.passes, {
    sink: new DiagnosticSink(),
    onDump: (pass, module) => {
      if (pass !== null) stages.push({ pass: pass.name, module })
    },
  })
  const rows: (readonly string[])[] = []
  let before = what.module
  for (const { pass, module } of stages) {
    const found = await differenceOf(meaning, module, what.target)
    rows.push([pass, found ?? wayOf(module, what.target)])
    if (found !== null) {
      terminal.out(`${table(rows)}\n${diffModules(before, module)}\n`)
      return exitStatus.failed
    }
    before = module
  }
  terminal.out(table(rows))
  return exitStatus.ok
}

/** Prints the optional rewrite that changes the result: the pass, the place, and the module without and with it. */
export async function bisectRewrites(what: Examination, terminal: Terminal): Promise<ExitStatus> {
  const meaning = startOf(what, terminal)
  const { module, passes } = what
  const found = await bisect({ module, passes, ops, judge: (stages) => judge(meaning, stages, what.target) })
  terminal.out(bisectedText(found, what.sources, terminal.colourOut))
  return found.kind === 'right' ? exitStatus.ok : exitStatus.failed
}

export function bisectedText(found: Bisected, sources: Sources, colour: boolean): string {
  if (found.kind === 'right') return `nothing is wrong with all ${found.rewrites} optional rewrites made\n`
  if (found.kind === 'always-wrong')
    return `${found.problem}\nThis is so without any optional rewrite; --eval shows after which pass.\n`
  const { gas, rewrites, problem, pass, remark, before, after } = found
  const paint = painter(colour)
  const what = remark === null ? pass : `${pass}/${remark.rule}: ${remark.reason}`
  const place = remark?.span == null ? [] : renderPlaces([remark.span], sources, paint)
  const head = [`${problem}`, `${paint('error', `rewrite ${gas} of ${rewrites}`)} makes it so: ${what}`, ...place]
  return `${head.join('\n')}\n\n${diffModules(before, after)}\n`
}

function startOf({ module, trials }: Examination, terminal: Terminal): Meaning {
  const meaning = meaningOf(module, trials)
  for (const refusal of meaning.refused) terminal.err(`not evaluated: ${refusal}\n`)
  terminal.err(`${meaning.samples.length} evaluations to compare with\n`)
  return meaning
}

/** The last module the evaluator can run, and the kernels at the end. */
async function judge(meaning: Meaning, stages: readonly Stage[], target: Target | null): Promise<string | null> {
  const evaluable = stages.findLast(({ module }) => isEvaluable(module))
  const last = stages.at(-1)
  const found = evaluable === undefined ? null : meaningDifference(meaning, evaluable.module)
  if (found !== null || last === undefined || isEvaluable(last.module)) return found
  return differenceOf(meaning, last.module, target)
}

async function differenceOf(meaning: Meaning, module: Module, target: Target | null): Promise<string | null> {
  if (isEvaluable(module)) return meaningDifference(meaning, module)
  return target === null ? null : compiledDifference(meaning, module, target)
}

const wayOf = (module: Module, target: Target | null): string =>
  isEvaluable(module) ? 'the same' : target === null ? 'not run' : 'the same, compiled'
