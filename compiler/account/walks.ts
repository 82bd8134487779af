/**
 * Where a kernel touches memory: every load and store with the loops around it and which of them move its address. A value
 * that was read from memory moves with the loops that its own address moves with, so a gather is followed like an index.
 */
import type { Block, Func, Node, ValueId } from '../ir/node.ts'
import { NONE, type OpDef } from '../ir/op.ts'
import { symbol, type Quantity } from './quantity.ts'
import { apply } from './scalar-quantity.ts'
import { constant } from './quantity.ts'

export interface Loop {
  readonly id: number
  /** How often its body runs; the number is NaN when that is decided by data. */
  readonly trips: Quantity
}

export interface Access {
  /** Position among the parameters of the kernel. */
  readonly param: number
  readonly way: 'read' | 'write'
  /** Around it, outermost first. */
  readonly loops: readonly Loop[]
  /** Those that its address moves with. */
  readonly moving: ReadonlySet<Loop>
  readonly index: ValueId
  /** The innermost block it is in: equal for accesses side by side. */
  readonly block: number
}

/** A search in memory that ends when it has found its answer: how often it looks, for want of anything better. */
const PROBES = symbol('probes', 10)
/** A walk along the set bits of a word: as many as there may be, for a buffer is never taken to be longer than it is. */
const BITS = symbol('bits', 32)

/** `scalars`: the parameters of the kernel that are numbers. */
export function accessesOf(
  kernel: Func,
  scalars: ReadonlyMap<ValueId, Quantity>,
  ops: Readonly<Record<string, OpDef>>,
): readonly Access[] {
  const walk = new Walk(kernel, scalars, ops)
  walk.block(kernel.body, [])
  return walk.accesses
}

const STILL: ReadonlySet<Loop> = new Set()

class Walk {
  readonly accesses: Access[] = []
  private readonly ops: Readonly<Record<string, OpDef>>
  private readonly buffers: ReadonlyMap<ValueId, number>
  private readonly numbers: Map<ValueId, Quantity>
  private readonly moving = new Map<ValueId, ReadonlySet<Loop>>()
  private loops = 0
  private blocks = 0

  constructor(kernel: Func, scalars: ReadonlyMap<ValueId, Quantity>, ops: Readonly<Record<string, OpDef>>) {
    this.ops = ops
    this.numbers = new Map(scalars)
    const params = [...kernel.body.params.entries()]
    this.buffers = new Map(params.flatMap(([at, { id, type }]) => (type.kind === 'buffer' ? [[id, at] as const] : [])))
  }

  block(block: Block, around: readonly Loop[]): void {
    const number = this.blocks++
    for (const node of block.nodes) this.node(node, around, number)
  }

  private node(node: Node, around: readonly Loop[], block: number): void {
    if (node.regions.length > 0) return this.control(node, around)
    const traits = this.ops[node.op]?.traits ?? []
    const moving = this.union(node.operands)
    const [target = NONE, index = NONE] = node.operands
    const param = this.buffers.get(target)
    if (param !== undefined)
      for (const [trait, way] of [
        ['reads', 'read'],
        ['writes', 'write'],
      ] as const)
        // prettier-ignore
        if (traits.includes(trait)) this.accesses.push({ param, way, loops: around, moving: this.of(index), index, block })
    for (const { id } of node.results) this.moving.set(id, moving)
    this.number(node)
  }

  /** Loops move what they carry; the branches of an `if` are both followed. */
  private control(node: Node, around: readonly Loop[]): void {
    const loop = this.loopOf(node)
    const inside = loop === null ? around : [...around, loop]
    const outer = this.union(node.operands)
    const own = loop === null ? outer : new Set([...outer, loop])
    for (const region of node.regions) {
      for (const { id } of region.params) this.moving.set(id, own)
      this.block(region, inside)
    }
    const results = this.union(node.regions.flatMap(({ yields }) => yields))
    const left = new Set([...outer, ...results].filter((other) => other !== loop))
    for (const { id } of node.results) this.moving.set(id, left)
  }

  private loopOf(node: Node): Loop | null {
    const id = this.loops
    if (node.op === 'if') return null
    this.loops += 1
    if (node.op === 'while') return { id, trips: walksBits(node) ? BITS : PROBES }
    const [lo, hi] = node.operands.map((operand) => this.numbers.get(operand))
    const known = lo !== undefined && hi !== undefined
    const length = known ? apply('sub', [hi, lo]) : symbol('?', NaN)
    const step = typeof node.attrs['step'] === 'number' ? node.attrs['step'] : 1
    return { id, trips: step === 1 ? length : apply('floordiv', [apply('add', [length, constant(step - 1)]), constant(step)]) }
  }

  private number(node: Node): void {
    const [result] = node.results
    if (result === undefined) return
    const value = node.attrs['value']
    if (node.op === 'constant' && typeof value === 'number') return void this.numbers.set(result.id, constant(value))
    const operands = node.operands.map((id) => this.numbers.get(id))
    if (!ARITHMETIC.has(node.op) || operands.includes(undefined)) return
    this.numbers.set(result.id, apply(node.op, operands as Quantity[]))
  }

  private of(id: ValueId): ReadonlySet<Loop> {
    return this.moving.get(id) ?? STILL
  }

  private union(ids: readonly ValueId[]): ReadonlySet<Loop> {
    return new Set(ids.flatMap((id) => [...this.of(id)]))
  }
}

const walksBits = ({ regions }: Node): boolean => regions.some(({ nodes }) => nodes.some(({ op }) => op === 'ctz'))

const ARITHMETIC: ReadonlySet<string> = new Set(['add', 'sub', 'mul', 'shr', 'floordiv', 'min', 'max', 'convert'])
