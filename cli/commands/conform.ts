/** `espalier conform`: runs a corpus of cases and compares with its results. */
import { jsonOption, type Command } from '../command.ts'
import { readCorpus, type CorpusCase } from '../conform/corpus.ts'
import { foldersFor, runCase, type Failure } from '../conform/run-case.ts'
import { libraryNames } from '../policy-source.ts'
import { openProgram, type Program } from '../program.ts'
import { exitStatus, refuse } from '../refusal.ts'
import { parseTargets, Targets, type TargetName } from '../targets.ts'
import { TensorFiles } from '../tensor-reference.ts'
import { jsonLine, type Terminal } from '../terminal.ts'

export const conform: Command = {
  spec: {
    name: 'conform',
    summary: 'Run a corpus of cases on the standard library and compare with the results it has.',
    examples: [
      { line: 'espalier conform golden/manifest.json --data tensors', does: 'on WebAssembly' },
      {
        line: 'espalier conform golden/manifest.json --target wasm,reference --only "wanda*,mustafar*"',
        does: 'some cases, two targets',
      },
    ],
    options: {
      target: { kind: 'list', value: 'T[,T]', doc: 'wasm (the default), wgsl, cuda, reference, or several.' },
      data: { kind: 'list', value: 'DIR', doc: 'Where tensor files are looked up, after the folder of the manifest.' },
      only: { kind: 'list', value: 'GLOB[,GLOB]', doc: 'Only cases whose name matches.' },
      json: jsonOption,
    },
    positional: { name: 'MANIFEST', doc: 'The list of cases, as JSON.', min: 1, max: 1 },
  },
  async run(args, terminal) {
    const path = args.positionals[0] ?? ''
    const words = args.list('target')
    const names = parseTargets(words.length === 0 ? ['wasm'] : words)
    const cases = selected(readCorpus(path), args.list('only'))
    const targets = new Targets()
    const files = new TensorFiles()
    const where = { folders: foldersFor(path, args.list('data')), files }
    const results: CaseResult[] = []
    try {
      const programs = new Programs()
      for (const target of names)
        for (const corpusCase of cases) {
          const result = await runOne(corpusCase, target, programs, targets, where)
          results.push(result)
          if (!args.flag('json')) show(terminal, result)
        }
    } finally {
      files.close()
      targets.close()
    }
    const counts = count(results)
    if (args.flag('json')) terminal.out(jsonLine({ cases: results, ...counts }))
    else terminal.out(`${counts.passed} passed, ${counts.failed} failed, ${counts.missing} missing\n`)
    return counts.failed === 0 ? exitStatus.ok : exitStatus.failed
  },
}

interface CaseResult {
  readonly case: string
  readonly target: TargetName
  readonly outcome: 'passed' | 'failed' | 'missing'
  /** Why it is missing. */
  readonly reason: string | null
  readonly failures: readonly Failure[]
}

/** Each policy of the library is read once. */
class Programs {
  private readonly known = new Map<string, Program>()

  async open(policy: string): Promise<Program> {
    const known = this.known.get(policy)
    if (known !== undefined) return known
    const program = await openProgram(`std:${policy}`)
    this.known.set(policy, program)
    return program
  }
}

async function runOne(
  corpusCase: CorpusCase,
  target: TargetName,
  programs: Programs,
  targets: Targets,
  where: Parameters<typeof runCase>[2],
): Promise<CaseResult> {
  const { name, policy, calls, sizes } = corpusCase
  const missing = (reason: string): CaseResult => ({ case: name, target, outcome: 'missing', reason, failures: [] })
  if (!libraryNames().includes(policy)) return missing(`there is no policy std:${policy} yet`)
  const program = await programs.open(policy)
  const entries = program.signature.entries.map((entry) => entry.name)
  const absent = calls.find((call) => !entries.includes(call.entry))
  if (absent !== undefined) return missing(`std:${policy} has no entry \`${absent.entry}\` yet`)
  const runner = targets.runner(target, program, sizes)
  const failures = await runCase(corpusCase, runner, where)
  runner.release()
  return { case: name, target, outcome: failures.length === 0 ? 'passed' : 'failed', reason: null, failures }
}

function selected(cases: readonly CorpusCase[], words: readonly string[]): readonly CorpusCase[] {
  const globs = words.flatMap((word) => word.split(',')).filter((glob) => glob !== '')
  if (globs.length === 0) return cases
  const patterns = globs.map(
    (glob) =>
      new RegExp(
        `^${glob
          .replace(/[.+^${}()|[\]\\]/g, '\\$&')
          .replaceAll('*', '.*')
          .replaceAll('?', '.')}$`,
      ),
  )
  const chosen = cases.filter(({ name }) => patterns.some((pattern) => pattern.test(name)))
  return chosen.length > 0 ? chosen : refuse('ESP5307', { only: globs.join(',') })
}

const count = (results: readonly CaseResult[]) => {
  const of = (outcome: CaseResult['outcome']) => results.filter((result) => result.outcome === outcome).length
  return { passed: of('passed'), failed: of('failed'), missing: of('missing') }
}

function show(terminal: Terminal, { case: name, target, outcome, reason, failures }: CaseResult): void {
  terminal.out(`${outcome.padEnd(8)}${name} (${target})${reason === null ? '' : `: ${reason}`}\n`)
  for (const { call, tensor, what, first, count: differing, size } of failures) {
    const place = first === null ? '' : `, first at ${first}`
    const share = differing === 0 ? '' : `; ${differing} of ${size} elements differ${place}`
    terminal.out(`        call ${call}${tensor === null ? '' : `, ${tensor}`}: ${what}${share}\n`)
  }
}
