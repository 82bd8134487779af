/** Least squares by modified Gram-Schmidt: columns become orthogonal one after the other, and the right side goes along. */
import { DEPENDENT } from '../../../ir/linear-constants.ts'
import type { ValueId } from '../../../ir/node.ts'
import type { Doubles, Matrix } from './doubles.ts'
import type { LinearProblem } from './problem.ts'

interface State {
  /** Columns of A, row by row of memory: orthogonal up to the one in turn. */
  readonly basis: Matrix
  readonly factors: Matrix
  readonly rest: Doubles
  readonly shares: Doubles
  readonly lengths: Doubles
  readonly m: ValueId
  readonly n: ValueId
}

export function emitLstsq(p: LinearProblem): void {
  const { b, rows, columns } = p
  const zero = b.i32(0)
  const state: State = {
    basis: p.matrix(columns, rows),
    factors: p.matrix(columns, columns),
    rest: p.column(rows),
    shares: p.column(columns),
    lengths: p.column(columns),
    m: p.extent(rows),
    n: p.extent(columns),
  }
  const { basis, rest, lengths, m, n } = state
  p.spread(zero, m, (i) => rest.store(i, p.operand(1, { [rows]: i })))
  p.spread(zero, n, (j) => {
    p.each(zero, m, (i) => basis.set(j, i, p.matrixElement(i, j)))
    lengths.store(j, lengthOf(p, state, j))
  })
  p.each(zero, n, (j) => orthogonalize(p, state, j))
  substitute(p, state)
}

function lengthOf(p: LinearProblem, { basis, m }: State, j: ValueId): ValueId {
  const squares = p.sum(p.b.i32(0), m, (i) => {
    const value = basis.get(j, i)
    return p.times(value, value)
  })
  return p.b.op('sqrt', [squares])
}

/** Column j becomes a unit vector, or zeros when it depends on those before it; all after it lose their part along it. */
function orthogonalize(p: LinearProblem, state: State, j: ValueId): void {
  const { b } = p
  const { basis, factors, rest, shares, lengths, m, n } = state
  const zero = b.i32(0)
  const left = lengthOf(p, state, j)
  const dependent = b.op('le', [left, p.times(p.real(DEPENDENT), lengths.load(j))])
  factors.set(j, j, b.op('select', [dependent, p.real(0), left]))
  p.spread(zero, m, (i) => basis.set(j, i, b.op('select', [dependent, p.real(0), b.op('div', [basis.get(j, i), left])])))
  p.spread(p.next(j), n, (k) => {
    const share = p.sum(zero, m, (i) => p.times(basis.get(j, i), basis.get(k, i)))
    factors.set(j, k, share)
    p.each(zero, m, (i) => basis.set(k, i, b.op('sub', [basis.get(k, i), p.times(share, basis.get(j, i))])))
  })
  const share = p.sum(zero, m, (i) => p.times(basis.get(j, i), rest.load(i)))
  shares.store(j, share)
  p.spread(zero, m, (i) => rest.store(i, b.op('sub', [rest.load(i), p.times(share, basis.get(j, i))])))
}

function substitute(p: LinearProblem, { factors, shares, n }: State): void {
  const { b } = p
  p.eachDown(n, (j) => {
    const pivot = factors.get(j, j)
    const left = p.without(p.next(j), n, shares.load(j), (k) => [factors.get(j, k), shares.load(k)])
    const value = b.op('select', [b.op('eq', [pivot, p.real(0)]), p.real(0), b.op('div', [left, pivot])])
    shares.store(j, value)
    p.result(0, { [p.columns]: j }, value)
  })
}
