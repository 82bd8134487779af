/**
 * What a kernel is around its body: its parameters, the names of its variables, and where its buffers and rows of scratch are. Of a
 * kernel that teams run there is a template over the size of a team and the chunks of rows in registers, and entry points for its
 * variants.
 */
import { dtypeBytes } from '../../abi/dtype.ts'
import { cudaEntryName, teamVariants, THREAD_BLOCK, variantName, vectorWidth, type CudaBuffer } from '../../abi/cuda-teams.ts'
import { CompilerBug } from '../../compiler/diagnostics/bug.ts'
import type { Func, FuncParam, Node, ValueId } from '../../compiler/ir/node.ts'
import type { BufferType } from '../../compiler/ir/types.ts'
import { blockNodes } from '../../compiler/ir/walk.ts'
import { machineNumber } from '../machine-number.ts'
import type { Names } from '../source/names.ts'
import { listsBest, loopsOfLists, onlyListed } from './listed.ts'
import { cudaType, storedType } from './types.ts'

export interface BufferPlace {
  readonly type: BufferType
  /** What holds its elements in the kernel: a pointer, or a row of lanes. */
  readonly variable: string
  /** Of scratch: the parameters for the rows of all workers, and the elements of each. */
  readonly rows: string
  readonly length: string
  /** Of keys that are selected from: the row that knows the best of them; `kind`: its template, and the first arguments of that. */
  readonly keys: { readonly variable: string; readonly kind: string } | null
}

/** What teams do together, each with what its length is among its operands. */
const LENGTHS: Readonly<Record<string, number>> = { half_keys: 3, keep_best: 1, compact: 3, store_bits: 2 }

/** Blocks of a multiprocessor of a kernel whose threads load neighbours in loops. */
const LOADING_BLOCKS = 4
/** Orders and formats of 16-bit floats that keys are made of. */
const ORDERS: Readonly<Record<string, string>> = { value: 'ByValue', negative: 'ByNegative', size: 'BySize' }
const FORMATS: Readonly<Record<string, string>> = { f16: 'Half', bf16: 'Bfloat' }

const inScratch = ({ access }: BufferType): boolean => access === 'scratch' || access === 'lane'

/** Scratch that packed rows are copied to: the variable that knows about it, and the buffer that their values come from. */
export interface FetchedPlace {
  readonly variable: string
  readonly values: BufferPlace
}

export class Frame {
  readonly func: Func
  readonly entry: string
  readonly points: Node
  readonly team: boolean
  /** Neighbouring iterations that go to one thread. */
  readonly width: 4 | 8
  /** Most values that a team combines or hands on at once. */
  readonly values: number
  /** Bytes of the widest elements that are compacted; 0: none are. */
  readonly compactBytes: number
  /** What lists positions of the best of a row, each with the name of its list; the loops that read one; and the rows that only they ask. */
  readonly lists: ReadonlyMap<Node, string>
  readonly loopsOfLists: ReadonlyMap<Node, Node>
  readonly onlyListed: ReadonlySet<ValueId>
  /** Those that the kernel does not use yet. */
  readonly names: Names
  readonly buffers = new Map<ValueId, BufferPlace>()
  private readonly scalars = new Map<ValueId, string>()
  private readonly aligned = new Set<string>()
  private readonly places = new Map<ValueId, FetchedPlace>()

  constructor(func: Func, names: Names) {
    this.func = func
    this.names = names
    this.entry = cudaEntryName(func.name, null)
    this.points = pointsOf(func)
    this.team = this.points.attrs.team === true
    this.width = vectorWidth(this.cudaBuffers())
    const nodes = [...blockNodes(func.body)]
    const keys = keyKinds(nodes, func)
    this.values = Math.max(1, ...nodes.map(valuesOf))
    for (const param of func.params) this.place(param, names, keys.get(param.id))
    for (const { op, operands } of nodes) {
      const [scratch, values] = [operands[0] as ValueId, operands[4] as ValueId]
      if (op === 'fetch' && !this.places.has(scratch))
        this.places.set(scratch, { variable: names.fresh('fetched'), values: this.buffer(values) })
    }
    const lists = nodes.filter((node) => listsBest(node, nodes) && this.buffer(node.operands[0]!).type.dtype === 'i32')
    this.lists = new Map(lists.map((node) => [node, names.fresh('listed')]))
    this.loopsOfLists = loopsOfLists(func, lists)
    this.onlyListed = onlyListed(nodes, lists)
    this.compactBytes = Math.max(
      0,
      ...nodes.flatMap(({ op, operands }) =>
        op === 'compact' ? [dtypeBytes(this.buffer(operands[0] as ValueId).type.dtype)] : [],
      ),
    )
  }

  private place({ id, name, type }: FuncParam, names: Names, kind: string | undefined): void {
    if (type.kind === 'buffer') {
      const variable = names.fresh(name)
      const own = inScratch(type)
      this.buffers.set(id, {
        type,
        variable,
        rows: own ? names.fresh(`${variable}_rows`) : variable,
        length: own ? names.fresh(`${variable}_length`) : '',
        keys: kind === undefined ? null : { variable: type.access === 'lane' ? variable : names.fresh(`${variable}_keys`), kind },
      })
    } else if (type.kind === 'machine' && type.lanes === 1) this.scalars.set(id, names.fresh(name))
    else throw new CompilerBug(`a ${type.kind} parameter reached a kernel`, { pass: 'emit cuda' })
  }

  cudaBuffers(): readonly CudaBuffer[] {
    return this.func.params.flatMap(({ type }): readonly CudaBuffer[] => {
      if (type.kind !== 'buffer') return []
      return [{ dtype: type.dtype, access: type.access === 'write' ? 'readwrite' : type.access }]
    })
  }

  buffer(id: ValueId): BufferPlace {
    const place = this.buffers.get(id)
    if (place === undefined) throw new CompilerBug(`%${id} is not a buffer`, { pass: 'emit cuda' })
    return place
  }

  /** Whether packed rows are copied to scratch. */
  fetches(): boolean {
    return this.places.size > 0
  }

  fetched(scratch: ValueId): FetchedPlace {
    const place = this.places.get(scratch)
    if (place === undefined) throw new CompilerBug(`nothing is fetched to %${scratch}`, { pass: 'emit cuda' })
    return place
  }

  /** The name that a parameter has in the body. */
  variable(id: ValueId): string {
    return this.scalars.get(id) ?? this.buffer(id).variable
  }

  /** Conditions under which neighbours that a thread loads one after the other begin where they can be loaded at once. */
  alignedWhere(...conditions: readonly string[]): void {
    for (const condition of conditions) this.aligned.add(condition)
  }

  hasAlignedForm(): boolean {
    return this.aligned.size > 0
  }

  /** How many threads of a block work on one point together, and combine what they found; null: each on its own. */
  sharers(): number | null {
    const nodes = [...blockNodes(this.func.body)]
    if (!nodes.some(({ op }) => op === 'join_points')) return null
    const first = nodes.find(({ results }) => results.some(({ id }) => id === this.points.operands[0]))
    return machineNumber(first?.attrs.value ?? 1, 'emit cuda')
  }

  /** Rows that are memory in every variant. */
  hasScratch(): boolean {
    return [...this.buffers.values()].some(({ type }) => type.access === 'scratch')
  }

  /** Whether its teams search in one row, and have no loops of their own. */
  private selects(): boolean {
    const nodes = [...blockNodes(this.points.regions[0]!)]
    const rows = [...this.buffers.values()].filter(({ type }) => type.access === 'lane')
    return rows.length === 1 && nodes.some(({ op }) => op === 'threshold' || op === 'keep_best') && !nodes.some(isTeamLoop)
  }

  /**
   * Small teams that select wait for memory most of the time, unless there are many; rows of halves leave room for more of them. So do
   * teams that wait for rows which are copied.
   */
  private smallBlocks(): number {
    if (this.fetches()) return 4
    const kinds = [...this.buffers.values()].flatMap(({ keys }) => (keys === null ? [] : [keys.kind]))
    if (kinds.length === 0 || [...blockNodes(this.points.regions[0]!)].some(isTeamLoop)) return 0
    return kinds.includes(KEYS) || kinds.includes(FLOAT_KEYS) ? 6 : 9
  }

  /**
   * Whether the teams of a warp can do the same at the same time, on the same point too: they select, in straight code, from rows of one
   * length, and read nothing that the kernel stores.
   */
  isTogether(): boolean {
    const body = this.points.regions[0]!
    const inside = new Set(body.nodes.flatMap(({ results }) => results.map(({ id }) => id)))
    const isMet = ({ op, operands, regions }: Node): boolean => {
      const length = LENGTHS[op]
      return length === undefined ? regions.length === 0 || op === 'lanes' : !inside.has(operands[length] as ValueId)
    }
    return (
      this.team &&
      !this.hasScratch() &&
      body.nodes.some(({ op }) => op === 'keep_best') &&
      body.nodes.every(isMet) &&
      ![...blockNodes(body)].some((node) => this.meetsOthers(node))
    )
  }

  private meetsOthers({ op, operands }: Node): boolean {
    if (op === 'load' || op === 'load_raw') return this.buffer(operands[0] as ValueId).type.access === 'readwrite'
    return op === 'atomic' || op === 'threshold' || op === 'barrier'
  }

  private hasRows(): boolean {
    return [...this.buffers.values()].some(({ type }) => inScratch(type))
  }

  /** The kernel with its body, which is indented by two levels; and, for teams, its variants. */
  text(body: string): string {
    return this.team ? this.teamText(body) : this.threadText(body)
  }

  private parameters(): readonly { readonly declared: string; readonly passed: string }[] {
    const own = this.func.params.flatMap(({ id, type }) => {
      if (type.kind !== 'buffer')
        return [{ declared: `${type.kind === 'machine' && type.dtype !== 'bool' ? cudaType(type.dtype) : 'int'} ${this.variable(id)}`, passed: this.variable(id) }] // prettier-ignore
      const { rows, length } = this.buffer(id)
      if (inScratch(type))
        return [
          { declared: `u32 *${rows}`, passed: rows },
          { declared: `int ${length}`, passed: length },
        ]
      const stored = storedType(type.dtype)
      // Of what is stored, other threads see to it as well: with __restrict__ a compiler may move its loads over a barrier.
      return [{ declared: type.access === 'read' ? `const ${stored} *__restrict__ ${rows}` : `${stored} *${rows}`, passed: rows }] // prettier-ignore
    })
    const last = this.team ? ['points', 'shared_words'] : ['points']
    return [...own, ...last.map((name) => ({ declared: `int ${name}`, passed: name }))]
  }

  private threadText(body: string): string {
    const scratch = [...this.buffers.values()]
      .filter(({ type }) => inScratch(type))
      .flatMap(({ variable, rows, length }) => [`  u32 *const ${variable} = ${rows} + worker;`, `  (void)${length};`])
    const { entry } = this
    const parameters = this.parameters()
    const [declared, passed] = [parameters.map((one) => one.declared), parameters.map((one) => one.passed)]
    const numbers = [
      `  const u32 worker = blockIdx.x * ${THREAD_BLOCK} + threadIdx.x;`,
      `  const u32 workers = gridDim.x * ${THREAD_BLOCK};`,
    ]
    const isNumbered = this.sharers() === null || this.hasRows()
    const text = `
${[...(isNumbered ? numbers : []), ...scratch, body].join('\n')}
}`
    // Threads that load neighbours in loops are few: registers are for many loads under way, not for more threads.
    const bounds = this.aligned.size > 0 ? `${THREAD_BLOCK}, ${LOADING_BLOCKS}` : THREAD_BLOCK
    const kernel = `ESPALIER_KERNEL void __launch_bounds__(${bounds})
${entry}(${joined(declared, '    ')}) {`
    const call = (isAligned: boolean): string => `${entry}__threads<${isAligned}>(${joined(passed, '        ')});`
    const forms = `template <bool ALIGNED>
__device__ __forceinline__ void ${entry}__threads(
    ${joined(declared, '    ')}) {${text}

${kernel}
  if (${[...this.aligned].join(' && ')}) ${call(true)}
  else ${call(false)}
}`
    return `#if !defined(ESPALIER_ONLY) || defined(ESPALIER_${entry})
${this.aligned.size > 0 ? forms : `${kernel}${text}`}
#endif`
  }

  private teamText(body: string): string {
    const { entry } = this
    const parameters = this.parameters()
    const names = parameters.map(({ declared }) => declared)
    const shared = this.sharedMemory()
    const one = `ESPALIER_${entry}`
    const call = (place: boolean | null): string =>
      `${entry}<ESPALIER_##V${place === null ? '' : `, ${place}`}>(${joined([...shared.map(({ name }) => name), ...parameters.map(({ passed }) => passed)], '        ', ' \\')});`
    const calls = this.hasRows()
      ? [
          `if (${this.hasScratch() ? '' : 'Variant<ESPALIER_##V>::chunks == 0 && '}shared_words > 0) ${call(true)}`,
          `else ${call(false)}`,
        ]
      : [call(null)]
    const variants = teamVariants(this.cudaBuffers())
    return `template <int T, int C${this.hasRows() ? ', bool S' : ''}>
__device__ __forceinline__ void ${entry}(${joined([...shared.map(({ pointer }) => pointer), ...names], '    ')}) {
${[...this.teamHead(), body].join('\n')}
}

#define ${one}(V) \\
  ESPALIER_KERNEL void __launch_bounds__(Variant<ESPALIER_##V>::block, Variant<ESPALIER_##V>::least_blocks(${this.selects()}, ${this.smallBlocks()})) \\
  ${entry}__##V( \\
      ${joined(names, '      ', ' \\')}) { \\
${[...shared.map(({ declared }) => `__shared__ ${declared};`), ...calls].map((line) => `    ${line} \\`).join('\n')}
  }
#ifndef ESPALIER_ONLY
${variants.map((variant) => `${one}(${variantName(variant)})`).join('\n')}
#endif`
  }

  /** What a block shares besides scratch: for values that warps exchange, and for values that are compacted. */
  private sharedMemory(): readonly { readonly name: string; readonly pointer: string; readonly declared: string }[] {
    const words = {
      name: 'words',
      pointer: 'u64 *words',
      declared: `u64 words[2 * ${this.values} * Variant<ESPALIER_##V>::warps]`,
    }
    const bytes = this.width * this.compactBytes
    const compacts = [...blockNodes(this.func.body)].filter(({ op }) => op === 'compact')
    const room = compacts.every((node) => this.lists.has(node)) ? 'list_bytes' : 'stage_bytes'
    const stage = {
      name: 'stage',
      pointer: 'uint4 *stage',
      declared: `uint4 stage[Variant<ESPALIER_##V>::${room}(${bytes}) / 16]`,
    }
    return this.compactBytes === 0 ? [words] : [words, stage]
  }

  private teamHead(): readonly string[] {
    const rows = [...this.buffers.values()].filter(({ type }) => inScratch(type))
    const places = rows.map(({ type, variable, rows: all, length }) =>
      type.access === 'lane'
        ? `  u32 *const ${variable}_row = C > 0 ? nullptr : rows.next(${all}, ${length});`
        : `  u32 *const ${variable} = rows.next(${all}, ${length});`,
    )
    const fetched = [...this.places].map(([id, { variable, values }]) => {
      const scratch = this.buffer(id)
      return `  FetchedRows<S, ${storedType(values.type.dtype)}> ${variable}(${scratch.variable}, ${scratch.length});`
    })
    return [
      `  Team<T> team(words, ${this.values}${this.isTogether() ? ', true' : ''});`,
      ...(places.length === 0
        ? ['  (void)shared_words;']
        : ['  ScratchRows<S> rows(team.worker, threadIdx.x / T * shared_words);', ...places]),
      ...fetched,
    ]
  }
}

/** A loop in which a team does something together. */
const isTeamLoop = ({ op, regions }: Node): boolean =>
  (op === 'for' || op === 'while') && regions.some((region) => [...blockNodes(region)].some((inner) => inner.op === 'lanes'))

/** Rows of keys that are integers, and bits of floats. */
const KEYS = 'Keys<'
const FLOAT_KEYS = 'FloatKeys<'

/** Rows of lanes, and rows of keys that are selected from, which are made at each point. */
export const rowDeclarations = (frame: Frame): readonly string[] =>
  [...frame.buffers.values()].flatMap(({ type, variable, keys }) => {
    const isLane = type.access === 'lane'
    const sizes = `${isLane ? 'C' : '0'}, ${frame.width}`
    const from = isLane ? `${variable}_row` : variable
    if (keys === null) return isLane ? [`Row<${sizes}> ${variable}(${from});`] : []
    return [`${keys.kind}T, ${sizes}> ${keys.variable}(${from});`]
  })

/** Of rows that are selected from. */
function keyKinds(nodes: readonly Node[], func: Func): ReadonlyMap<ValueId, string> {
  const kindOf = (keys: ValueId): string => {
    const made = nodes.find(({ op, operands }) => op === 'half_keys' && operands[0] === keys)
    const x = func.params.find(({ id }) => id === made?.operands[1])?.type
    if (nodes.some(({ op, operands, attrs }) => op === 'keep_best' && operands[0] === keys && attrs.floats === true))
      return FLOAT_KEYS
    return made === undefined || x?.kind !== 'buffer'
      ? KEYS
      : `HalfKeys<${ORDERS[String(made.attrs.order)]}, ${FORMATS[x.dtype]}, `
  }
  return new Map(nodes.flatMap(({ op, operands: [keys] }) => (op === 'keep_best' ? [[keys!, kindOf(keys!)] as const] : [])))
}

/** Words that warps exchange for an op: of compaction the counts of up to eight chunks, two in each; of a search 64 keys, of four warps. */
function valuesOf({ op, results }: Node): number {
  if (op === 'compact') return 4
  if (op === 'threshold' || op === 'keep_best') return 8
  return op === 'lanes' || op === 'once' ? results.length : 0
}

function pointsOf(func: Func): Node {
  const last = func.body.nodes.at(-1)
  if (last?.op !== 'points') throw new CompilerBug(`kernel ${func.name} does not end in points`, { pass: 'emit cuda' })
  return last
}

const LINE = 120

/** A list with commas, over as many lines as it needs. */
function joined(parts: readonly string[], indent: string, end = ''): string {
  const lines: string[] = []
  let line = ''
  for (const [i, part] of parts.entries()) {
    const text = i < parts.length - 1 ? `${part},` : part
    if (line !== '' && line.length + text.length + indent.length > LINE) {
      lines.push(line)
      line = ''
    }
    line = line === '' ? text : `${line} ${text}`
  }
  return [...lines, line].join(`${end}\n${indent}`)
}
