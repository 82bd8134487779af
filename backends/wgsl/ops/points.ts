/** The points of a grid: workers, threads or teams of them, take them in turn. */
import { call, infix, named, type Expr } from '../../source/text.ts'
import { argDType, regionOf, type Emit, type OpContext } from './context.ts'

export const points: Emit = (c) => {
  const { frame, writer } = c
  const body = regionOf(c.node, 0)
  // Of the first one, the number of points is a multiple.
  const extents = c.node.operands.map((_, i) => (i === 0 ? null : unsigned(c, i)))
  writer.block('for (var point = worker; point < points; point += workers)', () => {
    for (const line of frame.rowDeclarations()) writer.line(line)
    const positions = positionsOf(c, extents)
    const args = body.params.map(({ name }, i) => c.share(positions[i] as Expr, name))
    if (frame.team) c.region(body, args)
    else c.alone(body, args)
    // The next point may use what other threads still read.
    if (frame.team && frame.hasScratch()) {
      writer.line('workgroupBarrier();')
      writer.line('storageBarrier();')
    }
  })
  return []
}

const unsigned = (c: OpContext, index: number): Expr =>
  argDType(c, index) === 'u32' ? c.arg(index) : c.share(call('u32', c.arg(index)), 'extent')

/** Row-major: the last index varies fastest. */
export function positionsOf(c: OpContext, extents: readonly (Expr | null)[]): readonly Expr[] {
  let rest = named('point')
  const positions: Expr[] = []
  for (const [i, extent] of [...extents.entries()].reverse()) {
    positions.unshift(call('i32', extent === null ? rest : infix(rest, '%', extent)))
    if (extent !== null) rest = i === 1 ? infix(rest, '/', extent) : c.share(infix(rest, '/', extent), 'rest')
  }
  return positions
}
