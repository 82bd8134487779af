/** Eigenvalues and eigenvectors of a symmetric matrix by cyclic Jacobi: rotations in two coordinates until it is diagonal. */
import { JACOBI_TOLERANCE, MAX_SWEEPS, SIGN_SHARE } from '../../../ir/linear-constants.ts'
import type { ValueId } from '../../../ir/node.ts'
import type { Matrix } from './doubles.ts'
import type { LinearProblem } from './problem.ts'

export function emitEigh(p: LinearProblem): void {
  const { b, rows } = p
  const n = p.extent(rows)
  const a = p.matrix(rows, rows)
  const v = p.matrix(rows, rows)
  const total = load(p, a, v, n)
  const limit = p.times(p.real(JACOBI_TOLERANCE), total)
  b.while(
    [b.i32(0), offDiagonal(p, a, n)],
    ([sweep, off]) => b.op('and', [b.op('lt', [sweep!, b.i32(MAX_SWEEPS)]), b.op('gt', [off!, limit])]),
    ([sweep]) => {
      p.each(b.i32(0), n, (i) => p.each(p.next(i), n, (j) => rotate(p, a, v, n, i, j)))
      return [p.next(sweep!), offDiagonal(p, a, n)]
    },
  )
  const isFinite = b.op('eq', [b.op('sub', [total, total]), p.real(0)])
  const poison = b.op('select', [isFinite, p.real(0), p.real('nan')])
  p.each(b.i32(0), n, (i) => output(p, a, v, n, i, poison))
}

/** Fills both matrices; the sum of all squares. */
function load(p: LinearProblem, a: Matrix, v: Matrix, n: ValueId): ValueId {
  const { b } = p
  return p.sum(b.i32(0), n, p.real(0), (i) =>
    p.sum(b.i32(0), n, p.real(0), (j) => {
      const value = p.matrixElement(b.op('max', [i, j]), b.op('min', [i, j]))
      a.set(i, j, value)
      v.set(i, j, b.op('select', [b.op('eq', [i, j]), p.real(1), p.real(0)]))
      return p.times(value, value)
    }),
  )
}

function offDiagonal(p: LinearProblem, a: Matrix, n: ValueId): ValueId {
  const { b } = p
  return p.sum(b.i32(0), n, p.real(0), (i) =>
    p.sum(b.i32(0), n, p.real(0), (j) => {
      const value = a.get(i, j)
      return b.op('select', [b.op('eq', [i, j]), p.real(0), p.times(value, value)])
    }),
  )
}

function rotate(p: LinearProblem, a: Matrix, v: Matrix, n: ValueId, i: ValueId, j: ValueId): void {
  const { b } = p
  const between = a.get(i, j)
  b.if(b.op('ne', [between, p.real(0)]), () => {
    const [c, s] = angle(p, between, b.op('sub', [a.get(j, j), a.get(i, i)]))
    p.each(b.i32(0), n, (k) =>
      turn(
        p,
        c,
        s,
        (at) => a.get(k, at),
        (at, value) => a.set(k, at, value),
        i,
        j,
      ),
    )
    p.each(b.i32(0), n, (k) =>
      turn(
        p,
        c,
        s,
        (at) => a.get(at, k),
        (at, value) => a.set(at, k, value),
        i,
        j,
      ),
    )
    p.each(b.i32(0), n, (k) =>
      turn(
        p,
        c,
        s,
        (at) => v.get(k, at),
        (at, value) => v.set(k, at, value),
        i,
        j,
      ),
    )
    a.set(i, j, p.real(0))
    a.set(j, i, p.real(0))
    return []
  })
}

/** Cosine and sine of the smaller angle that makes the element between the two coordinates vanish. */
function angle(p: LinearProblem, between: ValueId, difference: ValueId): readonly [ValueId, ValueId] {
  const { b } = p
  const one = p.real(1)
  const theta = b.op('div', [difference, p.times(p.real(2), between)])
  const sign = b.op('select', [b.op('lt', [theta, p.real(0)]), p.real(-1), one])
  const root = b.op('sqrt', [b.op('add', [p.times(theta, theta), one])])
  const tangent = b.op('div', [sign, b.op('add', [b.op('abs', [theta]), root])])
  const cosine = b.op('div', [one, b.op('sqrt', [b.op('add', [p.times(tangent, tangent), one])])])
  return [cosine, p.times(tangent, cosine)]
}

function turn(
  p: LinearProblem,
  c: ValueId,
  s: ValueId,
  get: (at: ValueId) => ValueId,
  set: (at: ValueId, value: ValueId) => void,
  i: ValueId,
  j: ValueId,
): void {
  const { b } = p
  const [x, y] = [get(i), get(j)]
  set(i, b.op('sub', [p.times(c, x), p.times(s, y)]))
  set(j, b.op('add', [p.times(s, x), p.times(c, y)]))
}

/** Pair i goes to the place that as many values lie before. */
function output(p: LinearProblem, a: Matrix, v: Matrix, n: ValueId, i: ValueId, poison: ValueId): void {
  const { b, rows, columns } = p
  const zero = b.i32(0)
  const value = a.get(i, i)
  const [place] = b.for(zero, n, [zero], (k, [count]) => {
    const other = a.get(k, k)
    const tied = b.op('and', [b.op('eq', [other, value]), b.op('lt', [k, i])])
    return [b.op('add', [count!, b.convert(b.op('or', [b.op('lt', [other, value]), tied]), 'i32')])]
  })
  // A matrix that is not finite has no order: its pairs stay where they are.
  const orderly = b.op('select', [b.op('eq', [poison, p.real(0)]), place!, i])
  const sign = signOf(p, v, n, i)
  p.result(0, { [columns]: orderly }, b.op('add', [value, poison]))
  p.each(zero, n, (k) => p.result(1, { [rows]: k, [columns]: orderly }, b.op('add', [p.times(sign, v.get(k, i)), poison])))
}

function signOf(p: LinearProblem, v: Matrix, n: ValueId, i: ValueId): ValueId {
  const { b } = p
  const zero = b.i32(0)
  const [largest] = b.for(zero, n, [p.real(0)], (k, [most]) => [b.op('max', [most!, b.op('abs', [v.get(k, i)])])])
  const least = p.times(p.real(SIGN_SHARE), largest!)
  const [sign] = b.for(zero, n, [p.real(0)], (k, [known]) => {
    const x = v.get(k, i)
    const own = b.op('select', [b.op('lt', [x, p.real(0)]), p.real(-1), p.real(1)])
    const leads = b.op('and', [b.op('eq', [known!, p.real(0)]), b.op('ge', [b.op('abs', [x]), least])])
    return [b.op('select', [leads, own, known!])]
  })
  return sign!
}
