/** The points of a grid: workers, threads or teams of them, take them in turn. */
import { THREAD_BLOCK } from '../../../abi/cuda-teams.ts'
import { call, infix, named, type Expr } from '../../source/text.ts'
import { rowDeclarations } from '../frame.ts'
import { cudaType } from '../types.ts'
import { regionOf, scalarDType, type Emit, type OpContext } from './context.ts'

export const points: Emit = (c) => {
  const { frame, writer } = c
  const body = regionOf(c.node, 0)
  const sharers = frame.sharers()
  if (sharers !== null) return sharedPoints(c, sharers)
  const extents = extentsFrom(c, 0)
  const [worker, workers] = frame.team ? ['team.worker', 'team.workers'] : ['worker', 'workers']
  // Where the teams of a warp meet, and there are fewer points left than teams, the last point is taken once more.
  const [first, start] = frame.isTogether() ? ['first', `${worker} - team.in_warp()`] : ['point', worker]
  writer.block(`for (u32 ${first} = ${start}; ${first} < u32(points); ${first} += ${workers})`, () => {
    if (frame.isTogether()) writer.line('const u32 point = min(first + team.in_warp(), u32(points) - 1);')
    const positions = positionsOf(c, extents)
    const args = body.params.map(({ name }, i) => c.share(positions[i] as Expr, name, 'int'))
    if (!frame.team) {
      c.alone(body, args)
      return
    }
    for (const line of rowDeclarations(frame)) writer.line(line)
    c.region(body, args)
    // The next point may use what other threads still read.
    if (frame.hasScratch()) writer.line('team.barrier();')
  })
  return []
}

/**
 * Some threads of a block have each point: they differ in its first index. Where there are no points left, the last one is taken once
 * more, so that all threads of the block wait for each other.
 */
function sharedPoints(c: OpContext, sharers: number): readonly Expr[] {
  const { writer } = c
  const extents = extentsFrom(c, 1)
  const body = regionOf(c.node, 0)
  const each = THREAD_BLOCK / sharers
  writer.line(`const u32 last = u32(points) / ${sharers} - 1;`)
  writer.block(`for (u32 first = blockIdx.x * ${each}; first <= last; first += gridDim.x * ${each})`, () => {
    writer.line(`const u32 point = min(first + threadIdx.x % ${each}, last);`)
    const positions = [named(`int(threadIdx.x / ${each})`), ...positionsOf(c, extents)]
    c.alone(
      body,
      body.params.map(({ name }, i) => c.share(positions[i] as Expr, name, 'int')),
    )
  })
  return []
}

/** What the threads that have a point together found of it. */
export const joinPoints: Emit = (c) => {
  const kind = COMBINATIONS[String(c.node.attrs.combine) as keyof typeof COMBINATIONS]
  const points = THREAD_BLOCK / (c.frame.sharers() ?? 1)
  const dtype = cudaType(scalarDType(c.typeOf(0)))
  return [c.declare('joined', `const ${dtype}`, call(`join_points<${kind}, ${points}>`, c.arg(0)))]
}

const COMBINATIONS = { sum: 'Sum', max: 'Max', min: 'Min' } as const

/** Of those from one on. Of the first one, the number of points is a multiple. */
const extentsFrom = (c: OpContext, first: number): readonly (Expr | null)[] =>
  c.node.operands.slice(first).map((_, i) => (i === 0 ? null : c.share(call('u32', c.arg(first + i)), 'extent', 'u32')))

/** Row-major: the last index varies fastest. */
function positionsOf(c: OpContext, extents: readonly (Expr | null)[]): readonly Expr[] {
  let rest = named('point')
  const positions: Expr[] = []
  for (const [i, extent] of [...extents.entries()].reverse()) {
    positions.unshift(call('int', extent === null ? rest : infix(rest, '%', extent)))
    if (extent !== null) rest = i === 1 ? infix(rest, '/', extent) : c.share(infix(rest, '/', extent), 'rest', 'u32')
  }
  return positions
}
