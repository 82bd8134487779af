/** `espalier test`: the `test` blocks of policies, on every target. */
import { jsonOption, type Command } from '../command.ts'
import { runTest, type TestFailure } from '../run-test.ts'
import { programOf, readUnit, type Unit } from '../program.ts'
import { exitStatus, Refusal } from '../refusal.ts'
import { Rejected } from '../rejected.ts'
import { defaultTargets, parseTargets, Targets, type TargetName } from '../targets.ts'
import { jsonLine, showDiagnostics, type Terminal } from '../terminal.ts'

export const test: Command = {
  spec: {
    name: 'test',
    summary: 'Run the test blocks of policies on every target.',
    examples: [
      { line: 'espalier test my.prune', does: 'on the reference and on WebAssembly' },
      { line: 'espalier test policies/*.prune --target reference', does: 'one target' },
    ],
    options: {
      target: { kind: 'list', value: 'T[,T]', doc: 'reference, wasm, wgsl, cuda; the first two unless given.' },
      json: jsonOption,
    },
    positional: { name: 'FILE…', doc: 'Policy files, `std:NAME`, or `-` for stdin.', min: 1, max: Infinity },
  },
  async run(args, terminal) {
    const words = args.list('target')
    const names = words.length === 0 ? defaultTargets : parseTargets(words)
    const targets = new Targets()
    const results: TestResult[] = []
    let isBroken = false
    try {
      for (const path of args.positionals) {
        const unit = await readOrReport(path, terminal)
        isBroken ||= unit === null
        if (unit !== null) results.push(...(await runUnit(unit, names, targets, args.flag('json') ? null : terminal)))
      }
    } finally {
      targets.close()
    }
    const failed = results.filter(({ failure }) => failure !== null).length
    if (args.flag('json')) terminal.out(jsonLine({ tests: results, passed: results.length - failed, failed }))
    else terminal.out(`${results.length - failed} passed, ${failed} failed\n`)
    return failed === 0 && !isBroken ? exitStatus.ok : exitStatus.failed
  },
}

interface TestResult {
  readonly file: string
  readonly policy: string
  readonly title: string
  readonly target: TargetName
  readonly failure: TestFailure | null
}

/** A file with errors counts as failed and does not keep the others from running. */
async function readOrReport(path: string, terminal: Terminal): Promise<Unit | null> {
  try {
    const unit = await readUnit(path)
    showDiagnostics(terminal, unit.warnings, unit.sources)
    return unit
  } catch (error) {
    if (error instanceof Refusal) showDiagnostics(terminal, [error.diagnostic])
    else if (error instanceof Rejected) showDiagnostics(terminal, error.diagnostics, error.sources, error.dropped)
    else throw error
    return null
  }
}

async function runUnit(
  unit: Unit,
  names: readonly TargetName[],
  targets: Targets,
  terminal: Terminal | null,
): Promise<readonly TestResult[]> {
  const results: TestResult[] = []
  const file = unit.source.name
  if (unit.checked.tests.length === 0) terminal?.err(`${file} has no tests\n`)
  for (const test of unit.checked.tests) {
    const program = programOf(unit, test.policy)
    for (const target of names) {
      const runner = targets.runner(target, program, test.sizes)
      const failure = await runTest(test, runner, unit)
      runner.release()
      results.push({ file, policy: test.policy, title: test.title, target, failure })
      terminal?.out(`${failure === null ? 'ok    ' : 'FAILED'} ${file}: ${test.title} (${target})\n`)
      if (failure !== null) terminal?.out(`       ${failure.place}: ${failure.what}\n`)
    }
  }
  return results
}
