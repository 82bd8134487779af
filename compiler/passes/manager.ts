/**
 * Runs a list of passes over a module. The only place that verifies, checks invariants, dumps, times, counts operators,
 * round-trips the text, hands out gas, and turns an exception into a CompilerBug with the pass and the IR around it.
 */
import { CompilerBug } from '../diagnostics/bug.ts'
import { DiagnosticSink } from '../diagnostics/sink.ts'
import { countOps } from '../ir/count-ops.ts'
import { checkInvariant, type InvariantName } from '../ir/invariants.ts'
import type { Module } from '../ir/node.ts'
import type { OpDef } from '../ir/op.ts'
import { problemText } from '../ir/problem.ts'
import { verifyModule } from '../ir/verify.ts'
import { printModule } from '../ir/text/print.ts'
import { roundTripProblem } from '../ir/text/round-trip.ts'
import { accepts, type Pass, type PassContext, type Remark } from './pass.ts'

/**
 * off: nothing is checked. boundaries: what comes in, what goes out, and every change of level. each: after every pass.
 * roundtrip: also that the text of every module reads back as the same module.
 */
export type VerifyLevel = 'off' | 'boundaries' | 'each' | 'roundtrip'

export interface PassRemark extends Remark {
  readonly pass: string
}

export interface Step {
  readonly pass: string
  /** Milliseconds by the caller's clock; null without one. Verifying and dumping are not in it. */
  readonly ms: number | null
  /** Operators by path after the pass. */
  readonly ops: Readonly<Record<string, number>>
}

export interface PipelineOptions {
  readonly ops: Readonly<Record<string, OpDef>>
  readonly sink?: DiagnosticSink
  /** `boundaries` unless given. */
  readonly verify?: VerifyLevel
  /** Called with the module as it came in (pass null) and after every pass. */
  readonly onDump?: (pass: Pass | null, module: Module) => void
  /** A monotonic clock in milliseconds; the compiler has none of its own. */
  readonly clock?: () => number
  /** How many optional rewrites may be made in all; unlimited unless given. */
  readonly gas?: number
}

export interface PipelineResult {
  readonly module: Module
  readonly steps: readonly Step[]
  readonly remarks: readonly PassRemark[]
  /** Optional rewrites made. */
  readonly gasUsed: number
  /** The pass that reported an error and ended the run: `module` is what it was given. Null when all passes ran. */
  readonly stoppedBy: string | null
}

/** Throws CompilerBug alone: for an exception in a pass, or for a module that breaks what it must hold. */
export function runPipeline(module: Module, passes: readonly Pass[], options: PipelineOptions): PipelineResult {
  return new Pipeline(options).run(module, passes)
}

class Pipeline {
  private readonly options: PipelineOptions
  private readonly sink: DiagnosticSink
  private readonly level: VerifyLevel
  private readonly steps: Step[] = []
  private readonly remarks: PassRemark[] = []
  private gasUsed = 0

  constructor(options: PipelineOptions) {
    this.options = options
    this.sink = options.sink ?? new DiagnosticSink()
    this.level = options.verify ?? 'boundaries'
  }

  run(module: Module, passes: readonly Pass[]): PipelineResult {
    this.options.onDump?.(null, module)
    if (this.level !== 'off') this.verify(null, null, module)
    let current = module
    for (const [i, pass] of passes.entries()) {
      const errors = this.sink.errorCount
      const next = this.step(pass, current)
      if (this.sink.errorCount > errors) return this.result(current, pass.name)
      this.check(pass, current, next, i === passes.length - 1)
      this.options.onDump?.(pass, next)
      current = next
    }
    return this.result(current, null)
  }

  private result(module: Module, stoppedBy: string | null): PipelineResult {
    return { module, steps: this.steps, remarks: this.remarks, gasUsed: this.gasUsed, stoppedBy }
  }

  private step(pass: Pass, module: Module): Module {
    if (!accepts(pass, module.level)) throw bug(pass, `does not take modules of level ${module.level}`, module)
    for (const name of this.level === 'off' ? [] : (pass.requires ?? [])) this.invariant(pass, name, module, module, 'requires')
    const { clock } = this.options
    const start = clock?.() ?? 0
    const next = attempt(pass, module, this.context(pass))
    const ms = clock === undefined ? null : clock() - start
    this.steps.push({ pass: pass.name, ms, ops: countOps(next) })
    return next
  }

  private context(pass: Pass): PassContext {
    const remark =
      (kind: Remark['kind']): PassContext['fired'] =>
      (rule, reason, where = {}) =>
        void this.remarks.push({ pass: pass.name, kind, rule, reason, func: where.func ?? null, span: where.span ?? null })
    return {
      ops: this.options.ops,
      sink: this.sink,
      fired: remark('fired'),
      missed: remark('missed'),
      spend: () => {
        if (this.gasUsed >= (this.options.gas ?? Infinity)) return false
        this.gasUsed += 1
        return true
      },
    }
  }

  private check(pass: Pass, before: Module, after: Module, last: boolean): void {
    const expected = pass.to === 'same' ? before.level : pass.to
    if (after.level !== expected) throw bug(pass, `gives a module of level ${after.level}, not ${expected}`, before, after)
    if (this.level === 'off') return
    for (const name of pass.establishes ?? []) this.invariant(pass, name, after, before, 'establishes')
    const boundary = last || before.level !== after.level
    if (this.level !== 'boundaries' || boundary) this.verify(pass, before, after)
  }

  private invariant(pass: Pass, name: InvariantName, module: Module, before: Module, word: string): void {
    const [problem] = checkInvariant(name, module, this.options.ops)
    if (problem !== undefined) throw bug(pass, `${word} ${name}, which does not hold: ${problemText(problem)}`, before, module)
  }

  private verify(pass: Pass | null, before: Module | null, after: Module): void {
    const problems = verifyModule(after, this.options.ops)
    if (problems.length > 0) {
      const what = pass === null ? 'the module given to the passes is not valid' : 'gives a module that is not valid'
      throw bug(pass, `${what}: ${problems.slice(0, 5).map(problemText).join('; ')}`, before ?? after, after)
    }
    const lost = this.level === 'roundtrip' ? roundTripProblem(after, this.options.ops) : null
    if (lost !== null) throw bug(pass, `the text of the module does not read back as the module: ${lost}`, before ?? after, after)
  }
}

function attempt(pass: Pass, module: Module, context: PassContext): Module {
  try {
    return pass.run(module, context)
  } catch (cause) {
    if (cause instanceof CompilerBug) throw cause
    throw bug(pass, cause instanceof Error ? cause.message : String(cause), module, null, cause)
  }
}

function bug(pass: Pass | null, message: string, before: Module, after: Module | null = null, cause?: unknown): CompilerBug {
  return new CompilerBug(message, {
    ...(pass === null ? {} : { pass: pass.name }),
    before: printModule(before, { spans: 'shown' }),
    ...(after === null ? {} : { after: printModule(after, { spans: 'shown' }) }),
    ...(cause === undefined ? {} : { cause }),
  })
}
