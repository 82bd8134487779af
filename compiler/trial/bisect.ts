/**
 * Which optional rewrite makes a module wrong: passes run with more and less gas until one rewrite is left that a right
 * result has not and a wrong one has. Rewrites are assumed to stay wrong once they are made.
 */
import type { Module } from '../ir/node.ts'
import type { OpDef } from '../ir/op.ts'
import { printModule } from '../ir/text/print.ts'
import { runPipeline, type PassRemark } from '../passes/manager.ts'
import type { Pass } from '../passes/pass.ts'

export interface BisectRequest {
  readonly module: Module
  readonly passes: readonly Pass[]
  readonly ops: Readonly<Record<string, OpDef>>
  /** Given the module after each pass: what is wrong, null when nothing is. */
  readonly judge: (stages: readonly Stage[]) => Promise<string | null>
}

export interface Stage {
  readonly pass: string
  readonly module: Module
}

export type Bisected =
  | { readonly kind: 'right'; readonly rewrites: number }
  /** Wrong without a single optional rewrite. */
  | { readonly kind: 'always-wrong'; readonly problem: string }
  | {
      readonly kind: 'found'
      /** The rewrite is the last of this many. */
      readonly gas: number
      readonly rewrites: number
      readonly problem: string
      readonly pass: string
      /** What the pass says about it; null when it says nothing. */
      readonly remark: PassRemark | null
      /** After the pass, without and with the rewrite. */
      readonly before: Module
      readonly after: Module
    }

interface Run {
  readonly stages: readonly Stage[]
  readonly remarks: readonly PassRemark[]
  readonly gasUsed: number
  readonly problem: string | null
}

export async function bisect(request: BisectRequest): Promise<Bisected> {
  const whole = await run(request, Infinity)
  if (whole.problem === null) return { kind: 'right', rewrites: whole.gasUsed }
  const none = await run(request, 0)
  if (none.problem !== null) return { kind: 'always-wrong', problem: none.problem }
  let [right, wrong] = [none, whole]
  let [low, high] = [0, whole.gasUsed]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    const probe = await run(request, middle)
    if (probe.problem === null) [low, right] = [middle, probe]
    else [high, wrong] = [middle, probe]
  }
  return { kind: 'found', gas: high, rewrites: whole.gasUsed, problem: wrong.problem ?? '', ...rewriteBetween(right, wrong) }
}

async function run({ module, passes, ops, judge }: BisectRequest, gas: number): Promise<Run> {
  const stages: Stage[] = []
  const { remarks, gasUsed } = runPipeline(module, passes, {
    ops,
    gas,
    onDump: (pass, after) => {
      if (pass !== null) stages.push({ pass: pass.name, module: after })
    },
  })
  return { stages, remarks, gasUsed, problem: await judge(stages) }
}

/** The first pass with another result, and the remark that only the second run has. */
function rewriteBetween(right: Run, wrong: Run) {
  const texts = right.stages.map(({ module }) => printModule(module))
  const at = wrong.stages.findIndex(({ module }, i) => printModule(module) !== texts[i])
  const { pass, module: after } = wrong.stages[Math.max(0, at)]!
  const { module: before } = right.stages[Math.max(0, at)]!
  const known = right.remarks.map((remark) => JSON.stringify(remark))
  const added = wrong.remarks.filter((remark) => {
    const place = known.indexOf(JSON.stringify(remark))
    if (place >= 0) known.splice(place, 1)
    return place < 0
  })
  const own = added.filter((remark) => remark.pass === pass && remark.kind === 'fired')
  return { pass, before, after, remark: own[0] ?? null }
}
