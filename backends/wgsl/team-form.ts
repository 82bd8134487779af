/**
 * Whether a kernel of teams has a form besides that of workgroups: teams of a few lanes of a subgroup, which hold their rows in
 * registers, exchange by shuffles, and wait for nobody. All teams of a subgroup walk through the kernel together: what only some
 * of them do is a matter of what they store, not of branches, so loops must be as long for one team as for another.
 */
import { vectorWidth, type CudaBuffer } from '../../abi/cuda-teams.ts'
import type { Block, Func, FuncParam, Node, ValueId } from '../../compiler/ir/node.ts'
import { blockNodes } from '../../compiler/ir/walk.ts'
import { isTeamOp } from '../core.ts'

export interface TeamForm {
  /** Teams of lanes, or workgroups that hold rows. */
  readonly kind: 'lanes' | 'group'
  /** Neighbouring iterations that a lane takes at a time. */
  readonly width: 4 | 8
  /** The iterations that a thread holds, where all of a loop have to fit into the registers of a team. */
  readonly held: 16 | 32 | null
  /** Those that it can hold. */
  readonly most: 16 | 32 | null
}

/** None, one or both, and how a shader calls them (`abi/shader-teams.ts`). */
export function teamFormsOf(func: Func): readonly TeamForm[] {
  const points = func.body.nodes.at(-1)
  if (points?.op !== 'points' || points.attrs.team !== true || points.operands.length === 0) return []
  const buffers = func.params.flatMap(({ type }): readonly CudaBuffer[] => {
    if (type.kind !== 'buffer') return []
    return [{ access: type.access === 'write' ? 'readwrite' : type.access, dtype: type.dtype }]
  })
  if (buffers.some(({ access }) => access === 'scratch')) return []
  const body = points.regions[0] as Block
  const rows = func.params.filter(({ type }) => type.kind === 'buffer' && type.access === 'lane')
  const nodes = [...blockNodes(body)]
  const isHalves = ({ id }: FuncParam): boolean => nodes.some(({ op, operands }) => op === 'half_keys' && operands[0] === id)
  // A bit of a word for each iteration, and code for each, which has to stay in the cache of instructions; two halves are a word.
  const held: 16 | 32 = rows.length > 0 && rows.every(isHalves) ? 32 : 16
  // Twice as many where threads are too few, of one row that is not searched for a number.
  const isSearched =
    rows.length === 1 && nodes.some(({ op }) => op === 'keep_best') && !nodes.some(({ op }) => op === 'threshold')
  const width = vectorWidth(buffers)
  const isChunked = rows.length > 0 || nodes.some(({ op }) => isTeamOp(op))
  const ofLanes = isChunked ? { held, most: held } : { held: null, most: null }
  return [
    ...(walksTogether(body, new Set(definedIn(body))) ? [{ kind: 'lanes' as const, width, ...ofLanes }] : []),
    ...(isChunked ? [{ kind: 'group' as const, width, held, most: isSearched ? (32 as const) : held }] : []),
  ]
}

const definedIn = (body: Block): readonly ValueId[] => [
  ...body.params.map(({ id }) => id),
  ...[...blockNodes(body)].flatMap(({ results, regions }) => [
    ...results.map(({ id }) => id),
    ...regions.flatMap(({ params }) => params.map(({ id }) => id)),
  ]),
]

/** `local`: what may differ between points. */
function walksTogether(block: Block, local: ReadonlySet<ValueId>): boolean {
  return block.nodes.every((node) => {
    if (node.op === 'while') return false
    if (node.op === 'lanes' || node.op === 'once' || isTeamOp(node.op)) return true
    const inner = node.regions.every((region) => walksTogether(region, local))
    if (node.op !== 'for') return inner
    const constants = new Set(block.nodes.flatMap((other) => (other.op === 'constant' ? other.results.map(({ id }) => id) : [])))
    return inner && node.operands.slice(0, 2).every((id) => !local.has(id) || constants.has(id))
  })
}

/** Whether all threads of a workgroup have to come to this. */
export const meetsGroup = (node: Node): boolean =>
  [node, ...node.regions.flatMap((region) => [...blockNodes(region)])].some(
    ({ op }) => op === 'barrier' || op === 'compact' || op === 'keep_best',
  )
