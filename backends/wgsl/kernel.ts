/**
 * One kernel as one entry point. A value that is computed from other values alone and used once, in the block that defines it,
 * becomes part of the expression that uses it; other values get a name. Memory is read and written in the order of the ops.
 */
import { CompilerBug } from '../../compiler/diagnostics/bug.ts'
import type { Block, Func, Node, Value, ValueId } from '../../compiler/ir/node.ts'
import type { MachineDType, Type } from '../../compiler/ir/types.ts'
import { typesOf, useCounts } from '../../compiler/ir/walk.ts'
import { isCoreOp, isGridOp, isTeamOp, type CoreOp, type GridOp, type TeamOp } from '../core.ts'
import { declarationsOf } from './declarations.ts'
import { Frame, type Local } from './frame.ts'
import type { Names } from '../source/names.ts'
import { scalarDType, type AtLane, type OpContext } from './ops/context.ts'
import { emittersOf } from './ops/table.ts'
import { uniformValue } from './ops/team.ts'
import { isName, named, TextWriter, wordsOf, type Expr } from '../source/text.ts'
import type { TeamForm } from './team-form.ts'
import { wgslType } from './types.ts'
import { uniformityOf, type Uniformity } from './uniformity.ts'
import { usedBelow } from '../source/used-below.ts'

const EFFECTS: ReadonlySet<CoreOp | GridOp | TeamOp> = new Set<CoreOp | GridOp | TeamOp>([
  ...(['store', 'store_raw', 'scatter_lanes', 'for', 'lanes', 'while', 'if'] as const),
  ...(['points', 'once', 'barrier', 'atomic', 'store_group'] as const),
  ...(['tally', 'compact', 'store_bits', 'keep_best', 'half_keys'] as const),
])
/** Longer expressions get a name. */
const MAX_INLINE = 60

/** The declarations of a kernel and its entry point; `form`: for teams of lanes. */
export function emitKernel(func: Func, names: Names, form: TeamForm | null = null): string {
  const frame = new Frame(func, names, form)
  const emitter = new KernelEmitter(frame, names.inner())
  const body = emitter.run()
  return `${declarationsOf(frame, body)}\n\n${body}`
}

const LIVE: Expr = named('live')
const NOWHERE: AtLane = { places: new Map(), slot: named('slot'), held: null }

interface Known {
  readonly expr: Expr
  readonly type: Type
  readonly definition: Node | null
}

class KernelEmitter {
  private readonly frame: Frame
  private readonly names: Names
  private readonly uses: ReadonlyMap<ValueId, number>
  private readonly uniformity: Uniformity
  private readonly values = new Map<ValueId, Known>()
  private readonly types: ReadonlyMap<ValueId, Type>
  private writer = new TextWriter()
  private isAlone = false
  private live = LIVE
  private at: AtLane = NOWHERE
  private readonly emitters: ReturnType<typeof emittersOf>

  constructor(frame: Frame, names: Names) {
    this.frame = frame
    this.names = names
    this.uses = useCounts(frame.func)
    this.emitters = emittersOf(frame.form)
    this.uniformity = uniformityOf(frame.func)
    this.types = typesOf(frame.func)
  }

  run(): string {
    const { frame } = this
    const locals = frame.locals((param) => {
      const expr = named(this.names.fresh(param.name))
      this.values.set(param.id, { expr, type: param.type, definition: null })
      return expr.text
    })
    for (const { id, type } of frame.func.params)
      if (type.kind === 'buffer') this.values.set(id, { expr: named(frame.buffer(id).variable), type, definition: null })
    const body = new TextWriter()
    this.writer = body
    body.nested(() => void this.block(frame.func.body))
    const written = new TextWriter()
    written.nested(() => {
      for (const { name, value } of usedLocals(locals, body.text())) written.line(`let ${name} = ${value};`)
    })
    return [this.head(), ...[written.text()].filter((text) => text !== ''), body.text(), '}'].join('\n')
  }

  private head(): string {
    const { frame } = this
    if (frame.form?.kind === 'lanes') return lanesHead(frame)
    const group = 'group.x + group.y * groups.x'
    const [worker, workers] = frame.team ? [group, frame.workers()] : [`(${group}) * GROUP_SIZE + thread`, frame.workers()]
    return `@compute @workgroup_size(GROUP_SIZE)
fn ${frame.entry}(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let worker = ${worker};
  let workers = ${workers};
  let points = ${frame.pointCount()};${frame.form === null ? '' : '\n  let live = true;'}`
  }

  private block(block: Block): readonly Expr[] {
    const local = new Set(block.nodes.flatMap(({ results }) => results.map(({ id }) => id)))
    const foreign = usedBelow(block, local)
    for (const node of block.nodes) this.node(node, foreign)
    return block.yields.map((id) => this.known(id).expr)
  }

  private node(node: Node, foreign: ReadonlySet<ValueId>): void {
    const { op } = node
    if (!isCoreOp(op) && !isGridOp(op) && !isTeamOp(op))
      throw new CompilerBug(`${op} is not an op of the kernel core`, { pass: 'emit wgsl' })
    if (!EFFECTS.has(op) && node.results.every(({ id }) => !this.uses.has(id))) return
    const results = this.emitters[op](this.context(node, this.unfolded(node)))
    node.results.forEach((result, i) => this.define(node, result, results[i] as Expr, foreign))
  }

  /** WGSL computes with literals while it checks a module, and refuses what overflows: one of them becomes a name. */
  private unfolded(node: Node): Expr | null {
    if (node.regions.length > 0 || node.operands.length === 0) return null
    const known = node.operands.map((id) => this.known(id).expr)
    if (!known.every(({ literal }) => literal)) return null
    const name = this.names.fresh('constant')
    this.writer.line(`let ${name} = ${(known[0] as Expr).text};`)
    return named(name)
  }

  private context(node: Node, first: Expr | null): OpContext {
    const operand = (index: number): Known => {
      const id = node.operands[index]
      if (id === undefined) throw new CompilerBug(`${node.op} has no operand ${index}`, { pass: 'emit wgsl' })
      return this.known(id)
    }
    return {
      node,
      frame: this.frame,
      writer: this.writer,
      isAlone: this.isAlone,
      arg: (index) => (index === 0 && first !== null ? first : operand(index).expr),
      typeOf: (index) => operand(index).type,
      definition: (index) => operand(index).definition,
      share: (expr, hint) => this.share(expr, hint),
      fresh: (hint) => this.names.fresh(hint),
      declare: (hint, dtype, initial) => this.declare(hint, dtype, initial),
      typeOfValue: (id) => this.types.get(id) as Type,
      isUsed: (id) => this.uses.has(id),
      region: (block, args) => this.region(block, args),
      alone: (block, args, at) => this.alone(block, args, at ?? this.at),
      place: this.at.places.get(node) ?? null,
      slot: this.at.slot,
      held: this.at.held,
      live: this.live,
      isForAll: this.live === LIVE,
      whileLive: (live, write) => this.whileLive(live, write),
      exchanges: (inner) => this.uniformity.synchronizes(inner),
      value: (id) => this.known(id).expr,
      uniform: (expr, id) => this.uniform(node, expr, id),
    }
  }

  private region(block: Block, args: readonly Expr[]): readonly Expr[] {
    block.params.forEach(({ id, type }, i) => this.values.set(id, { expr: args[i] as Expr, type, definition: null }))
    return this.block(block)
  }

  private alone(block: Block, args: readonly Expr[], at: AtLane): readonly Expr[] {
    const outer = { isAlone: this.isAlone, at: this.at }
    this.isAlone = true
    this.at = at
    const yields = this.region(block, args)
    this.isAlone = outer.isAlone
    this.at = outer.at
    return yields
  }

  private whileLive<T>(live: Expr, write: () => T): T {
    const outer = this.live
    this.live = live
    const written = write()
    this.live = outer
    return written
  }

  private uniform(node: Node, expr: Expr, id: ValueId): Expr {
    if (
      this.isAlone ||
      this.frame.form?.kind === 'lanes' ||
      !this.uniformity.synchronizes(node) ||
      !this.uniformity.varying.has(id)
    )
      return expr
    return this.share(uniformValue(scalarDType(this.known(id).type), expr), 'uniform')
  }

  private known(id: ValueId): Known {
    const known = this.values.get(id)
    if (known === undefined) throw new CompilerBug(`%${id} is used before it is defined`, { pass: 'emit wgsl' })
    return known
  }

  private share(expr: Expr, hint: string): Expr {
    if (expr.literal || isName(expr)) return expr
    const name = this.names.fresh(hint)
    this.writer.line(`let ${name} = ${expr.text};`)
    return named(name)
  }

  private declare(hint: string, dtype: MachineDType, initial: Expr | null): Expr {
    const name = this.names.fresh(hint)
    this.writer.line(`var ${name}: ${wgslType(dtype)}${initial === null ? '' : ` = ${initial.text}`};`)
    return named(name)
  }

  private define(node: Node, { id, type }: Value, expr: Expr, foreign: ReadonlySet<ValueId>): void {
    const waits = this.uses.get(id) === 1 && !foreign.has(id) && expr.text.length <= MAX_INLINE
    this.values.set(id, { expr: waits ? expr : this.share(expr, `v${id}`), type, definition: node })
  }
}

const lanesHead = (frame: Frame): string => `@compute @workgroup_size(GROUP_SIZE)
fn ${frame.entry}(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32, @builtin(subgroup_invocation_id) self_lane: u32, @builtin(subgroup_size) subgroup_size: u32) {
  let lane = thread % TEAM;
  let teams = GROUP_SIZE / TEAM;
  let workers = ${frame.workers()};
  let points = ${frame.pointCount()};`

/** Those that the text names, or that one of these names. */
function usedLocals(locals: readonly Local[], text: string): readonly Local[] {
  const used = new Set(wordsOf(text))
  for (const { name, value } of [...locals].reverse()) if (used.has(name)) for (const word of wordsOf(value)) used.add(word)
  return locals.filter(({ name }) => used.has(name))
}
