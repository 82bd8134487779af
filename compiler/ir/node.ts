/**
 * The one node shape of the IR, at all three levels. Plain data: JSON-serialisable (bigints never appear; exact scalars
 * are strings), immutable, no class instances. Ids are local to a function.
 */
import type { Span } from '../diagnostics/span.ts'
import type { Type } from './types.ts'

export type ValueId = number

export interface Value {
  readonly id: ValueId
  readonly type: Type
}

export type Attr = string | number | boolean | null | readonly Attr[] | { readonly [key: string]: Attr }
export type Attrs = Readonly<Record<string, Attr>>

export interface Node {
  readonly op: string
  readonly operands: readonly ValueId[]
  readonly attrs: Attrs
  /** Most ops define one value; stores none; loops and regions as many as they carry out. */
  readonly results: readonly Value[]
  readonly regions: readonly Block[]
  readonly span: Span | null
}

export interface BlockParam extends Value {
  readonly name: string
}

export interface Block {
  readonly params: readonly BlockParam[]
  readonly nodes: readonly Node[]
  /** The values the block yields to its parent (or, for a function, its outputs). */
  readonly yields: readonly ValueId[]
}

/** How the extent of an atomic axis is known. */
export type AxisExtent =
  | { readonly kind: 'bound' } // solved from the shapes of the inputs
  | { readonly kind: 'scalar'; readonly value: ValueId } // a host scalar of this function: pinned, or a kept count
  | { readonly kind: 'counted'; readonly value: ValueId } // read from the device after `value` (i32, no axes) was computed

export interface Axis {
  readonly name: string
  readonly extent: AxisExtent
}

/** What an entry shows to its caller about one tensor: the axes as declared, each with the atomic axes it consists of. */
export interface DeclaredAxis {
  readonly name: string
  readonly atoms: readonly string[]
}

export interface FuncParam extends BlockParam {
  readonly role: 'input' | 'state' | 'argument' | 'param' // param: policy parameter; argument: per-call scalar of the entry
  readonly axes: readonly DeclaredAxis[] // of an argument: the axis that it is a position along; [] for other scalars
}

export interface FuncOutput {
  readonly name: string
  readonly role: 'output' | 'state'
  readonly value: ValueId
  readonly axes: readonly DeclaredAxis[]
  /** The value is one slice of the state, over its other axes; the rest of the state stays. Positions are host scalars. */
  readonly at?: readonly SlicePosition[]
}

export interface SlicePosition {
  readonly axis: string
  readonly position: ValueId
}

/** A function: a policy entry (one variant of it), a `fn`, or a kernel. Its params are its body's params. */
export interface Func {
  readonly name: string
  readonly role: 'entry' | 'fn' | 'kernel'
  readonly doc: string | null
  /** The choices of named alternatives this variant was specialised for: `{ rule: 'exact' }`. */
  readonly variant: Readonly<Record<string, string>>
  readonly params: readonly FuncParam[]
  readonly axes: readonly Axis[]
  readonly body: Block // body.params mirrors params
  readonly outputs: readonly FuncOutput[] // body.yields mirrors outputs
  readonly span: Span | null
}

export type Level = 'policy' | 'sparse' | 'kernel'

export interface PolicyParam {
  readonly name: string
  readonly doc: string | null
  readonly type:
    | { readonly kind: 'ratio' | 'count' | 'int' | 'real' | 'bool' }
    | { readonly kind: 'choice'; readonly choices: readonly string[] }
  /** Exact text of the default (`7/10`, `4`, `true`, `exact`), null when the caller must set it. */
  readonly default: string | null
}

export interface PolicyState {
  readonly name: string
  readonly doc: string | null
  readonly dtype: import('./types.ts').DType
  readonly axes: readonly string[] // as declared, not atomic
  readonly initial: number
}

export interface Module {
  readonly name: string // of the policy
  readonly doc: string | null
  readonly level: Level
  /** The axes as declared: factoring and pins. `pinned` is exact text, or the name of a count parameter. */
  readonly axes: readonly { readonly name: string; readonly factors: readonly string[]; readonly pinned: string | null }[]
  readonly params: readonly PolicyParam[]
  readonly states: readonly PolicyState[]
  readonly funcs: readonly Func[]
}
