/**
 * The loads and stores of a shared-out loop that are of neighbours for neighbouring iterations: their index is the loop's plus what is
 * the same for all iterations. They happen in every iteration, so that all of a chunk can be done in one step.
 */
import type { Block, Node, ValueId } from '../../../compiler/ir/node.ts'
import { blockNodes } from '../../../compiler/ir/walk.ts'
import { termsBesideIndex, type IndexTerm } from '../../source/index-terms.ts'
import { wrapped } from '../../source/text.ts'
import type { BufferPlace } from '../frame.ts'
import type { OpContext } from './context.ts'

export interface Stream {
  readonly node: Node
  readonly place: BufferPlace
  /** Where element 0 of the loop's index is, as an expression. */
  readonly pointer: string
  readonly isStore: boolean
}

const LOADS: ReadonlySet<string> = new Set(['load', 'load_raw'])
const STORES: ReadonlySet<string> = new Set(['store', 'store_raw'])
const CHANGES: ReadonlySet<string> = new Set([...STORES, 'store_group', 'atomic'])

const bufferOf = ({ operands }: Node): ValueId => operands[0] as ValueId

export function streamsOf(c: OpContext, region: Block): readonly Stream[] {
  const inside = [...blockNodes(region)]
  const changes = inside.filter(({ op }) => CHANGES.has(op))
  const position = new Map(inside.map((node, i) => [node, i]))
  const isBefore = (a: Node, b: Node): boolean => (position.get(a) ?? 0) < (position.get(b) ?? 0)
  return region.nodes.flatMap((node): readonly Stream[] => {
    const isStore = STORES.has(node.op)
    if (!isStore && !(LOADS.has(node.op) && c.isUsed(node.results[0]?.id as ValueId))) return []
    const buffer = bufferOf(node)
    const place = c.frame.buffer(buffer)
    if (place.type.access === 'scratch' || place.type.access === 'lane') return []
    const own = changes.filter((change) => bufferOf(change) === buffer)
    const later = (other: Node): boolean => LOADS.has(other.op) && bufferOf(other) === buffer && isBefore(node, other)
    if (isStore ? own.length > 1 || inside.some(later) : own.some((change) => isBefore(change, node))) return []
    const base = termsBesideIndex(region, node.operands[1] as ValueId)
    if (base === null) return []
    const pointer = (isStore ? null : listed(c, buffer, base)) ?? infixAll(c, place.variable, base)
    return [{ node, place, isStore, pointer }]
  })
}

/** Where elements are that the team has listed just before; null: that are not such. */
function listed(c: OpContext, buffer: ValueId, base: readonly IndexTerm[]): string | null {
  const list = c.frame.loopsOfLists.get(c.node)
  const [start, ...others] = base
  const isList = list?.operands[0] === buffer && list.operands[1] === start?.value && start?.sign === '+' && others.length === 0
  return isList ? `${c.frame.lists.get(list)}.places` : null
}

const infixAll = (c: OpContext, first: string, terms: readonly IndexTerm[]): string =>
  terms.reduce((sum, { value, sign }) => `${sum} ${sign} ${wrapped(c.value(value))}`, first)

/** Whether a loop inside of the region reads memory: neighbours in time, which chunks would tear apart. */
export const readsInLoops = (region: Block): boolean =>
  [...blockNodes(region)].some(
    ({ op, regions }) =>
      (op === 'for' || op === 'while') && regions.some((inner) => [...blockNodes(inner)].some((node) => LOADS.has(node.op))),
  )

/** Whether nothing is read but scratch, which is near. */
export const readsScratch = (c: OpContext, region: Block): boolean =>
  [...blockNodes(region)].every(
    ({ op, operands }) =>
      op !== 'kept_at' && (!LOADS.has(op) || c.frame.buffer(operands[0] as ValueId).type.access === 'scratch'),
  )

/** Whether scratch is written at multiples of the index: neighbours of a thread would then be far apart, and threads meet in few banks. */
export const scatters = (c: OpContext, region: Block): boolean =>
  region.nodes.some(
    ({ op, operands }) =>
      STORES.has(op) && c.frame.buffer(operands[0] as ValueId).type.access === 'scratch' && operands[1] !== region.params[0]?.id,
  )

export const touchesRows = (c: OpContext, region: Block): boolean =>
  [...blockNodes(region)].some(
    ({ op, operands }) =>
      (LOADS.has(op) || STORES.has(op) || op === 'is_best') && c.frame.buffer(operands[0] as ValueId).type.access === 'lane',
  )
