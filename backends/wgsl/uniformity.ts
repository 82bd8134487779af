/**
 * What a validator cannot see: the code of a team runs on the same values in all threads, but a value that was read from memory
 * that the kernel writes may differ between them for all it knows, and it refuses a barrier under a condition on such a value.
 * Finds these values, and the loops and branches with a barrier inside, whose conditions must therefore go through
 * `team_uniform_…`.
 */
import type { Block, Func, Node, ValueId } from '../../compiler/ir/node.ts'
import type { Type } from '../../compiler/ir/types.ts'
import { blockNodes, typesOf } from '../../compiler/ir/walk.ts'
import { isTeamOp } from '../core.ts'

export interface Uniformity {
  /** Values of code that a whole team runs which a validator takes to differ between threads. */
  readonly varying: ReadonlySet<ValueId>
  /** True of what has a barrier inside, be it that of a reduction or of a result of `once`. */
  synchronizes(node: Node): boolean
}

export function uniformityOf(func: Func): Uniformity {
  const analysis = new Analysis(typesOf(func))
  analysis.block(func.body)
  return analysis
}

class Analysis implements Uniformity {
  readonly varying = new Set<ValueId>()
  private readonly types: ReadonlyMap<ValueId, Type>
  private readonly known = new Map<Node, boolean>()

  constructor(types: ReadonlyMap<ValueId, Type>) {
    this.types = types
  }

  synchronizes(node: Node): boolean {
    const known = this.known.get(node)
    if (known !== undefined) return known
    const answer = isBarrier(node) || (!isAlone(node) && node.regions.some((region) => [...blockNodes(region)].some(isBarrier)))
    this.known.set(node, answer)
    return answer
  }

  block(block: Block): void {
    for (const node of block.nodes) this.node(node)
  }

  private node(node: Node): void {
    switch (node.op) {
      case 'once':
      case 'tally':
      case 'compact':
      case 'store_bits':
      case 'threshold':
      case 'half_keys':
      case 'keep_best':
        return
      case 'lanes':
        return this.markAll(node, (i) => this.varies(node.operands[i + 2]))
      case 'points':
        return this.block(node.regions[0] as Block)
      case 'for':
        return this.counted(node)
      case 'while':
        return this.conditional(node)
      case 'if':
        return this.branch(node)
      default:
        return this.markAll(node, () => this.readsVarying(node) || node.operands.some((id) => this.varies(id)))
    }
  }

  private readonly varies = (id: ValueId | undefined): boolean => id !== undefined && this.varying.has(id)

  private mark(id: ValueId | undefined, when: boolean): void {
    if (when && id !== undefined) this.varying.add(id)
  }

  private markAll(node: Node, when: (index: number) => boolean): void {
    node.results.forEach(({ id }, i) => this.mark(id, when(i)))
  }

  private readsVarying(node: Node): boolean {
    if (node.op !== 'load' && node.op !== 'load_raw' && node.op !== 'is_best') return false
    const buffer = this.types.get(node.operands[0] as ValueId)
    return buffer?.kind === 'buffer' && buffer.access !== 'read'
  }

  /** A condition or bound that is made uniform, where there is a barrier inside, does not make anything vary. */
  private decidesVarying(node: Node, id: ValueId | undefined): boolean {
    return this.varies(id) && !this.synchronizes(node)
  }

  private counted(node: Node): void {
    const [lo, hi, ...carried] = node.operands
    const body = node.regions[0] as Block
    const [index, ...params] = body.params
    const bounds = this.decidesVarying(node, lo) || this.decidesVarying(node, hi)
    this.mark(index?.id, bounds)
    params.forEach(({ id }, i) => this.mark(id, bounds || this.varies(carried[i])))
    this.untilStable(() => {
      this.block(body)
      params.forEach(({ id }, i) => this.mark(id, this.varies(body.yields[i])))
    })
    this.markAll(node, (i) => this.varies(params[i]?.id))
  }

  private conditional(node: Node): void {
    const [test, body] = node.regions as [Block, Block]
    test.params.forEach(({ id }, i) => this.mark(id, this.varies(node.operands[i])))
    this.untilStable(() => {
      this.block(test)
      const decided = this.decidesVarying(node, test.yields[0])
      body.params.forEach(({ id }, i) => this.mark(id, decided || this.varies(test.yields[i + 1])))
      this.block(body)
      test.params.forEach(({ id }, i) => this.mark(id, decided || this.varies(body.yields[i])))
    })
    this.markAll(node, (i) => this.varies(body.params[i]?.id))
  }

  private branch(node: Node): void {
    node.regions.forEach((region) => this.block(region))
    const decided = this.decidesVarying(node, node.operands[0])
    this.markAll(node, (i) => decided || node.regions.some(({ yields }) => this.varies(yields[i])))
  }

  private untilStable(step: () => void): void {
    for (let before = -1; before !== this.varying.size;) {
      before = this.varying.size
      step()
    }
  }
}

/** Runs its region on threads of their own: there is no barrier inside. */
const isAlone = (node: Node): boolean => node.op === 'lanes' || node.op === 'once' || isTeamOp(node.op)

const isBarrier = (node: Node): boolean =>
  node.op === 'barrier' || (isTeamOp(node.op) && node.op !== 'is_best') || (isAlone(node) && node.results.length > 0)
