/**
 * The abstract syntax of a policy file. Plain, deep-readonly data; every node has a `kind` and a `span`.
 * Names are kept with their own spans, so diagnostics and editors can point at the word, not at the sentence.
 */
import type { Span } from '../diagnostics/span.ts'

export interface Name {
  readonly text: string
  readonly span: Span
}

export interface Comment {
  readonly text: string // with its slashes
  readonly span: Span
  readonly doc: boolean // `///`
}

export interface SourceFile {
  readonly kind: 'file'
  readonly source: string
  readonly declarations: readonly Declaration[]
  readonly comments: readonly Comment[]
  readonly span: Span
}

export type Declaration = UseDecl | FnDecl | PolicyDecl | TestDecl

/** `use std.attention`, `use "./shared.prune"`: brings the functions of another file into scope. */
export interface UseDecl {
  readonly kind: 'use'
  readonly path: readonly Name[] // ['std', 'attention']; empty when `file` is given
  readonly file: Name | null // the string, unquoted
  readonly span: Span
}

/** `fn softplus(x) = log(1 + exp(x))`, `fn attention[t, c](q, k) { s = …  return softmax[t](s) }`. */
export interface FnDecl {
  readonly kind: 'fn'
  readonly doc: string | null
  readonly name: Name
  readonly axes: readonly Name[]
  readonly params: readonly Name[]
  readonly lets: readonly LetStmt[]
  readonly result: Expr
  readonly span: Span
}

export interface PolicyDecl {
  readonly kind: 'policy'
  readonly doc: string | null
  readonly name: Name
  readonly params: readonly ParamDecl[]
  readonly items: readonly PolicyItem[]
  /** Only where something inside did not parse: every word of the items that are left out, for they may declare it. */
  readonly unread?: readonly string[]
  readonly span: Span
}

export type PolicyItem = AxesDecl | StateDecl | EntryDecl | FnDecl

export interface ParamDecl {
  readonly kind: 'param'
  readonly doc: string | null
  readonly name: Name
  readonly type: ParamType
  readonly default: Expr | null
  readonly span: Span
}

export type ParamType =
  | { readonly kind: 'scalar'; readonly scalar: 'ratio' | 'count' | 'int' | 'real' | 'bool'; readonly span: Span }
  | { readonly kind: 'choice'; readonly choices: readonly Name[]; readonly span: Span }

/** `axes head = kv * group, in = quad * lane(4), channel(64)`. */
export interface AxesDecl {
  readonly kind: 'axes'
  readonly definitions: readonly AxisDef[]
  readonly span: Span
}

export interface AxisDef {
  readonly name: Name
  readonly pinned: Expr | null // `channel(64)`
  readonly factors: readonly AxisFactor[] // empty when not factored; outermost first
  readonly span: Span
}

export interface AxisFactor {
  readonly name: Name
  /** `lane(4)`, or `slot(page)` where `page` is a count parameter of the policy. */
  readonly pinned: Expr | null
  readonly span: Span
}

export interface StateDecl {
  readonly kind: 'state'
  readonly doc: string | null
  readonly names: readonly Name[]
  readonly type: TypeExpr
  readonly initial: Expr
  readonly span: Span
}

export interface EntryDecl {
  readonly kind: 'entry'
  readonly doc: string | null
  readonly name: Name
  readonly inputs: readonly InputDecl[]
  readonly body: readonly Stmt[]
  /** Only where statements did not parse and are left out of `body`: the names they would have defined. */
  readonly unread?: readonly string[]
  readonly span: Span
}

/** One input; `K, V: f16[kv, token]` becomes two of these sharing a type node. A scalar type makes a per-call argument. */
export interface InputDecl {
  readonly kind: 'input'
  readonly name: Name
  readonly type: TypeExpr | ParamType | IndexType
  readonly span: Span
}

/** `index of layer`: a position along an axis, given with every call. */
export interface IndexType {
  readonly kind: 'index'
  readonly axis: Name
  readonly span: Span
}

/** `f16[kv, token]`, `float[out, in]`, `bitmap(64) f16[kv, token, channel]`, `nm(2, 4) f16[out, in]`. */
export interface TypeExpr {
  readonly kind: 'tensor'
  readonly format: FormatExpr | null
  readonly dtype: Name // f32 f16 bf16 i32 u32 u8 i8 bool, or `float`: any of f32, f16, bf16
  readonly axes: readonly Name[]
  readonly span: Span
}

export interface FormatExpr {
  readonly kind: 'format'
  readonly name: Name // bitmap nm indices
  readonly args: readonly Expr[]
  /** `bitmap(64) over token`, in the type of an input: the axes that a packed row runs along; null for the last one. */
  readonly over: readonly Name[] | null
  readonly span: Span
}

export type Stmt = LetStmt | UpdateStmt | ReturnStmt

export interface LetStmt {
  readonly kind: 'let'
  readonly name: Name
  readonly value: Expr
  readonly span: Span
}

/** `power := …`, `mean[layer = l] := …`: the new value of a state variable, or of a slice of it, seen by later statements. */
export interface UpdateStmt {
  readonly kind: 'update'
  readonly name: Name
  /** Positions of the slice; empty when the whole state is set. */
  readonly at: readonly AxisPosition[]
  readonly value: Expr
  readonly span: Span
}

export interface ReturnStmt {
  readonly kind: 'return'
  readonly outputs: readonly OutputExpr[]
  readonly span: Span
}

/** `K: pack …` is named; `O` alone takes the name of the variable. */
export interface OutputExpr {
  readonly name: Name | null
  readonly value: Expr
  readonly span: Span
}

export type Expr =
  | NumberExpr
  | BoolExpr
  | NameExpr
  | UnaryExpr
  | BinaryExpr
  | CompareExpr
  | IfExpr
  | WhereExpr
  | CallExpr
  | AxisCallExpr
  | RenameExpr
  | SliceExpr
  | PartExpr
  | SelectExpr
  | JointExpr
  | PositionExpr
  | PackExpr
  | CompactExpr
  | UnpackExpr
  | MergeExpr
  | IterateExpr
  | FoldExpr
  | ListExpr

/** `12`, `0.5`, `1e-4`, `70%`. `text` is the literal without `%`, so that the value stays an exact decimal. */
export interface NumberExpr {
  readonly kind: 'number'
  readonly text: string
  readonly percent: boolean
  readonly span: Span
}

export interface BoolExpr {
  readonly kind: 'bool'
  readonly value: boolean
  readonly span: Span
}

export interface NameExpr {
  readonly kind: 'name'
  readonly name: string
  readonly span: Span
}

export interface UnaryExpr {
  readonly kind: 'unary'
  readonly op: '-' | 'not'
  readonly operand: Expr
  readonly span: Span
}

export interface BinaryExpr {
  readonly kind: 'binary'
  readonly op: '+' | '-' | '*' | '/' | '%' | '^' | 'and' | 'or'
  readonly left: Expr
  readonly right: Expr
  readonly span: Span
}

export interface CompareExpr {
  readonly kind: 'compare'
  readonly op: '==' | '!=' | '<' | '<=' | '>' | '>='
  readonly left: Expr
  readonly right: Expr
  readonly span: Span
}

export interface IfExpr {
  readonly kind: 'if'
  readonly condition: Expr
  readonly then: Expr
  readonly otherwise: Expr
  readonly span: Span
}

/** `X where M`: the entries of X for which M holds; everything else is absent. */
export interface WhereExpr {
  readonly kind: 'where'
  readonly value: Expr
  readonly mask: Expr
  readonly span: Span
}

/** `sqrt(x)`, `index(token)`, `size(token)`, a call of a user's `fn` without axes. */
export interface CallExpr {
  readonly kind: 'call'
  readonly callee: Name
  readonly args: readonly Expr[]
  readonly span: Span
}

/** `sum[channel](Q * K)`, `mean[token](X where M else 0)`, `softmax[token](s)`, `pool[token](c, 5)`, user's `fn` with axes. */
export interface AxisCallExpr {
  readonly kind: 'axis-call'
  readonly callee: Name
  readonly axes: readonly Name[]
  /** `joined`: `softmax[token | local](s)`, over all parts of a joined value. `segment`: `sum[token -> cell](x, at)`. */
  readonly form: 'axes' | 'joined' | 'segment'
  /** The axis that segments lie along. */
  readonly into: Name | null
  readonly args: readonly Expr[]
  readonly otherwise: Expr | null
  readonly span: Span
}

/** `alive[token -> query]`: the same values under other axis names. */
export interface RenameExpr {
  readonly kind: 'rename'
  readonly value: Expr
  readonly renames: readonly { readonly from: Name; readonly to: Name }[]
  readonly span: Span
}

export interface AxisPosition {
  readonly axis: Name
  readonly position: Expr
}

/** `x[layer = 3]`, `centroids[token = codes]`: the elements at positions of an axis. */
export interface SliceExpr {
  readonly kind: 'slice'
  readonly value: Expr
  readonly at: readonly AxisPosition[]
  readonly span: Span
}

/** `p.local`: a part of a joined value, of a joint selection, or of what an iteration carries. */
export interface PartExpr {
  readonly kind: 'part'
  readonly value: Expr
  readonly part: Name
  readonly span: Span
}

/** `keep 2 of lane by abs(W) within M protect P ties all round up at least 1 multiple of 8`. */
export interface SelectExpr {
  readonly kind: 'select'
  readonly mode: 'keep' | 'drop'
  /** What the amount measures: how many, how much of the summed score, how much of the summed cost. */
  readonly measure: Measure
  readonly amount: Expr
  readonly axes: readonly Name[]
  readonly score: Expr
  readonly costing: Expr | null
  readonly within: Expr | null
  readonly protect: Expr | null
  readonly ties: 'first' | 'all'
  readonly round: 'down' | 'up' | 'nearest' | 'even'
  readonly atLeast: Expr | null
  readonly multipleOf: Expr | null
  readonly span: Span
}

export type Measure = 'count' | 'mass' | 'cost'

/** `keep cost 70% of heads: (layer, kv) by s costing 128, neurons: (layer, neuron) by t`: one budget for several kinds of units. */
export interface JointExpr {
  readonly kind: 'joint'
  readonly mode: 'keep' | 'drop'
  readonly measure: Measure
  readonly amount: Expr
  readonly units: readonly JointUnit[]
  readonly ties: 'first' | 'all'
  readonly round: 'down' | 'up' | 'nearest' | 'even'
  readonly atLeast: Expr | null
  readonly multipleOf: Expr | null
  readonly span: Span
}

export interface JointUnit {
  readonly name: Name
  readonly axes: readonly Name[]
  readonly score: Expr
  readonly costing: Expr | null
  readonly within: Expr | null
  readonly protect: Expr | null
  readonly span: Span
}

/** `first 4 of token`, `last window of token`, `every 8 of token`: masks by position alone. */
export interface PositionExpr {
  readonly kind: 'position'
  readonly which: 'first' | 'last' | 'every'
  readonly amount: Expr
  readonly axis: Name
  readonly span: Span
}

/** `pack K by M as bitmap(64)`. */
export interface PackExpr {
  readonly kind: 'pack'
  readonly value: Expr
  readonly mask: Expr
  /** Null: the compiler chooses. */
  readonly format: FormatExpr | null
  readonly span: Span
}

/** `compact X by M as kept`: X gathered along the axis that M selects, in position order, under a new axis name. */
export interface CompactExpr {
  readonly kind: 'compact'
  readonly value: Expr
  readonly mask: Expr
  readonly as: Name
  readonly span: Span
}

/** `unpack K`: the dense tensor of a packed one, zeros where nothing was kept. */
export interface UnpackExpr {
  readonly kind: 'unpack'
  readonly value: Expr
  readonly span: Span
}

/** `merge X of token into cell by target weighted size`: the weighted mean of what goes to each position of `cell`. */
export interface MergeExpr {
  readonly kind: 'merge'
  readonly value: Expr
  readonly axes: readonly Name[]
  readonly into: Name
  readonly by: Expr
  readonly weight: Expr | null
  readonly span: Span
}

export interface Carried {
  readonly name: Name
  readonly value: Expr
}

interface Loop {
  /** What is carried from step to step, with what it starts from. */
  readonly carried: readonly Carried[]
  readonly lets: readonly LetStmt[]
  /** The value of each for the next step. */
  readonly next: readonly Carried[]
  readonly span: Span
}

/** `iterate 8 times as step with (lo = 0, hi = 1) { …  next lo = …, hi = … }`. */
export interface IterateExpr extends Loop {
  readonly kind: 'iterate'
  readonly times: Expr
  readonly step: Name | null
}

/** `for t in token with (total = 0) { next total = total + X[token = t] }`: one step for every position of an axis, in order. */
export interface FoldExpr extends Loop {
  readonly kind: 'fold'
  readonly position: Name
  readonly axis: Name
}

/** `[1, -2, nan, inf]`, nested, in `test` blocks only. */
export interface ListExpr {
  readonly kind: 'list'
  readonly items: readonly Expr[]
  readonly span: Span
}

/**
 * ```
 * test "keeps the two largest of four" for nm {
 *   set n = 2                                   // parameters of the instance
 *   size layer = 6                              // extents that no input shows
 *   prune(W = f32 [[1, -5, 2, 7]])              // calls, in order; the state is carried
 *   expect mask = [[0, 1, 0, 1]]                // outputs of the call above, or state variables
 *   expect error ESP4102                        // or: the call above is refused with this code
 * }
 * ```
 * `for` may be left out in a file with one policy.
 */
export interface TestDecl {
  readonly kind: 'test'
  readonly title: Name
  readonly policy: Name | null
  readonly steps: readonly TestStep[]
  readonly span: Span
}

export type TestStep =
  | { readonly kind: 'set'; readonly name: Name; readonly value: Expr; readonly span: Span }
  | { readonly kind: 'size'; readonly axis: Name; readonly value: Expr; readonly span: Span }
  | { readonly kind: 'call'; readonly entry: Name; readonly args: readonly TestArg[]; readonly span: Span }
  | { readonly kind: 'expect'; readonly name: Name; readonly value: Expr; readonly span: Span }
  | { readonly kind: 'expect-error'; readonly code: Name; readonly span: Span }

/** `W = f32 [[…]]`: dtype may be left out (the declared one; f32 for `float`). A bare number or name is a parameter override. */
export interface TestArg {
  readonly name: Name
  readonly dtype: Name | null
  readonly value: Expr
  readonly span: Span
}
