/** What is added to the index of a loop: how elements that lie side by side for neighbouring iterations are told. */
import type { Block, ValueId } from '../../compiler/ir/node.ts'

export interface IndexTerm {
  /** The same in all iterations. */
  readonly value: ValueId
  readonly sign: '+' | '-'
}

/** The terms beside the index of the loop whose body the region is, of a value of the region; null: it is something else. */
export function termsBesideIndex(region: Block, id: ValueId): readonly IndexTerm[] | null {
  const index = region.params[0]?.id as ValueId
  const local = new Map(region.nodes.flatMap((node) => node.results.map((result) => [result.id, node] as const)))
  const params = new Set(region.params.map((param) => param.id))
  const sumOf = (value: ValueId): { readonly steps: number; readonly terms: readonly IndexTerm[] } | null => {
    if (value === index) return { steps: 1, terms: [] }
    const node = local.get(value)
    if (node === undefined) return params.has(value) ? null : { steps: 0, terms: [{ value, sign: '+' }] }
    const [x, y] = node.op === 'add' || node.op === 'sub' ? node.operands.map(sumOf) : []
    if (x === undefined || y === undefined || x === null || y === null) return null
    if (node.op === 'add') return { steps: x.steps + y.steps, terms: [...x.terms, ...y.terms] }
    const flipped = y.terms.map((term): IndexTerm => ({ ...term, sign: term.sign === '+' ? '-' : '+' }))
    return y.steps === 0 ? { steps: x.steps, terms: [...x.terms, ...flipped] } : null
  }
  const sum = sumOf(id)
  return sum?.steps === 1 ? sum.terms : null
}
