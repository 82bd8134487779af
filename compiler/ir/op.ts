/**
 * The op table's row. One op = one file = one record; printer, parser, verifier, builder, evaluator, CSE and DCE are
 * driven by it and never list op names.
 */
import type { Span } from '../diagnostics/span.ts'
import type { Block, Attr, Attrs, Level, Node, ValueId } from './node.ts'
import type { Type } from './types.ts'
import type { EvalContext, EvalValue } from './eval-value.ts'

/** Stands for an optional operand that is not given. Printed `_`. */
export const NONE: ValueId = -1

export type Trait =
  | 'pure' // no effect, may be dropped when unused, merged when equal
  | 'elementwise' // result[i] depends on operands[i] alone, under broadcasting by axis name
  | 'commutative'
  | 'associative'
  | 'writes' // writes memory: kept, and ordered with every other op that touches memory
  | 'reads' // reads memory that some op of the kernel may write
  | 'control' // owns regions that run zero or more times
  | 'spread' // iterations of its regions are shared out among the threads of a team
  | 'costly' // more than a handful of cycles per element: recomputing it is worth avoiding

export type AttrKind = 'string' | 'number' | 'boolean' | 'axis' | 'axes' | 'json' | readonly string[]

/** A type rule's refusal, in words for a person; the front end wraps it in a diagnostic with spans. */
export interface TypeProblem {
  readonly problem: string
  /** Which operand it is about, by position. */
  readonly operand?: number
}

/** What `expand` and the front end append nodes with; `FuncBuilder` is the one implementation. */
export interface Builder {
  /** Appends a node with one result. Throws TypeRuleError when the type rule refuses. */
  emit(op: string, operands: readonly ValueId[], attrs?: Attrs): ValueId
  emitAll(op: string, operands: readonly ValueId[], attrs?: Attrs, regions?: readonly Block[]): readonly ValueId[]
  typeOf(id: ValueId): Type
  /** Nodes that follow carry this span. */
  at(span: Span | null): void
}

export interface OpDef {
  readonly name: string
  readonly summary: string
  /** Levels at which the op is legal. */
  readonly levels: readonly Level[]
  /** Operand names; `name?` may be NONE; a last `name*` takes any number, a last `name?*` any number of which each may be NONE. */
  readonly operands: readonly string[]
  /** `name?`: may be left out. */
  readonly attrs: Readonly<Record<string, AttrKind>>
  readonly traits: readonly Trait[]
  /** What an absent (zero) operand does to the result: the contract that sparsity passes read. */
  readonly zero?: 'preserves' | 'annihilates' | 'unknown'
  /**
   * Axes along which a result element depends on more than the operand elements at its own position. Along every other
   * axis the op may be computed slice by slice. Elementwise ops need not say it: they mix nothing.
   */
  readonly mixes?: (attrs: Attrs) => readonly string[]
  /** Result types from operand types (null for NONE), attributes and regions. Used by builder and verifier alike. */
  readonly infer: (types: readonly (Type | null)[], attrs: Attrs, regions: readonly Block[]) => readonly Type[] | TypeProblem
  /** Meaning, in double precision. Required at policy level. Throws EvalError where there is none (1/0 of exact numbers). */
  readonly eval?: (operands: readonly (EvalValue | null)[], node: Node, context: EvalContext) => readonly EvalValue[]
  /** Rewrites the op into simpler ops of the same level through the builder; returns its results. Absent for primitive ops. */
  readonly expand?: (builder: Builder, operands: readonly ValueId[], attrs: Attrs) => readonly ValueId[]
  /** A function in `.pir` text that uses the op: parsed, verified, printed back in tests; shown in the docs. */
  readonly example: string
}

export const defineOp = <const D extends OpDef>(def: D): D => def

export const hasTrait = (def: OpDef, trait: Trait): boolean => def.traits.includes(trait)

export function isProblem(result: readonly Type[] | TypeProblem): result is TypeProblem {
  return !Array.isArray(result)
}

export const attrString = (attrs: Attrs, key: string): string => {
  const value = attrs[key]
  if (typeof value !== 'string') throw new TypeError(`attribute ${key} is not a string`)
  return value
}
export const attrAxes = (attrs: Attrs, key = 'axes'): readonly string[] => {
  const value = attrs[key]
  if (!Array.isArray(value)) throw new TypeError(`attribute ${key} is not a list of axes`)
  return value as readonly Attr[] as readonly string[]
}
