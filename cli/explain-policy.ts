/** `explain FILE`: compiles without an assembler, keeps the account of every entry, and prints it as text or as data. */
import type { EntrySpec, Manifest } from '../abi/manifest.ts'
import { parseParams } from '../abi/params.ts'
import { parseRational, toNumber } from '../abi/rational.ts'
import { accountPolicy } from '../compiler/account/account-policy.ts'
import type { Assumptions } from '../compiler/account/assumptions.ts'
import { ops } from '../compiler/ir/ops/index.ts'
import type { PassRemark } from '../compiler/passes/manager.ts'
import { pairs, type Arguments } from './arguments.ts'
import { accountData } from './explain/account-data.ts'
import { accountText } from './explain/account-text.ts'
import type { ExplainedEntry } from './explain/explained-entry.ts'
import { planLevels } from './explain/plan-levels.ts'
import { parseDTypes, type FloatDTypes } from './float-dtypes.ts'
import { programOf, readUnit, type Program, type Unit } from './program.ts'
import { exitStatus, refuse, type ExitStatus } from './refusal.ts'
import { jsonLine, showDiagnostics, type Terminal } from './terminal.ts'

export async function explainPolicy(path: string, args: Arguments, terminal: Terminal): Promise<ExitStatus> {
  const unit = await readUnit(path)
  showDiagnostics(terminal, unit.warnings, unit.sources)
  const entries = await explainUnit(unit, args)
  if (args.flag('json')) terminal.out(jsonLine(accountData(entries, unit.sources)))
  else terminal.out(accountText(entries, unit.sources, terminal.colourOut))
  return exitStatus.ok
}

/** The entries that the arguments ask for. */
export async function explainUnit(unit: Unit, args: Arguments): Promise<readonly ExplainedEntry[]> {
  const wanted = args.value('policy')
  const names = wanted === null ? unit.checked.signatures.map(({ name }) => name) : [wanted]
  if (names.length === 0) refuse('ESP5308', { path: unit.source.name })
  const programs = names.map((name) => programOf(unit, name))
  const dtypes = parseDTypes(
    args.list('dtype'),
    programs.map(({ signature }) => signature),
  )
  const entries: ExplainedEntry[] = []
  for (const program of programs) entries.push(...(await explainProgram(program, dtypes, args)))
  return entries
}

async function explainProgram(program: Program, dtypes: FloatDTypes, args: Arguments): Promise<readonly ExplainedEntry[]> {
  const only = args.value('entry')
  const known = program.signature.entries.map(({ name }) => name)
  if (only !== null && !known.includes(only)) refuse('ESP5303', { policy: program.name, entry: only, suggestion: null })
  const levels = await planLevels(program, dtypes)
  if (levels === null) return []
  const { compiled, sparse, lowered } = levels
  const assume = (manifest: Manifest, entry: EntrySpec): Assumptions => assumptionsOf(args, manifest, entry)
  const accounts = accountPolicy({ ops, sparse, lowered, entry: only, assume })
  return [...new Set(accounts.map(({ entry }) => entry))].map((entry) => ({
    policy: program.name,
    entry,
    variants: accounts.filter((one) => one.entry === entry),
    remarks: remarksOn(compiled.remarks, entry),
  }))
}

/** Remarks do not say which variant they are about, so each is told once. */
function remarksOn(remarks: readonly PassRemark[], entry: string): readonly PassRemark[] {
  const found = remarks.filter(({ func }) => func === null || func === entry)
  return [...new Map(found.map((remark) => [JSON.stringify(remark), remark])).values()]
}

function assumptionsOf(args: Arguments, manifest: Manifest, entry: EntrySpec): Assumptions {
  const words = args.list('sizes')
  const sizes = pairs('--sizes', words, 'AXIS=EXTENT').map(([axis, text]) => [axis, extent(axis, text)] as const)
  const set = Object.fromEntries(pairs('--set', args.list('set'), 'NAME=VALUE'))
  const densities = pairs('--density', args.list('density'), 'TENSOR=SHARE').map(
    ([name, text]) => [name, share(name, text)] as const,
  )
  return {
    sizes: words.length === 0 ? null : new Map(sizes),
    params: parseParams([...manifest.params, ...entry.args], set, manifest.policy),
    densities: new Map(densities),
  }
}

function extent(axis: string, text: string): number {
  const option = '--sizes'
  return /^\d{1,15}$/.test(text)
    ? Number(text)
    : refuse('ESP5006', { option, value: `${axis}=${text}`, expected: 'AXIS=EXTENT with a whole number' })
}

function share(name: string, text: string): number {
  const exact = parseRational(text)
  const value = exact === null ? NaN : toNumber(exact)
  if (value >= 0 && value <= 1) return value
  return refuse('ESP5006', { option: '--density', value: `${name}=${text}`, expected: 'TENSOR=SHARE with a share of 0% to 100%' })
}
