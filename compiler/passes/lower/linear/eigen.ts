/**
 * Eigenvalues and eigenvectors of a symmetric matrix by Jacobi rotations in two coordinates until it is diagonal. A sweep takes all pairs in
 * rounds, like a tournament: pairs of one round have no coordinate in common, so their rotations are found side by side, and
 * then applied to all rows and to all columns side by side.
 */
import { JACOBI_TOLERANCE, MAX_SWEEPS, SIGN_SHARE } from '../../../ir/linear-constants.ts'
import type { ValueId } from '../../../ir/node.ts'
import type { Doubles, Matrix } from './doubles.ts'
import type { LinearProblem } from './problem.ts'

interface State {
  readonly a: Matrix
  readonly v: Matrix
  /** Of the pairs of a round. */
  readonly cosines: Doubles
  readonly sines: Doubles
  readonly n: ValueId
  /** How many rounds a sweep has: the largest odd number that is not above n. */
  readonly rounds: ValueId
}

export function emitEigh(p: LinearProblem): void {
  const { b, rows } = p
  const n = p.extent(rows)
  const rounds = b.op('or', [b.op('sub', [n, b.i32(1)]), b.i32(1)])
  const [a, v] = [p.matrix(rows, rows), p.matrix(rows, rows)]
  const state: State = { a, v, cosines: p.column(rows), sines: p.column(rows), n, rounds }
  const total = load(p, a, v, n)
  const limit = p.times(p.real(JACOBI_TOLERANCE), total)
  b.while(
    [b.i32(0)],
    ([sweep]) => b.op('and', [b.op('lt', [sweep!, b.i32(MAX_SWEEPS)]), b.op('gt', [offDiagonal(p, a, n), limit])]),
    ([sweep]) => {
      p.each(b.i32(0), rounds, (round) => turnRound(p, state, round))
      return [p.next(sweep!)]
    },
  )
  const isFinite = b.op('eq', [b.op('sub', [total, total]), p.real(0)])
  const poison = b.op('select', [isFinite, p.real(0), p.real('nan')])
  p.spread(b.i32(0), n, (i) => output(p, a, v, n, i, poison))
}

/** Fills both matrices; the sum of all squares. */
function load(p: LinearProblem, a: Matrix, v: Matrix, n: ValueId): ValueId {
  const { b } = p
  return p.sum(b.i32(0), n, (i) =>
    p.sum(b.i32(0), n, (j) => {
      const value = p.matrixElement(b.op('max', [i, j]), b.op('min', [i, j]))
      a.set(i, j, value)
      v.set(i, j, b.op('select', [b.op('eq', [i, j]), p.real(1), p.real(0)]))
      return p.times(value, value)
    }),
  )
}

function offDiagonal(p: LinearProblem, a: Matrix, n: ValueId): ValueId {
  const { b } = p
  return p.sum(b.i32(0), n, (i) =>
    p.sum(b.i32(0), n, (j) => {
      const value = a.get(i, j)
      return b.op('select', [b.op('eq', [i, j]), p.real(0), p.times(value, value)])
    }),
  )
}

function turnRound(p: LinearProblem, state: State, round: ValueId): void {
  const { b } = p
  const { a, v, cosines, sines, n, rounds } = state
  // Of an odd number of coordinates one rests: the one whose place the first pair would have.
  const first = b.op('sub', [p.next(rounds), n])
  const pairs = b.op('shr', [p.next(rounds), b.i32(1)])
  p.spread(first, pairs, (pair) => {
    const [i, j] = pairOf(p, rounds, round, pair)
    const [c, s] = angle(p, a.get(i, j), b.op('sub', [a.get(j, j), a.get(i, i)]))
    cosines.store(pair, c)
    sines.store(pair, s)
  })
  const eachPair = (turned: (i: ValueId, j: ValueId, turn: Turn) => void): void =>
    p.each(first, pairs, (pair) => {
      const [i, j] = pairOf(p, rounds, round, pair)
      turned(i, j, turnBy(p, cosines.load(pair), sines.load(pair)))
    })
  p.spread(b.i32(0), n, (k) =>
    eachPair((i, j, turn) => {
      for (const matrix of [a, v]) {
        const [x, y] = turn(matrix.get(k, i), matrix.get(k, j))
        matrix.set(k, i, x)
        matrix.set(k, j, y)
      }
    }),
  )
  const inRows = (k: ValueId, i: ValueId, j: ValueId, turn: Turn): void => {
    const [x, y] = turn(a.get(i, k), a.get(j, k))
    a.set(i, k, b.op('select', [b.op('eq', [j, k]), p.real(0), x]))
    a.set(j, k, b.op('select', [b.op('eq', [i, k]), p.real(0), y]))
  }
  // Threads are at neighbouring elements of a row; one thread goes along it.
  if (p.ctx.execution === 'team') p.spread(b.i32(0), n, (k) => eachPair((i, j, turn) => inRows(k, i, j, turn)))
  else eachPair((i, j, turn) => p.spread(b.i32(0), n, (k) => inRows(k, i, j, turn)))
}

/** Who meets in a round: the last coordinate stays, the others go around. */
function pairOf(p: LinearProblem, rounds: ValueId, round: ValueId, pair: ValueId): readonly [ValueId, ValueId] {
  const { b } = p
  const sum = b.op('add', [round, pair])
  const x = b.op('select', [b.op('lt', [sum, rounds]), sum, b.op('sub', [sum, rounds])])
  const difference = b.op('sub', [round, pair])
  const y = b.op('select', [b.op('lt', [difference, b.i32(0)]), b.op('add', [difference, rounds]), difference])
  const other = b.op('select', [b.op('eq', [pair, b.i32(0)]), rounds, y])
  return [b.op('min', [x, other]), b.op('max', [x, other])]
}

/** Cosine and sine of the smaller angle that makes the element between the two coordinates vanish. */
function angle(p: LinearProblem, between: ValueId, difference: ValueId): readonly [ValueId, ValueId] {
  const { b } = p
  const [zero, one] = [p.real(0), p.real(1)]
  const theta = b.op('div', [difference, p.times(p.real(2), between)])
  const sign = b.op('select', [b.op('lt', [theta, zero]), p.real(-1), one])
  const root = b.op('sqrt', [b.op('add', [p.times(theta, theta), one])])
  const tangent = b.op('div', [sign, b.op('add', [b.op('abs', [theta]), root])])
  const cosine = b.op('div', [one, b.op('sqrt', [b.op('add', [p.times(tangent, tangent), one])])])
  const done = b.op('eq', [between, zero])
  return [b.op('select', [done, one, cosine]), b.op('select', [done, zero, p.times(tangent, cosine)])]
}

type Turn = (x: ValueId, y: ValueId) => readonly [ValueId, ValueId]

const turnBy =
  (p: LinearProblem, c: ValueId, s: ValueId): Turn =>
  (x, y) => [p.b.op('sub', [p.times(c, x), p.times(s, y)]), p.b.op('add', [p.times(s, x), p.times(c, y)])]

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
