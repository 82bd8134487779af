/** Factoring a positive definite matrix, and solving a triangular system. */
import type { LinearProblem } from './problem.ts'

export function emitCholesky(p: LinearProblem): void {
  const { b, rows, columns } = p
  const n = p.extent(rows)
  const l = p.matrix(rows, rows)
  const zero = b.i32(0)
  p.each(zero, n, (j) => {
    const rest = (i: typeof j) => p.without(zero, j, p.matrixElement(i, j), (k) => [l.get(i, k), l.get(j, k)])
    const left = rest(j)
    const pivot = b.op('select', [b.op('gt', [left, p.real(0)]), b.op('sqrt', [left]), p.real('nan')])
    l.set(j, j, pivot)
    p.result(0, { [rows]: j, [columns]: j }, pivot)
    p.spread(p.next(j), n, (i) => {
      const value = b.op('div', [rest(i), l.get(j, j)])
      l.set(i, j, value)
      p.result(0, { [rows]: i, [columns]: j }, value)
      p.result(0, { [rows]: j, [columns]: i }, p.real(0))
    })
  })
}

export function emitSolve(p: LinearProblem): void {
  const { b, rows, columns, node } = p
  const n = p.extent(rows)
  const x = p.column(rows)
  const lower = node.attrs.triangle === 'lower'
  const settle = (i: typeof n): void => {
    const [lo, hi] = lower ? [b.i32(0), i] : [p.next(i), n]
    const rest = p.without(lo, hi, p.operand(1, { [rows]: i }), (k) => [p.matrixElement(i, k), x.load(k)])
    const value = b.op('div', [rest, p.matrixElement(i, i)])
    x.store(i, value)
    p.result(0, { [columns]: i }, value)
  }
  if (lower) p.each(b.i32(0), n, settle)
  else p.eachDown(n, settle)
}
