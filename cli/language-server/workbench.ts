/** Compiling and running for the language server, by the same code as the commands `build`, `explain` and `test`. */
import { wgslBackend } from '../../backends/wgsl/index.ts'
import { renderText } from '../../compiler/diagnostics/render.ts'
import type { Target } from '../../compiler/driver.ts'
import type { Source } from '../../compiler/frontend/source.ts'
import type { Module } from '../../compiler/ir/node.ts'
import { funcNodes } from '../../compiler/ir/walk.ts'
import { RequestRefusal } from '../../lsp/custom/request-refusal.ts'
import type { LoadText, TestOutcome, Workbench } from '../../lsp/host.ts'
import { parseArguments } from '../arguments.ts'
import { explain } from '../commands/explain.ts'
import { accountText } from '../explain/account-text.ts'
import { explainUnit } from '../explain-policy.ts'
import { allF32 } from '../float-dtypes.ts'
import { programOf, unitOf, type Unit } from '../program.ts'
import { Refusal } from '../refusal.ts'
import { rejectionOf } from '../rejected.ts'
import { runTest } from '../run-test.ts'
import { defaultTargets, Targets } from '../targets.ts'

/** Targets with something to read, and which of what they emit that is. */
const LISTED: Readonly<Record<string, { readonly role: string; readonly of: (targets: Targets) => Target }>> = {
  wasm: { role: 'listing', of: (targets) => targets.wasmTarget() },
  wgsl: { role: 'kernels', of: () => wgslBackend },
}
const LISTED_NAMES = Object.keys(LISTED)

export function workbench(): Workbench {
  const targets = new Targets()
  return {
    targets: LISTED_NAMES,
    kernel: (source, load, options) => told(() => listing(targets, unitOf(source, load), options)),
    explain: (source, load, entry) => told(() => explained(unitOf(source, load), entry)),
    runTests: (source, load, title) => told(() => outcomes(targets, source, load, title)),
  }
}

/** What the command line would say, as the reason why there is no answer. */
async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Refusal) throw new RequestRefusal(renderText([error.diagnostic], new Map()).trim())
    const rejected = rejectionOf(error)
    if (rejected === null) throw error
    throw new RequestRefusal(renderText(rejected.diagnostics, rejected.sources, { dropped: rejected.dropped }).trim())
  }
}

/** `policy.entry` apart; an entry alone is looked for in every policy. */
function asked({ checked }: Unit, entry: string | null): readonly { readonly policy: string; readonly entry: string | null }[] {
  const [policy, name] = entry?.includes('.') === true ? entry.split('.') : [null, entry]
  return checked.signatures
    .filter((signature) => policy === null || signature.name === policy)
    .filter(({ entries }) => name == null || entries.some((candidate) => candidate.name === name))
    .map((signature) => ({ policy: signature.name, entry: name ?? null }))
}

function required<T>(list: readonly T[], entry: string | null): readonly T[] {
  if (list.length > 0) return list
  throw new RequestRefusal(entry === null ? 'there is no policy here' : `there is no entry \`${entry}\``)
}

async function listing(
  targets: Targets,
  unit: Unit,
  { target, policy, entry }: Parameters<Workbench['kernel']>[2],
): Promise<string> {
  const listed = Object.hasOwn(LISTED, target) ? LISTED[target] : undefined
  if (listed === undefined)
    throw new RequestRefusal(`there is no listing for the target \`${target}\`; there is one for ${LISTED_NAMES.join(', ')}`)
  const wanted = required(asked(unit, entry), entry).filter((one) => policy === null || one.policy === policy)
  const texts: string[] = []
  for (const one of required(wanted, entry)) {
    const backend = listed.of(targets)
    const { kernelModule } = await programOf(unit, one.policy).compile(allF32, backend)
    const kernels = kernelModule.funcs.filter(
      ({ role, name }) => role === 'kernel' && launched(kernelModule, one.entry).has(name),
    )
    const artifacts = await backend.emit(kernels, { listing: true })
    for (const { role, content } of artifacts) if (role === listed.role && typeof content === 'string') texts.push(content)
  }
  return texts.join('\n')
}

/** The names of the kernels that an entry runs, in any of its variants; of all entries when none is named. */
function launched(module: Module, entry: string | null): ReadonlySet<string> {
  const plans = module.funcs.filter(({ role, name }) => role === 'entry' && (entry === null || name === entry))
  const launches = plans.flatMap((plan) => [...funcNodes(plan)].filter(({ op }) => op === 'launch'))
  return new Set(launches.map(({ attrs }) => String(attrs['kernel'])))
}

async function explained(unit: Unit, entry: string | null): Promise<string> {
  const pages: string[] = []
  for (const one of required(asked(unit, entry), entry)) {
    const words = ['-', '--policy', one.policy, ...(one.entry === null ? [] : ['--entry', one.entry])]
    pages.push(accountText(await explainUnit(unit, parseArguments(explain.spec, words)), unit.sources, false))
  }
  return pages.join('\n')
}

async function outcomes(targets: Targets, source: Source, load: LoadText, title: string | null): Promise<readonly TestOutcome[]> {
  const unit = unitOf(source, load)
  const results: TestOutcome[] = []
  for (const test of unit.checked.tests) {
    if (title !== null && test.title !== title) continue
    const program = programOf(unit, test.policy)
    for (const target of defaultTargets) {
      const runner = targets.runner(target, program, test.sizes)
      const failure = await runTest(test, runner, unit)
      runner.release()
      const message = failure === null ? null : `${failure.place}: ${failure.what}`
      results.push({ title: test.title, policy: test.policy, target, passed: failure === null, message })
    }
  }
  return results
}
