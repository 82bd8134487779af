/** Requests that are not in the protocol: what a client of this server may ask beyond it. */
import { RequestType } from 'vscode-languageserver'
import type { TestOutcome } from '../host.ts'

/** The text of a library file: `espalier-std:/math.prune`. */
export const librarySource = new RequestType<{ readonly uri: string }, string, void>('espalier/librarySource')

/** The IR after a pass, `null` for what the front end gives; the last pass of that name when there are several. */
export const irAfterPass = new RequestType<
  { readonly uri: string; readonly pass: string | null; readonly policy?: string },
  string,
  void
>('espalier/irAfterPass')

/** The passes in order, for a list to choose from. */
export const passes = new RequestType<Record<string, never>, readonly string[], void>('espalier/passes')

/** `entry`: `policy.entry`, or the name of an entry alone; all of them when absent. */
export const kernel = new RequestType<
  { readonly uri: string; readonly entry?: string; readonly policy?: string; readonly target: string },
  string,
  void
>('espalier/kernel')

export const explain = new RequestType<{ readonly uri: string; readonly entry?: string }, string, void>('espalier/explain')

/** `name`: the title of one test. */
export const runTests = new RequestType<{ readonly uri: string; readonly name?: string }, readonly TestOutcome[], void>(
  'espalier/runTests',
)
