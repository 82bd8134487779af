/**
 * The remainder of a division truncated towards zero, exact for every pair of doubles: the divisor is doubled while it fits
 * and taken off on the way back. Takes as many steps as the quotient has bits. NaN for a zero divisor, an infinite x and NaN.
 */
import { f64, get, op, select, type Expr, type WasmFunction } from '../expr.ts'
import { FunctionWriter } from '../writer.ts'

export const REMAINDER = 'math:rem'

export function remainderFunction(): WasmFunction {
  const writer = new FunctionWriter(['f64', 'f64'])
  const [x, y] = [writer.param(0), writer.param(1)]
  const divisor = writer.bind(op('f64.abs', y))
  const rest = writer.local('f64')
  const step = writer.local('f64')
  const [r, s] = [get(rest, 'f64'), get(step, 'f64')]
  const assign = (local: number, value: Expr): void => writer.push({ kind: 'set', local, value })
  assign(rest, op('f64.abs', x))
  assign(step, divisor)
  const defined = writer.bind(op('i32.and', op('f64.lt', r, f64(Infinity)), op('f64.gt', divisor, f64(0))))
  // Halving infinity and doubling zero would never end; a divisor above x leaves x as it is.
  const divides = writer.bind(op('i32.and', defined, op('f64.le', divisor, r)))
  loopWhile(writer, op('i32.and', divides, op('f64.le', s, op('f64.mul', r, f64(0.5)))), () => assign(step, op('f64.add', s, s)))
  loopWhile(writer, op('i32.and', divides, op('f64.ge', s, divisor)), () => {
    assign(rest, select(op('f64.ge', r, s), op('f64.sub', r, s), r))
    assign(step, op('f64.mul', s, f64(0.5)))
  })
  return writer.finish(REMAINDER, select(defined, op('f64.copysign', r, x), f64(NaN)), false)
}

function loopWhile(writer: FunctionWriter, condition: Expr, body: () => void): void {
  const [exit, top] = [writer.label('exit'), writer.label('top')]
  const inner = writer.nested(() => {
    writer.push({ kind: 'branch', label: exit, condition: op('i32.eqz', condition) })
    body()
    writer.push({ kind: 'branch', label: top, condition: null })
  })
  writer.push({ kind: 'block', label: exit, body: [{ kind: 'loop', label: top, body: inner }] })
}
