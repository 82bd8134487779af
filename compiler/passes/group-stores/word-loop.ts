/**
 * A loop of a team over elements as a loop over groups of four that start at a multiple of four in memory: whole groups are
 * stored as words, the ends of the row one by one.
 */
import type { Block, Node, ValueId } from '../../ir/node.ts'
import { machine } from '../../ir/types.ts'
import type { LoopRewriter } from '../vectorize/loop-rewriter.ts'
import { isStore } from './neighbours.ts'

const GROUP = 4
const I32 = machine('i32')

/** Stores at `base + i`; null: at `i`. */
interface Rows {
  readonly base: ValueId | null
  readonly stores: ReadonlySet<Node>
}

/** Null when the loop carries something or stores no narrow elements one after the other. */
export function wordLoop(rewriter: LoopRewriter, perWord: (buffer: ValueId) => number, loop: Node): readonly Node[] | null {
  const block = loop.regions[0]!
  const rows = loop.operands.length === 2 ? consecutiveStores(block, perWord) : null
  if (rows === null) return null
  const nodes: Node[] = []
  const [lo, hi] = loop.operands as [ValueId, ValueId]
  const number = (value: number): ValueId => rewriter.constant(nodes, value, 'i32')
  const op = (name: string, x: ValueId, y: ValueId): ValueId => rewriter.emit(nodes, name, [x, y], {}, I32)
  const base = rows.base ?? number(0)
  const log = number(Math.log2(GROUP))
  const first = op('shr', op('add', base, lo), log)
  const end = op('shr', op('add', op('add', base, hi), number(GROUP - 1)), log)
  const body = groupBody(rewriter, block, rows, { base, lo, hi, log })
  return [...nodes, { ...loop, operands: [first, end], regions: [body] }]
}

function consecutiveStores(block: Block, perWord: (buffer: ValueId) => number): Rows | null {
  const index = block.params[0]!.id
  const inside = new Map(block.nodes.flatMap((node) => node.results.map((result) => [result.id, node])))
  const baseOf = (id: ValueId): ValueId | null | undefined => {
    if (id === index) return null
    const node = inside.get(id)
    const other = node?.op === 'add' ? node.operands.find((operand) => operand !== index) : undefined
    return node?.operands.includes(index) === true && other !== undefined && !inside.has(other) ? other : undefined
  }
  const stores = block.nodes
    .filter((node) => isStore(node) && perWord(node.operands[0]!) > 1)
    .map((node) => ({ node, base: baseOf(node.operands[1]!) }))
    .filter(({ base }) => base !== undefined)
  const [lead] = stores
  if (lead === undefined) return null
  const base = lead.base ?? null
  return { base, stores: new Set(stores.filter((one) => one.base === base).map(({ node }) => node)) }
}

interface Place {
  readonly base: ValueId
  readonly lo: ValueId
  readonly hi: ValueId
  readonly log: ValueId
}

function groupBody(rewriter: LoopRewriter, block: Block, rows: Rows, { base, lo, hi, log }: Place): Block {
  const nodes: Node[] = []
  const param = { id: rewriter.fresh(I32), type: I32, name: 'group' }
  const op = (name: string, x: ValueId, y: ValueId): ValueId => rewriter.emit(nodes, name, [x, y], {}, I32)
  const start = op('shl', param.id, log) // element of the buffer
  const first = op('sub', start, base) // of the loop
  const last = op('add', first, rewriter.constant(nodes, GROUP, 'i32'))
  const test = (name: string, x: ValueId, y: ValueId): ValueId => rewriter.emit(nodes, name, [x, y], {}, machine('bool'))
  const isWhole = rewriter.emit(nodes, 'and', [test('ge', first, lo), test('le', last, hi)], {}, machine('bool'))
  const from = op('max', first, lo)
  const to = op('min', last, hi)
  const ends = rewriter.node('for', [from, to], { step: 1 }, [], [rewriter.copy(block)])
  const whole: Block = { params: [], nodes: wholeGroup(rewriter, block, rows, start, first), yields: [] }
  nodes.push(rewriter.node('if', [isWhole], { types: [] }, [], [whole, { params: [], nodes: [ends], yields: [] }]))
  return { params: [param], nodes, yields: [] }
}

/** The body four times, without the stores; then these, word by word. */
function wholeGroup(rewriter: LoopRewriter, block: Block, rows: Rows, start: ValueId, first: ValueId): readonly Node[] {
  const nodes: Node[] = []
  const values = new Map<Node, ValueId[]>([...rows.stores].map((store) => [store, []]))
  for (let i = 0; i < GROUP; i++) {
    const index = rewriter.emit(nodes, 'add', [first, rewriter.constant(nodes, i, 'i32')], {}, I32)
    const names = new Map([[block.params[0]!.id, index]])
    for (const node of block.nodes) {
      const elements = values.get(node)
      if (elements === undefined) nodes.push(rewriter.copyNode(node, names))
      else elements.push(names.get(node.operands[2]!) ?? node.operands[2]!)
    }
  }
  for (const [store, elements] of values)
    nodes.push(rewriter.node('store_group', [store.operands[0]!, start, ...elements], { raw: store.op === 'store_raw' }, []))
  return nodes
}
