/** An index as a sum of values with factors and a number, and what is known to divide it. */
import type { Func, Node, ValueId } from '../../ir/node.ts'
import { definitions } from '../../ir/walk.ts'

export interface Affine {
  readonly terms: ReadonlyMap<ValueId, number>
  readonly offset: number
}

/** Sums of more levels are taken as they are. */
const MOST_LEVELS = 16

export class AffineIndices {
  private readonly defs: ReadonlyMap<ValueId, Node>

  constructor(func: Func) {
    this.defs = definitions(func)
  }

  of(id: ValueId, level = 0): Affine {
    const node = level < MOST_LEVELS ? this.defs.get(id) : undefined
    const [x, y] = node?.operands ?? []
    const number = this.constant(id)
    if (number !== null) return { terms: new Map(), offset: number }
    if (node?.op === 'add') return plus(this.of(x!, level + 1), this.of(y!, level + 1), 1)
    if (node?.op === 'sub') return plus(this.of(x!, level + 1), this.of(y!, level + 1), -1)
    if (node?.op === 'mul') {
      const factor = this.constant(y!) ?? this.constant(x!)
      if (factor !== null) return times(this.of(this.constant(y!) === null ? y! : x!, level + 1), factor)
    }
    return { terms: new Map([[id, 1]]), offset: 0 }
  }

  /** Whether `by`, a power of two, divides the sum whatever its values are. */
  divides(by: number, { terms, offset }: Affine): boolean {
    return offset % by === 0 && [...terms].every(([id, factor]) => (factor * this.divisor(id, by)) % by === 0)
  }

  /** The largest power of two up to `most` that is known to divide a value. */
  private divisor(id: ValueId, most: number, level = 0): number {
    const number = this.constant(id)
    if (number !== null) return powerOf(number, most)
    const node = level < MOST_LEVELS ? this.defs.get(id) : undefined
    const [x, y] = node?.operands ?? []
    if (node?.op === 'mul') return Math.min(most, this.divisor(x!, most, level + 1) * this.divisor(y!, most, level + 1))
    if (node?.op === 'add' || node?.op === 'sub')
      return Math.min(this.divisor(x!, most, level + 1), this.divisor(y!, most, level + 1))
    return 1
  }

  private constant(id: ValueId): number | null {
    const node = this.defs.get(id)
    return node?.op === 'constant' && typeof node.attrs.value === 'number' ? node.attrs.value : null
  }
}

function powerOf(value: number, most: number): number {
  let power = 1
  while (power < most && value % (power * 2) === 0) power *= 2
  return power
}

function plus(x: Affine, y: Affine, sign: 1 | -1): Affine {
  const terms = new Map(x.terms)
  for (const [id, factor] of y.terms) terms.set(id, (terms.get(id) ?? 0) + sign * factor)
  for (const [id, factor] of terms) if (factor === 0) terms.delete(id)
  return { terms, offset: x.offset + sign * y.offset }
}

const times = ({ terms, offset }: Affine, by: number): Affine => ({
  terms: by === 0 ? new Map() : new Map([...terms].map(([id, factor]) => [id, factor * by])),
  offset: offset * by,
})
