/** The property that random programs must have, and a tally of what was tried. A failure is a policy with its calls. */
import fc from 'fast-check'
import { wasmMachine } from '../support/differential.ts'
import { programOf, type Program, type Recipe, type Run } from './program.ts'
import { recipes } from './recipe.ts'
import { runProgram, type ProgramMachine } from './run-program.ts'

export interface Tally {
  programs: number
  calls: number
  /** Calls that both sides refused, by the message of the host. */
  readonly refused: Map<string, number>
  /** Programs that the front end refused, by diagnostic code. */
  readonly rejected: Map<string, { count: number; message: string; text: string }>
}

export const newTally = (): Tally => ({ programs: 0, calls: 0, refused: new Map(), rejected: new Map() })

/** What fails, in full: enough to make a policy of the tests from it. */
export function describeProgram(program: Program): string {
  const palettes = [...program.palettes].map(([name, palette]) => `${name}: ${palette.name}`).join(', ')
  const runs = program.runs.map((run, at) => {
    const extents = Object.entries(run.extents).map(([name, size]) => `${name}=${size}`)
    const params = Object.entries(run.params).map(([name, value]) => `${name}=${value}`)
    return `run ${at}: ${extents.join(' ')} | ${params.join(' ')} | seed ${run.seed}, ${run.calls} calls${leadingText(run)}`
  })
  const gas = program.gas === null ? '' : `; gas ${program.gas}`
  return `${program.text}inputs are ${palettes}${gas}\n${runs.join('\n')}`
}

const leadingText = ({ leading }: Run): string =>
  leading === null ? '' : `, ${leading.inputs.join(' and ')} with leading [${leading.shape.join(', ')}]`

/** Throws, with the program, when it fails. */
async function check(recipe: Recipe, machine: ProgramMachine, tally: Tally): Promise<void> {
  const program = programOf(recipe)
  const outcome = await runProgram(program, machine)
  tally.programs += 1
  if (outcome.kind === 'agreed') {
    tally.calls += outcome.calls
    for (const message of outcome.refused) tally.refused.set(message, (tally.refused.get(message) ?? 0) + 1)
  } else if (outcome.kind === 'rejected') {
    const code = outcome.codes[0]?.slice(0, 7) ?? 'none'
    const known = tally.rejected.get(code)
    tally.rejected.set(code, {
      count: (known?.count ?? 0) + 1,
      message: known?.message ?? outcome.codes[0] ?? '',
      text: known?.text ?? program.text,
    })
  } else throw new Error(`${outcome.problems.slice(0, 6).join('\n')}\n\n${describeProgram(program)}`)
}

export interface Search {
  readonly seed: number
  readonly programs: number
  /** Statements of a program, at most. */
  readonly statements: number
  /** WebAssembly unless given. */
  readonly machine?: ProgramMachine
  /** No program begins after this; 600 s unless given. */
  readonly seconds?: number
}

/** The smallest failing program found, as text; null when there is none. */
export async function search(
  { seed, programs, statements, machine = wasmMachine, seconds = 600 }: Search,
  tally: Tally,
): Promise<string | null> {
  const property = fc.asyncProperty(recipes(statements), (recipe) => check(recipe, machine, tally))
  const result = await fc.check(property, { seed, numRuns: programs, interruptAfterTimeLimit: 1000 * seconds })
  if (!result.failed || result.counterexample === null) return null
  const error = result.errorInstance instanceof Error ? result.errorInstance.message : String(result.errorInstance)
  return `seed ${seed}, after ${result.numRuns} programs and ${result.numShrinks} shrinks\n${error}`
}
