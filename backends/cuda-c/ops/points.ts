/** The points of a grid: workers, threads or teams of them, take them in turn. */
import { call, infix, named, type Expr } from '../../source/text.ts'
import { rowDeclarations } from '../frame.ts'
import { regionOf, type Emit, type OpContext } from './context.ts'

export const points: Emit = (c) => {
  const { frame, writer } = c
  const body = regionOf(c.node, 0)
  // Of the first one, the number of points is a multiple.
  const extents = c.node.operands.map((_, i) => (i === 0 ? null : c.share(call('u32', c.arg(i)), 'extent', 'u32')))
  const [worker, workers] = frame.team ? ['team.worker', 'team.workers'] : ['worker', 'workers']
  writer.block(`for (u32 point = ${worker}; point < u32(points); point += ${workers})`, () => {
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
