/**
 * Builds the body of one kernel. A pure value is placed in the outermost open loop that has all its operands, so loop
 * invariants are hoisted by construction, and equal values in the same scope are one value. Loads from buffers that the
 * kernel only reads count as pure; everything that touches other memory stays where it is written.
 */
import { isProblem, hasTrait, type OpDef } from '../../ir/op.ts'
import type { Attrs, Block, BlockParam, Node, ValueId } from '../../ir/node.ts'
import { machine, type BufferType, type DType, type MachineDType, type MachineType, type Type } from '../../ir/types.ts'
import type { Span } from '../../diagnostics/span.ts'
import { readsFirst } from './reads-first.ts'

interface Scope {
  readonly nodes: Node[]
  readonly known: Map<string, ValueId>
  readonly memo: Map<string, ValueId>
}

export type Combine = 'sum' | 'max' | 'min' | 'and' | 'or' | 'none'

export class KernelBuilder {
  private readonly ops: Readonly<Record<string, OpDef>>
  private readonly types: Type[] = []
  private readonly depths: number[] = []
  private readonly constants = new Map<ValueId, number>()
  private readonly scopes: Scope[] = [newScope()]
  readonly params: BlockParam[] = []
  private readonly span: Span | null
  private lanesOpen = 0
  /** Loads are placed at this depth of loops and branches or deeper. */
  private loadFloor = 0

  constructor(ops: Readonly<Record<string, OpDef>>, span: Span | null) {
    this.ops = ops
    this.span = span
  }

  // --- values

  param(name: string, type: Type): ValueId {
    const id = this.fresh(type, 0)
    this.params.push({ id, type, name })
    return id
  }

  typeOf(id: ValueId): Type {
    const type = this.types[id]
    if (type === undefined) throw new Error(`value %${id} is not defined in this kernel`)
    return type
  }

  machineType(id: ValueId): MachineType {
    const type = this.typeOf(id)
    if (type.kind !== 'machine') throw new Error(`%${id} is not a machine value`)
    return type
  }

  dtype(id: ValueId): MachineDType {
    return this.machineType(id).dtype
  }

  constant(value: number | 'inf' | '-inf' | 'nan', dtype: MachineDType): ValueId {
    const id = this.op('constant', [], { value, dtype, lanes: 1 })
    if (typeof value === 'number') this.constants.set(id, value)
    return id
  }

  i32 = (value: number): ValueId => this.constant(value, 'i32')
  f32 = (value: number | 'inf' | '-inf' | 'nan'): ValueId => this.constant(value, 'f32')

  /** The number behind a constant, if it is one. */
  known(id: ValueId): number | undefined {
    return this.constants.get(id)
  }

  /** How deep in the open loops a value lives; 0 is the kernel body. */
  depthOf(id: ValueId): number {
    return this.depths[id] ?? 0
  }

  get depth(): number {
    return this.scopes.length - 1
  }

  // --- nodes

  op(name: string, operands: readonly ValueId[], attrs: Attrs = {}): ValueId {
    const folded = this.fold(name, operands)
    if (folded !== null) return folded
    const def = this.def(name)
    if (!hasTrait(def, 'pure')) throw new Error(`${name} is not pure`)
    return this.placePure(name, operands, attrs)
  }

  /** A load from memory that nothing in this kernel writes: hoisted and shared like any pure value. */
  loadInvariant(buffer: ValueId, index: ValueId, raw = false): ValueId {
    return this.placePure(raw ? 'load_raw' : 'load', [buffer, index], { lanes: 1 }, this.loadFloor)
  }

  /** An element of a bitmap row in memory that nothing in this kernel writes. */
  keptAt(words: ValueId, first: ValueId, values: ValueId, start: ValueId, index: ValueId): ValueId {
    return this.placePure('kept_at', [words, first, values, start, index], {}, this.loadFloor)
  }

  /** Until what was fetched last is there. */
  await(scratch: ValueId): void {
    this.effect('await', [scratch])
  }

  /** An element of a row that was fetched, which is there until the open block ends. */
  fetchedAt(scratch: ValueId, dtype: DType, word: ValueId, index: ValueId): ValueId {
    return this.placePure('fetched_at', [scratch, word, index], { dtype }, this.depth)
  }

  load(buffer: ValueId, index: ValueId, lanes = 1): ValueId {
    return this.effect('load', [buffer, index], { lanes })[0]!
  }

  loadRaw(buffer: ValueId, index: ValueId): ValueId {
    return this.effect('load_raw', [buffer, index], { lanes: 1 })[0]!
  }

  atomicAdd(buffer: ValueId, index: ValueId, value: ValueId): void {
    this.effect('atomic', [buffer, index, value], { kind: 'add' })
  }

  atomicOr(buffer: ValueId, index: ValueId, value: ValueId): void {
    this.effect('atomic', [buffer, index, value], { kind: 'or' })
  }

  store(buffer: ValueId, index: ValueId, value: ValueId): void {
    this.effect('store', [buffer, index, value])
  }

  storeRaw(buffer: ValueId, index: ValueId, value: ValueId): void {
    this.effect('store_raw', [buffer, index, value])
  }

  convert(value: ValueId, to: MachineDType): ValueId {
    if (this.dtype(value) === to) return value
    const known = this.known(value)
    if (known !== undefined && to !== 'bool' && (Number.isInteger(known) || to === 'f32')) return this.constant(known, to)
    return this.op('convert', [value], { to })
  }

  // --- control

  for(
    lo: ValueId,
    hi: ValueId,
    init: readonly ValueId[],
    body: (index: ValueId, carried: readonly ValueId[]) => readonly ValueId[],
    step = 1,
  ): readonly ValueId[] {
    const block = this.loopBlock(init, body)
    return this.effect('for', [lo, hi, ...init], { step }, [block])
  }

  /** A loop of few iterations, each of which reads all that it needs before it computes anything. */
  rolledFor(
    range: { readonly lo: ValueId; readonly hi: ValueId; readonly step: number },
    init: readonly ValueId[],
    body: (index: ValueId, carried: readonly ValueId[]) => readonly ValueId[],
  ): readonly ValueId[] {
    const block = readsFirst(this.loopBlock(init, body))
    return this.effect('for', [range.lo, range.hi, ...init], { step: range.step, rolled: true }, [block])
  }

  lanes(
    lo: ValueId,
    hi: ValueId,
    init: readonly ValueId[],
    combine: readonly Combine[],
    body: (index: ValueId, carried: readonly ValueId[]) => readonly ValueId[],
  ): readonly ValueId[] {
    this.lanesOpen += 1
    const block = this.loopBlock(init, body)
    this.lanesOpen -= 1
    return this.effect('lanes', [lo, hi, ...init], { combine }, [block])
  }

  /** Effects that know how many indices before their own hold; gives how many do. */
  tally(
    lo: ValueId,
    hi: ValueId,
    holds: (index: ValueId) => ValueId,
    visit: (index: ValueId, holds: ValueId, before: ValueId) => void,
  ): ValueId {
    const test = this.spreadBlock([], (index) => [holds(index)])
    const body = this.spreadBlock([machine('bool'), machine('i32')], (index, [held, before]) => {
      visit(index, held!, before!)
      return []
    })
    return this.effect('tally', [lo, hi], {}, [test, body])[0]!
  }

  /** Stores the values that hold one behind the other; gives how many they are. */
  compact(
    to: { readonly buffer: ValueId; readonly start: ValueId; readonly raw: boolean },
    lo: ValueId,
    hi: ValueId,
    entry: (index: ValueId) => readonly [holds: ValueId, value: ValueId],
  ): ValueId {
    return this.effect('compact', [to.buffer, to.start, lo, hi], { raw: to.raw }, [this.spreadBlock([], entry)])[0]!
  }

  /** The threshold of the k best of a row of keys, and how many reach it. */
  threshold(keys: ValueId, n: ValueId, k: ValueId, low: ValueId, high: ValueId): readonly ValueId[] {
    return this.effect('threshold', [keys, n, k, low, high])
  }

  /** Keys of 16-bit floats from `start` on. */
  halfKeys(keys: ValueId, x: ValueId, start: ValueId, n: ValueId, order: 'value' | 'negative' | 'size'): void {
    this.effect('half_keys', [keys, x, start, n], { order })
  }

  /** Settles which of the first n keys are the k best; afterwards the row knows them. */
  keepBest(keys: ValueId, n: ValueId, k: ValueId, ties: 'first' | 'all', floats: boolean): void {
    this.effect('keep_best', [keys, n, k], floats ? { ties, floats } : { ties })
  }

  isBest(keys: ValueId, index: ValueId): ValueId {
    return this.effect('is_best', [keys, index])[0]!
  }

  /** A bit for each index below `hi`, and zeros up to a multiple of `width` bits. */
  storeBits(
    to: { readonly words: ValueId; readonly first: ValueId; readonly width: number },
    hi: ValueId,
    bit: (index: ValueId) => ValueId,
  ): void {
    this.effect('store_bits', [to.words, to.first, hi], { width: to.width }, [this.spreadBlock([], (index) => [bit(index)])])
  }

  /** A block of iterations that run side by side: over an index, with more parameters of these types. */
  spreadBlock(types: readonly Type[], body: (index: ValueId, rest: readonly ValueId[]) => readonly ValueId[]): Block {
    this.lanesOpen += 1
    const block = this.scoped((depth) => {
      const index = this.blockParam('i', machine('i32'), depth)
      const rest = types.map((type) => this.blockParam('c', type, depth))
      return {
        params: [index, ...rest],
        yields: () =>
          body(
            index.id,
            rest.map((param) => param.id),
          ),
      }
    })
    this.lanesOpen -= 1
    return block
  }

  /** Whether what is written now is one of many iterations that run side by side. */
  get sideBySide(): boolean {
    return this.lanesOpen > 0
  }

  /** Everything a kernel of many threads does. */
  points(extents: readonly ValueId[], team: boolean, body: (indices: readonly ValueId[]) => void): void {
    const block = this.scoped((depth) => {
      const params = extents.map(() => this.blockParam('i', machine('i32'), depth))
      return {
        params,
        yields: () => {
          body(params.map((param) => param.id))
          return []
        },
      }
    })
    this.effect('points', extents, { team }, [block])
  }

  /** What the points that differ in their first index alone have, as one. */
  joinPoints(value: ValueId, combine: 'sum' | 'max' | 'min'): ValueId {
    return this.effect('join_points', [value], { combine })[0]!
  }

  while(
    init: readonly ValueId[],
    condition: (carried: readonly ValueId[]) => ValueId,
    body: (carried: readonly ValueId[]) => readonly ValueId[],
  ): readonly ValueId[] {
    const test = this.scoped((depth) => {
      const params = init.map((id, i) => this.blockParam(`w${i}`, this.typeOf(id), depth))
      const ids = params.map((p) => p.id)
      return { params, yields: () => [condition(ids), ...ids] }
    })
    const run = this.scoped((depth) => {
      const params = init.map((id, i) => this.blockParam(`c${i}`, this.typeOf(id), depth))
      return { params, yields: () => body(params.map((p) => p.id)) }
    })
    return this.effect('while', init, {}, [test, run])
  }

  if(condition: ValueId, then: () => readonly ValueId[], otherwise: () => readonly ValueId[] = () => []): readonly ValueId[] {
    const first = this.scoped(() => ({ params: [], yields: then }))
    const second = this.scoped(() => ({ params: [], yields: otherwise }))
    const types = first.yields.map((id) => this.typeOf(id))
    return this.effect('if', [condition], { types: types as never }, [first, second])
  }

  /** A branch that guards what is read in it: no read of it is hoisted out. The other side is a constant. */
  guarded(condition: ValueId, then: () => ValueId, otherwise: ValueId): ValueId {
    return this.if(
      condition,
      this.unhoisted(() => [then()]),
      () => [otherwise],
    )[0]!
  }

  /** The same for effects: nothing is done where the condition does not hold. */
  guardedEffects(condition: ValueId, then: () => void): void {
    this.if(
      condition,
      this.unhoisted(() => {
        then()
        return []
      }),
    )
  }

  private unhoisted(then: () => readonly ValueId[]): () => readonly ValueId[] {
    return () => {
      const before = this.loadFloor
      this.loadFloor = this.depth
      const values = then()
      this.loadFloor = before
      return values
    }
  }

  // --- memo of callers, bound to the scope a value lives in

  remember(key: string, value: ValueId): ValueId {
    this.scopes[Math.min(this.depthOf(value), this.depth)]!.memo.set(key, value)
    return value
  }

  /** Remembers in the innermost scope: for values read from memory that later statements may change. */
  rememberHere(key: string, value: ValueId): ValueId {
    this.scopes[this.depth]!.memo.set(key, value)
    return value
  }

  recall(key: string): ValueId | undefined {
    for (let i = this.scopes.length - 1; i >= 0; i--) {
      const found = this.scopes[i]!.memo.get(key)
      if (found !== undefined) return found
    }
    return undefined
  }

  /** Forgets remembered values whose key `stale` accepts: after a store that they depended on. */
  forget(stale: (key: string) => boolean): void {
    for (const scope of this.scopes) for (const key of [...scope.memo.keys()]) if (stale(key)) scope.memo.delete(key)
  }

  finish(): Block {
    if (this.scopes.length !== 1) throw new Error('a loop is still open')
    return { params: this.params, nodes: this.scopes[0]!.nodes, yields: [] }
  }

  // --- inside

  private def(name: string): OpDef {
    const def = this.ops[name]
    if (def === undefined) throw new Error(`no op named ${name}`)
    return def
  }

  private fresh(type: Type, depth: number): ValueId {
    this.types.push(type)
    this.depths.push(depth)
    return this.types.length - 1
  }

  private blockParam(name: string, type: Type, depth: number): BlockParam {
    return { id: this.fresh(type, depth), type, name }
  }

  private loopBlock(init: readonly ValueId[], body: (index: ValueId, carried: readonly ValueId[]) => readonly ValueId[]): Block {
    return this.scoped((depth) => {
      const index = this.blockParam('i', machine('i32'), depth)
      const carried = init.map((id, i) => this.blockParam(`c${i}`, this.typeOf(id), depth))
      return {
        params: [index, ...carried],
        yields: () =>
          body(
            index.id,
            carried.map((p) => p.id),
          ),
      }
    })
  }

  private scoped(open: (depth: number) => { params: BlockParam[]; yields: () => readonly ValueId[] }): Block {
    this.scopes.push(newScope())
    const { params, yields } = open(this.depth)
    const results = [...yields()]
    const scope = this.scopes.pop()!
    return { params, nodes: scope.nodes, yields: results }
  }

  private placePure(name: string, operands: readonly ValueId[], attrs: Attrs, floor = 0): ValueId {
    const key = `${name}(${operands.join(',')})${JSON.stringify(attrs)}`
    for (let i = this.scopes.length - 1; i >= 0; i--) {
      const found = this.scopes[i]!.known.get(key)
      if (found !== undefined) return found
    }
    const depth = operands.reduce((deepest, id) => Math.max(deepest, this.depthOf(id)), floor)
    const scope = this.scopes[depth]
    if (scope === undefined) throw new Error(`${name} uses a value of a loop that is closed`)
    const node = this.node(name, operands, attrs, [], depth)
    scope.nodes.push(node)
    const id = node.results[0]!.id
    scope.known.set(key, id)
    return id
  }

  /** A node of what is no pure value, where it is written. */
  effect(name: string, operands: readonly ValueId[], attrs: Attrs = {}, regions: readonly Block[] = []): readonly ValueId[] {
    const node = this.node(name, operands, attrs, regions, this.depth)
    this.scopes[this.depth]!.nodes.push(node)
    return node.results.map((result) => result.id)
  }

  private node(name: string, operands: readonly ValueId[], attrs: Attrs, regions: readonly Block[], depth: number): Node {
    const inferred = this.def(name).infer(
      operands.map((id) => this.typeOf(id)),
      attrs,
      regions,
    )
    if (isProblem(inferred)) throw new Error(`${name}: ${inferred.problem}`)
    const results = inferred.map((type) => ({ id: this.fresh(type, depth), type }))
    return { op: name, operands, attrs, results, regions, span: this.span }
  }

  /** Exact integer and boolean identities that index arithmetic is full of. */
  private fold(name: string, operands: readonly ValueId[]): ValueId | null {
    const [x, y] = operands
    if (x === undefined || y === undefined || operands.length !== 2) return null
    const dtype = this.typeOf(x).kind === 'machine' ? this.dtype(x) : null
    if (dtype !== 'i32' && dtype !== 'u32') return null
    const a = this.known(x)
    const b = this.known(y)
    if (name === 'add') {
      if (a !== undefined && b !== undefined) return this.constant((a + b) | 0, dtype)
      if (a === 0) return y
      if (b === 0) return x
    }
    if (name === 'sub' && b === 0) return x
    if (name === 'mul') {
      if (a === 1) return y
      if (b === 1) return x
      if (a === 0 || b === 0) return this.constant(0, dtype)
    }
    return null
  }
}

const newScope = (): Scope => ({ nodes: [], known: new Map(), memo: new Map() })

export const buffer = (dtype: DType, access: BufferType['access']): BufferType => ({ kind: 'buffer', dtype, access })
