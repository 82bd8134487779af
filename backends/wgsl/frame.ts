/**
 * What a kernel is around its body: its parameters in bindings and uniform words, the names of their variables, and how elements of
 * its buffers are reached. Each buffer that is stored to in parts of words, and scratch, gets functions of its own, because WGSL
 * passes no pointers to storage.
 */
import { dtypeBytes } from '../../abi/dtype.ts'
import { CompilerBug } from '../../compiler/diagnostics/bug.ts'
import {
  entryPointName,
  gridBindings,
  localWordsName,
  POINTS_WORD,
  WORKERS_WORD,
  type GridBindings,
  type GridParam,
} from '../../abi/grid-bindings.ts'
import type { Block, Func, FuncParam, Node, ValueId } from '../../compiler/ir/node.ts'
import type { BufferType, MachineType } from '../../compiler/ir/types.ts'
import { blockNodes } from '../../compiler/ir/walk.ts'
import type { Names } from '../source/names.ts'
import { wrapped, type Expr } from '../source/text.ts'
import type { HalfKeys } from './prelude/lane-selection.ts'
import type { TeamForm } from './team-form.ts'

export interface BufferPlace {
  readonly type: BufferType
  /** The variable of its binding; of scratch, the names of its functions. */
  readonly variable: string
  /** What one array element of the binding holds. */
  readonly element: 'f32' | 'i32' | 'u32'
  readonly atomic: boolean
  /** A name in the kernel: its first word. */
  readonly start: string
  /** Of scratch: a name for the word behind it, where scratch is in workgroup memory. */
  readonly next: string
  /** Stores parts of words, in steps no other thread can come between. */
  readonly storeFunction: string
  /** Of a buffer with narrow elements: gives the words of neighbours. */
  readonly chunkFunction: string
  /** Of keys that are selected from: the variable that says which are the best. */
  readonly best: string
}

export class Frame {
  readonly func: Func
  readonly entry: string
  readonly points: Node
  readonly team: boolean
  readonly bindings: GridBindings
  readonly words: string
  readonly scratch: string
  readonly buffers = new Map<ValueId, BufferPlace>()
  /** Null: teams are workgroups, with rows in memory. */
  readonly form: TeamForm | null
  private readonly atomics: ReadonlySet<ValueId>
  private readonly selected: ReadonlySet<ValueId>
  private readonly asked: ReadonlySet<ValueId>
  private readonly stageName: string

  constructor(func: Func, names: Names, form: TeamForm | null) {
    this.func = func
    this.form = form
    this.entry = entryPointName(func.name)
    this.points = pointsOf(func)
    this.team = this.points.attrs.team === true
    this.atomics = atomicBuffers(func)
    this.selected = new Set([...blockNodes(func.body)].flatMap(({ op, operands }) => (op === 'keep_best' ? [operands[0]!] : [])))
    this.asked = askedByOthers(func)
    this.bindings = gridBindings(func.params.map(gridParam))
    this.words = names.fresh(`${this.entry}_words`)
    this.scratch = names.fresh(`${this.entry}_scratch`)
    this.stageName = names.fresh(`${this.entry}_stage`)
    const variables = this.bindings.storage.map(({ access, params }) => {
      if (access === 'scratch') return this.scratch
      const [first] = params
      return names.fresh(`${this.entry}_${params.length > 1 ? `shared_${access}` : func.params[first as number]?.name}`)
    })
    func.params.forEach((param, i) => this.place(param, i, variables, names))
  }

  private place(param: FuncParam, index: number, variables: readonly string[], names: Names): void {
    const { type } = param
    const binding = this.bindings.storage.find(({ params }) => params.includes(index))
    if (type.kind !== 'buffer' || binding === undefined) return
    const alone = binding.params.length === 1 && binding.access !== 'scratch'
    const atomic = binding.params.some((i) => this.isAtomic(this.func.params[i] as FuncParam))
    const own = type.dtype === 'f32' || type.dtype === 'i32' ? type.dtype : 'u32'
    this.buffers.set(param.id, {
      type,
      variable: type.access === 'lane' ? names.fresh(`${param.name}_row`) : (variables[binding.binding - 1] as string),
      element: alone && !(atomic && own === 'f32') ? own : 'u32',
      atomic,
      start: names.fresh(`${param.name}_start`),
      next: names.fresh(`${param.name}_next`),
      storeFunction: names.fresh(`${this.entry}_store_${param.name}`),
      chunkFunction: names.fresh(`${this.entry}_chunk_${param.name}`),
      best: names.fresh(`${param.name}_best`),
    })
  }

  /** Its words may be changed by several threads at the same time. */
  private readonly isAtomic = ({ id }: FuncParam): boolean => this.atomics.has(id)

  /** A word of the uniform block. */
  word(index: number): string {
    return `${this.words}[${index >> 2}].${'xyzw'[index & 3]}`
  }
  readonly workers = (): string => this.word(WORKERS_WORD)
  readonly pointCount = (): string => this.word(POINTS_WORD)

  buffer(id: ValueId): BufferPlace {
    const place = this.buffers.get(id)
    if (place === undefined) throw new CompilerBug(`%${id} is not a buffer`, { pass: 'emit wgsl' })
    return place
  }

  /** Neighbouring iterations of a lane. */
  get width(): 4 | 8 {
    return this.form?.width ?? 4
  }

  /** The first of the neighbours that a thread has in a chunk: lanes take turns, threads of a workgroup have theirs together. */
  firstOf(chunk: string): string {
    return this.form?.kind === 'group'
      ? `(thread * CHUNKS + ${chunk}) * ${this.width}u`
      : `(${chunk} * TEAM + lane) * ${this.width}u`
  }

  /** Workgroup memory for what teams of lanes compact. */
  stage(): string {
    return this.stageName
  }

  /** What is there for every point: rows in registers, of which a lane has its part, and what is the best of keys. */
  rowDeclarations(): readonly string[] {
    return [...this.buffers].flatMap(([id, { type, variable, best }]) => [
      ...(type.access === 'lane' ? [`var ${variable}: ${this.rowType(id)};`] : []),
      ...(this.selected.has(id) ? [`var ${best}: ${this.form === null ? 'i32 = 0i' : 'u32 = 0u'};`] : []),
    ])
  }

  /** Whether threads ask what is the best of a row for elements that are not their own. */
  readonly isAsked = (id: ValueId): boolean => this.asked.has(id)

  /** Workgroup memory for what is the best of a row, where that is so: for each thread what it has. */
  shared(place: BufferPlace): string {
    return `${this.entry}_${place.best}`
  }

  /** What makes the keys of a row of 16-bit floats, which it holds two in a word; null: a key is a word. */
  halvesMade(id: ValueId): Node | null {
    return [...blockNodes(this.func.body)].find(({ op, operands }) => op === 'half_keys' && operands[0] === id) ?? null
  }

  /** Which these are, and how they order. */
  halfKeys(id: ValueId): HalfKeys | null {
    const made = this.halvesMade(id)
    const dtype = made === null ? undefined : this.buffer(made.operands[1]!).type.dtype
    if (dtype !== 'f16' && dtype !== 'bf16') return null
    return { dtype, order: String(made!.attrs.order) as HalfKeys['order'] }
  }

  private rowType(id: ValueId): string {
    return this.halfKeys(id) === null ? `array<u32, CHUNKS * ${this.width}u>` : 'array<vec4<u32>, CHUNKS>'
  }

  hasScratch(): boolean {
    return this.func.params.some(({ type }) => type.kind === 'buffer' && type.access === 'scratch')
  }

  /** Scalars and the starts of buffers as names in the kernel, with what they are; in order, for each may use those before. */
  locals(scalar: (param: FuncParam) => string): readonly Local[] {
    let before = '0u'
    return this.func.params.flatMap((param, i): readonly Local[] => {
      const word = this.bindings.slots[i]?.word as number
      const { type, id } = param
      if (type.kind === 'machine')
        return [{ name: scalar(param), value: scalarValue(type, this.word(word), this.word(word + 1)) }]
      const { start, next } = this.buffer(id)
      if (type.kind === 'buffer' && type.access === 'lane') return []
      if (type.kind !== 'buffer' || type.access !== 'scratch') return [{ name: start, value: this.word(word) }]
      const length = this.word(word + 1)
      if (!this.team) return [{ name: start, value: `${this.word(word)} + worker` }]
      const value = `select(${this.word(word)} + worker * ${length}, ${before}, ${localWordsName(this.func.name)} > 1u)`
      const end = { name: next, value: before === '0u' ? length : `${before} + ${length}` }
      before = end.name
      return [{ name: start, value }, end]
    })
  }
}

export interface Local {
  readonly name: string
  readonly value: string
}

function pointsOf(func: Func): Node {
  const last = func.body.nodes.at(-1)
  if (last?.op !== 'points') throw new CompilerBug(`kernel ${func.name} does not end in points`, { pass: 'emit wgsl' })
  return last
}

function gridParam({ type }: FuncParam): GridParam {
  if (type.kind === 'buffer') return type.access === 'write' ? 'readwrite' : type.access
  if (type.kind === 'machine' && type.dtype !== 'i64' && type.lanes === 1) return type.dtype
  throw new CompilerBug(`a ${type.kind} parameter reached a kernel`, { pass: 'emit wgsl' })
}

function scalarValue(type: MachineType, word: string, next: string): string {
  switch (type.dtype) {
    case 'f64':
      return `double(${word}, ${next})`
    case 'bool':
      return `${word} != 0u`
    case 'u32':
      return word
    default:
      return `bitcast<${type.dtype}>(${word})`
  }
}

/** Buffers that threads combine values in, or store parts of words to. */
function atomicBuffers(func: Func): ReadonlySet<ValueId> {
  const types = new Map(func.params.map(({ id, type }) => [id, type]))
  const inParts = (id: ValueId): boolean => {
    const type = types.get(id)
    return type?.kind === 'buffer' && type.access !== 'scratch' && dtypeBytes(type.dtype) < 4
  }
  const changes = ({ op, operands }: Node): readonly ValueId[] => {
    const [buffer] = operands
    if (buffer === undefined) return []
    const partly = (op === 'store' || op === 'store_raw' || op === 'compact') && inParts(buffer)
    return op === 'atomic' || partly ? [buffer] : []
  }
  return new Set([...blockNodes(func.body)].flatMap(changes))
}

/** The word of a buffer that element `at` (u32) is in, as an index into its binding. */
export function wordIndex(frame: Frame, place: BufferPlace, at: Expr): string {
  if (place.type.access === 'scratch')
    return frame.team ? `${place.start} + ${wrapped(at)}` : `${place.start} + ${wrapped(at)} * workers`
  const shift = { 4: 0, 2: 1, 1: 2 }[dtypeBytes(place.type.dtype)]
  return shift === 0 ? `${place.start} + ${wrapped(at)}` : `${place.start} + (${wrapped(at)} >> ${shift}u)`
}

/** Rows of keys of which something is asked outside of the loops that have their elements. */
function askedByOthers(func: Func): ReadonlySet<ValueId> {
  const ends = new Map(
    [...blockNodes(func.body)].flatMap(({ op, operands }) => (op === 'keep_best' ? [[operands[0]!, operands[1]!] as const] : [])),
  )
  const asked = new Set<ValueId>()
  const visit = (block: Block, loop: { readonly index: ValueId; readonly end: ValueId } | null): void => {
    for (const { op, operands, regions } of block.nodes) {
      const [keys, index] = operands
      if (op === 'is_best' && (loop?.index !== index || loop?.end !== ends.get(keys!))) asked.add(keys!)
      const end = { lanes: 1, tally: 1, compact: 3, store_bits: 2 }[op]
      for (const region of regions)
        visit(region, end === undefined || loop !== null ? loop : { index: region.params[0]!.id, end: operands[end]! })
    }
  }
  visit(func.body, null)
  return asked
}
