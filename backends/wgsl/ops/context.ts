/** What an emitter of one op is given. */
import { CompilerBug } from '../../../compiler/diagnostics/bug.ts'
import type { Block, Node, ValueId } from '../../../compiler/ir/node.ts'
import type { MachineDType, Type } from '../../../compiler/ir/types.ts'
import type { BufferPlace, Frame } from '../frame.ts'
import type { Expr, TextWriter } from '../../source/text.ts'

/** What a region finds where it runs as an iteration of a lane. */
export interface AtLane {
  /** Elements that were loaded before. */
  readonly places: ReadonlyMap<Node, Expr>
  /** Which element of rows in registers is the iteration's. */
  readonly slot: Expr
  /** Whether there is this iteration; null: it would not run otherwise. */
  readonly held: Expr | null
}

export interface OpContext {
  readonly node: Node
  readonly frame: Frame
  readonly writer: TextWriter
  /** Whether one thread runs this by itself, or all threads of a team on the same values. */
  readonly isAlone: boolean
  arg(index: number): Expr
  typeOf(index: number): Type
  /** The node that defines an operand; null for parameters. */
  definition(index: number): Node | null
  typeOfValue(id: ValueId): Type
  isUsed(id: ValueId): boolean
  /** Gives an expression a name, so that it is evaluated here and once; names and literals stay. */
  share(expr: Expr, hint: string): Expr
  /** Of a load: its element, where it is known already. */
  readonly place: Expr | null
  /** The element of rows in registers that an iteration is for, and whether there is one. */
  readonly slot: Expr
  readonly held: Expr | null
  /** Of teams of lanes: whether what this team does counts. */
  readonly live: Expr
  /** Whether that is all teams that have a point. */
  readonly isForAll: boolean
  /** Writes what only teams do for which `live` holds. */
  whileLive<T>(live: Expr, write: () => T): T
  /** Whether threads of a team exchange inside. */
  exchanges(node: Node): boolean
  value(id: ValueId): Expr
  /** A name that nothing has. */
  fresh(hint: string): string
  /** A new variable. */
  declare(hint: string, dtype: MachineDType, initial: Expr | null): Expr
  /** Writes the body of a block with its parameters bound, here; gives what it yields. Arguments must be free to repeat. */
  region(block: Block, args: readonly Expr[]): readonly Expr[]
  /** The same for a region that a thread of a team runs by itself. */
  alone(block: Block, args: readonly Expr[], at?: AtLane): readonly Expr[]
  /** The condition or bound `id` of this node, known to be the same in all threads where this node needs that. */
  uniform(expr: Expr, id: ValueId): Expr
}

/** The results, in order. */
export type Emit = (context: OpContext) => readonly Expr[]

export function scalarDType(type: Type | undefined): MachineDType {
  if (type?.kind === 'machine' && type.lanes === 1) return type.dtype
  const what = type?.kind === 'machine' ? 'vector' : type?.kind
  throw new CompilerBug(`a ${what} is beyond the capabilities of wgsl`, { pass: 'emit wgsl' })
}
export const argDType = (c: OpContext, index: number): MachineDType => scalarDType(c.typeOf(index))
export const resultDType = (c: OpContext, index = 0): MachineDType => scalarDType(c.node.results[index]?.type)

export const bufferArg = (c: OpContext): BufferPlace => bufferAt(c, 0)

export function bufferAt(c: OpContext, operand: number): BufferPlace {
  const id = c.node.operands[operand]
  if (id === undefined || c.typeOf(operand).kind !== 'buffer')
    throw new CompilerBug(`${c.node.op} expects a buffer`, { pass: 'emit wgsl' })
  return c.frame.buffer(id)
}

export function regionOf(node: Node, index: number): Block {
  const block = node.regions[index]
  if (block === undefined) throw new CompilerBug(`${node.op} has no region ${index}`, { pass: 'emit wgsl' })
  return block
}

export const unsupported = (c: OpContext, what: string): CompilerBug =>
  new CompilerBug(`${c.node.op} of ${what} is beyond the capabilities of wgsl`, { pass: 'emit wgsl' })
