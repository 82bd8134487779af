/** What an emitter of one op is given. */
import { CompilerBug } from '../../../compiler/diagnostics/bug.ts'
import type { Block, Node, ValueId } from '../../../compiler/ir/node.ts'
import type { MachineDType, Type } from '../../../compiler/ir/types.ts'
import type { Expr, TextWriter } from '../../source/text.ts'
import type { BufferPlace, Frame } from '../frame.ts'

export interface OpContext {
  readonly node: Node
  readonly frame: Frame
  /** Where statements go now. */
  readonly writer: TextWriter
  /** Whether one thread runs this by itself, or all threads of a team on the same values. */
  readonly isAlone: boolean
  /** Where the element is that this node loads or stores, if not in its buffer. */
  readonly place: string | null
  /** Whether sums and products of this i32 cannot wrap around. */
  readonly isPlainIndex: boolean
  /** Whether an operand is an index, a count or an extent, and so far from where it would wrap around. */
  isIndex(index: number): boolean
  arg(index: number): Expr
  typeOf(index: number): Type
  /** The value `id`, defined before. */
  value(id: ValueId): Expr
  /** The node that defines an operand; null for parameters. */
  definition(index: number): Node | null
  /** Gives an expression a name, so that it is evaluated here and once; names and literals stay. */
  share(expr: Expr, hint: string, type: string): Expr
  /** A new variable. */
  declare(hint: string, type: string, initial: Expr | null): Expr
  /** A name that nothing else has. */
  fresh(hint: string): string
  /** Writes the body of a block with its parameters bound, here; gives what it yields. Arguments must be free to repeat. */
  region(block: Block, args: readonly Expr[]): readonly Expr[]
  /** The same for a region that a thread of a team runs by itself; `places` has other places for what some nodes load and store. */
  alone(block: Block, args: readonly Expr[], places?: ReadonlyMap<Node, string>): readonly Expr[]
  /** What `write` writes, instead of writing it. */
  aside(write: () => void): readonly string[]
  typeOfValue(id: ValueId): Type
  isUsed(id: ValueId): boolean
  /** One use of a value less than its function has. */
  unused(id: ValueId): void
}

/** The results, in order. */
export type Emit = (context: OpContext) => readonly Expr[]

export function scalarDType(type: Type | undefined): MachineDType {
  if (type?.kind === 'machine' && type.lanes === 1) return type.dtype
  const what = type?.kind === 'machine' ? 'vector' : type?.kind
  throw new CompilerBug(`a ${what} is beyond the capabilities of cuda`, { pass: 'emit cuda' })
}
export const argDType = (c: OpContext, index: number): MachineDType => scalarDType(c.typeOf(index))
export const resultDType = (c: OpContext, index = 0): MachineDType => scalarDType(c.node.results[index]?.type)

export function bufferArg(c: OpContext): BufferPlace {
  const id = c.node.operands[0]
  if (id === undefined || c.typeOf(0).kind !== 'buffer')
    throw new CompilerBug(`${c.node.op} expects a buffer`, { pass: 'emit cuda' })
  return c.frame.buffer(id)
}

export function regionOf(node: Node, index: number): Block {
  const block = node.regions[index]
  if (block === undefined) throw new CompilerBug(`${node.op} has no region ${index}`, { pass: 'emit cuda' })
  return block
}

export const unsupported = (c: OpContext, what: string): CompilerBug =>
  new CompilerBug(`${c.node.op} of ${what} is beyond the capabilities of cuda`, { pass: 'emit cuda' })
