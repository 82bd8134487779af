/**
 * What the actions of the grammar work with: turns matched parts into syntax nodes, names and spans, and reports what the
 * grammar accepts but the language does not. One reader serves one match; actions hold no state of their own.
 */
import type { Node } from 'ohm-js'
import type { DiagnosticSink } from '../../diagnostics/sink.ts'
import type { Span } from '../../diagnostics/span.ts'
import type { PolicyRules } from '../../../grammar/generated/policy.ts'
import type { Expr, Name } from '../ast.ts'
import type { Passage } from './passage.ts'

export class Reader {
  readonly sink: DiagnosticSink
  private readonly passage: Passage
  private readonly docs: ReadonlyMap<number, string>
  private readonly actions: ActionLookup

  constructor(passage: Passage, docs: ReadonlyMap<number, string>, sink: DiagnosticSink, actions: ActionTable) {
    this.passage = passage
    this.docs = docs
    this.sink = sink
    this.actions = actions as ActionLookup
  }

  /**
   * The node that the rule's action makes; a rule without one passes its only part through. `T` is what the caller knows
   * of the rule: Ohm's nodes carry no types. Ohm can dispatch too, for twice the time.
   */
  read<T>(part: Node): T {
    for (let node = part; ; node = node.child(0)) {
      const action = this.actions[node.ctorName]
      if (action !== undefined) return action(this, node, ...node.children) as T
      if (node.numChildren !== 1) throw new TypeError(`rule ${node.ctorName} needs an action`)
    }
  }

  /** Every part of a list, whichever of `A`, `A?`, `A*`, `(A ("," A)*)?` the arguments stand for, in order. */
  list<T>(...parts: readonly Node[]): T[] {
    return parts.flatMap((part) => leaves(part)).map((leaf) => this.read<T>(leaf))
  }

  /** The part of an `A?`, or null. */
  optional<T>(part: Node): T | null {
    return this.list<T>(part)[0] ?? null
  }

  expr(part: Node): Expr {
    return this.read<Expr>(part)
  }

  name(part: Node): Name {
    return { text: this.written(part), span: this.span(part) }
  }

  names(...parts: readonly Node[]): Name[] {
    return parts.flatMap((part) => leaves(part)).map((leaf) => this.name(leaf))
  }

  /** The one token that the part consists of. */
  written(part: Node): string {
    return this.passage.written(part.source.startIdx)
  }

  span(part: Node): Span {
    return this.passage.span(part.source.startIdx, part.source.endIdx)
  }

  /** The `///` lines before the part. */
  doc(part: Node): string | null {
    return this.docs.get(this.span(part).start) ?? null
  }
}

export const leaves = (part: Node): readonly Node[] =>
  part.isIteration() ? part.children.flatMap((child) => leaves(child)) : [part]

type Parts<N extends number, Sofar extends Node[] = []> = Sofar['length'] extends N ? Sofar : Parts<N, [...Sofar, Node]>

/** Makes the syntax node of one rule from its parts; `whole` is the matched text as a node. */
type Action<N extends number> = (reader: Reader, whole: Node, ...parts: Parts<N>) => unknown

/** Rules that are matched piece by piece, after the outline, and never as a whole. */
type OutlinedRule = 'File' | 'PolicyDecl'

/** Every rule with other than one part has an action; a rule with one part may pass it through. */
export type ActionTable = {
  readonly [R in keyof PolicyRules as PolicyRules[R] extends 1 ? never : Exclude<R, OutlinedRule>]: Action<PolicyRules[R]>
} & {
  readonly [R in keyof PolicyRules as PolicyRules[R] extends 1 ? R : never]?: Action<1>
}

type ActionLookup = Readonly<Record<string, ((reader: Reader, whole: Node, ...parts: Node[]) => unknown) | undefined>>

/** The part of the table that a file of actions defines. */
export type Actions<R extends keyof ActionTable> = { readonly [K in R]: NonNullable<ActionTable[K]> }
