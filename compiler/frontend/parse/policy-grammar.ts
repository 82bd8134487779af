/**
 * The one place that runs Ohm: loads the compiled grammar and matches passages against it. Everything above it
 * knows rules by name, syntax nodes, and failures as an offset with the things that were expected there.
 */
import * as ohm from 'ohm-js'
import type { FailedMatchResult, Grammar, Node } from 'ohm-js'
import { CompilerBug } from '../../diagnostics/bug.ts'
import { grammarRecipe, type PolicyRules } from '../../../grammar/generated/policy.ts'
import { declarationActions, statementActions } from './declarations.ts'
import { atomActions, operatorActions } from './expressions.ts'
import { loopActions } from './loops.ts'
import type { ActionTable } from './reader.ts'
import { selectionActions } from './selections.ts'
import { testActions } from './test-blocks.ts'

/** Rules that a passage may be matched against. */
export type StartRule =
  'Use' | 'Fn' | 'PolicyHead' | 'Axes' | 'State' | 'Entry' | 'EntryHead' | 'Statement' | 'Test' | 'TestHead' | 'TestStep'

export interface MatchFailure {
  /** The furthest offset of the passage's text that could be read. */
  readonly offset: number
  /** Tokens and kinds of tokens that could have stood there: marks as they are, the rest as the grammar describes them. */
  readonly expected: readonly string[]
}

export const policyActions: ActionTable = {
  ...declarationActions,
  ...statementActions,
  ...operatorActions,
  ...atomActions,
  ...selectionActions,
  ...loopActions,
  ...testActions,
}

/** Public in Ohm (its generated bundles use it) but absent from its types. */
const { makeRecipe } = ohm as unknown as { readonly makeRecipe: (recipe: string) => Grammar }

/** Quick, with expectations that only a developer of the grammar could read. */
const shortcuts = makeRecipe(grammarRecipe)
/** The definition of the language. */
const policy = (shortcuts as unknown as { readonly superGrammar: Grammar }).superGrammar
/** For its view of matched nodes; the actions are called by `Reader`. */
const semantics = shortcuts.createSemantics()

/** Matches a whole text; `read` is called with the root when it does. */
export function matchPolicy<T>(text: string, rule: StartRule & keyof PolicyRules, read: (root: Node) => T): T | MatchFailure {
  const match = shortcuts.match(text, rule)
  if (match.succeeded()) return read(semantics(match) as unknown as Node)
  const again = policy.match(text, rule)
  if (again.succeeded()) throw new CompilerBug(`the shortcuts of the grammar refuse what ${rule} accepts`)
  const failed = again as FailedMatch
  const expected = new Set(failed.getRightmostFailures().map((failure) => failure.getText()))
  return { offset: failed.getRightmostFailurePosition(), expected: [...expected].reverse() }
}

/** Part of Ohm's documented result, absent from its types. */
type FailedMatch = FailedMatchResult & { getRightmostFailures(): readonly { getText(): string }[] }
