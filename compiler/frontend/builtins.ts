/** The functions of the language as a reader sees them: how each is written, and what it is. For editors; the checker has the rules. */
import { axisFunctions } from './check/reductions.ts'
import { builtinFunctions } from './check/functions.ts'
import { linearFunctions } from './check/linear.ts'
import { orderFunctions } from './check/order-statistics.ts'

export interface BuiltinSignature {
  readonly name: string
  /** What stands in the brackets; null: no brackets. */
  readonly axes: string | null
  readonly params: readonly string[]
  /** Without brackets, where that is another function: `max(a, b)`. */
  readonly plain?: readonly string[]
  readonly summary: string
}

const REST: Readonly<Record<string, Omit<BuiltinSignature, 'name'>>> = {
  index: { axes: null, params: ['axis'], summary: 'the position along an axis, from 0: a tensor over it' },
  size: { axes: null, params: ['axis'], summary: 'the length of an axis: a host number' },
  uniform: {
    axes: 'axes',
    params: ['seed', 'stream'],
    summary: 'one random number per position, from 0 up to but not including 1',
  },
  normal: { axes: 'axes', params: ['seed', 'stream'], summary: 'one random number per position, mean 0, deviation 1' },
  join: { axes: 'a | b', params: ['x', 'y'], summary: 'a value of parts, one along each axis' },
  histogram: { axes: 'axes -> bin', params: ['x', 'lo', 'hi'], summary: 'how many elements are in each of equal bins' },
}

const ORDER_SUMMARIES: Readonly<Record<string, string>> = {
  rank: 'how many elements of the row come before this one, best first',
  order: 'the positions of the row, best first',
  sort: 'the elements of the row, best first',
  kth: 'the k-th best of the row, counted from 1',
  quantile: 'the number below which a share q of the row lies: linear, lower, higher, nearest or midpoint between two',
  median: 'the number in the middle of the row',
}

const LINEAR_SUMMARIES: Readonly<Record<string, string>> = {
  cholesky: 'the lower triangular L with L times its transpose = A',
  solve_lower: 'x with L x = y, of a lower triangle',
  solve_upper: 'x with U x = y, of an upper triangle',
  lstsq: 'x for which A x is nearest to y',
  eigh_values: 'the eigenvalues of a symmetric matrix, ascending',
  eigh_vectors: 'the eigenvectors of a symmetric matrix, one per position',
}

/** The words between the parentheses of `kth[axis](x, k)`. */
const paramsOf = (form: string): readonly string[] => /\(([^)]*)\)/.exec(form)?.[1]?.split(', ') ?? []

function allSignatures(): ReadonlyMap<string, BuiltinSignature> {
  const all = new Map<string, BuiltinSignature>()
  const add = (name: string, signature: Omit<BuiltinSignature, 'name'>): void => void all.set(name, { name, ...signature })
  for (const [name, { params, summary }] of Object.entries(builtinFunctions)) add(name, { axes: null, params, summary })
  for (const [name, { summary, second, nothing }] of Object.entries(axisFunctions)) {
    // `max` and `min` are both: of two values, and along axes.
    const both = all.get(name)
    const needs = nothing === 'needs-else' ? '; of a `where` it needs an `else`' : ''
    const own = both === undefined ? summary : `${summary} along axes; without brackets: ${both.summary} of two values`
    const params = second === null ? ['x'] : ['x', second]
    add(name, { axes: 'axes', params, summary: own + needs, ...(both === undefined ? {} : { plain: both.params }) })
  }
  for (const [name, { form }] of Object.entries(orderFunctions))
    add(name, { axes: 'axes', params: paramsOf(form), summary: ORDER_SUMMARIES[name] ?? '' })
  for (const [name, { params }] of Object.entries(linearFunctions))
    add(name, { axes: 'rows, columns', params, summary: LINEAR_SUMMARIES[name] ?? '' })
  for (const [name, signature] of Object.entries(REST)) add(name, signature)
  return all
}

export const builtinSignatures = allSignatures()

/** `sum[axes](x)`. */
export const signatureText = ({ name, axes, params }: BuiltinSignature): string =>
  `${name}${axes === null ? '' : `[${axes}]`}(${params.join(', ')})`
