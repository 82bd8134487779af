/**
 * A number of elements or bytes twice over: as a formula in the names of axes and parameters (a sum of products), and as
 * the number it is for the sizes that are assumed. Plain data; the number is NaN where nothing is known.
 */
export interface Term {
  readonly coefficient: number
  /** Names, or arithmetic that is no sum of products, in order of first appearance. */
  readonly factors: readonly string[]
}

export interface Quantity {
  readonly terms: readonly Term[]
  readonly value: number
}

export const constant = (value: number): Quantity => ({
  terms: value === 0 ? [] : [{ coefficient: value, factors: [] }],
  value,
})

export const ZERO = constant(0)
export const ONE = constant(1)

/** A name, or an expression that is taken as a whole. */
export const symbol = (text: string, value: number): Quantity => ({ terms: [{ coefficient: 1, factors: [text] }], value })

/** The constant that a formula is; null when it has names in it. */
export function constantOf({ terms }: Quantity): number | null {
  const [first, ...others] = terms
  if (first === undefined) return 0
  return others.length === 0 && first.factors.length === 0 ? first.coefficient : null
}

export const add = (x: Quantity, y: Quantity): Quantity => ({
  terms: collect([...x.terms, ...y.terms]),
  value: x.value + y.value,
})

export const scale = (x: Quantity, by: number): Quantity => multiply(x, constant(by))

export const subtract = (x: Quantity, y: Quantity): Quantity => add(x, scale(y, -1))

export const multiply = (x: Quantity, y: Quantity): Quantity => ({
  terms: collect(
    x.terms.flatMap((left) =>
      y.terms.map((right) => ({
        coefficient: left.coefficient * right.coefficient,
        factors: [...left.factors, ...right.factors],
      })),
    ),
  ),
  value: x.value * y.value,
})

export const product = (all: readonly Quantity[]): Quantity => all.reduce(multiply, ONE)
export const sum = (all: readonly Quantity[]): Quantity => all.reduce(add, ZERO)

/** The smaller by its number; the first when they are equal or one is not known. */
export const smaller = (x: Quantity, y: Quantity): Quantity => (Number.isNaN(x.value) || y.value < x.value ? y : x)

export const sameFormula = (x: Quantity, y: Quantity): boolean => subtract(x, y).terms.length === 0

/** Equal products together, those that cancel left out. */
function collect(terms: readonly Term[]): readonly Term[] {
  const found = new Map<string, Term>()
  for (const term of terms) {
    const key = [...term.factors].sort().join('·')
    const known = found.get(key)
    found.set(key, known === undefined ? term : { ...known, coefficient: known.coefficient + term.coefficient })
  }
  return [...found.values()].filter(({ coefficient }) => coefficient !== 0)
}

/** `8·kv·token + 4`: the longest products first. */
export function formulaText({ terms }: Quantity): string {
  const [only, ...others] = terms
  if (only === undefined) return '0'
  const alone = others.length === 0 && only.coefficient === 1 && only.factors.length === 1 ? only.factors[0] : undefined
  if (alone !== undefined) return bare(alone)
  const ordered = [...terms].sort((x, y) => y.factors.length - x.factors.length)
  return ordered.map((term, i) => `${sign(term, i === 0)}${termText(term)}`).join('')
}

/** Without parentheses around the whole. */
function bare(text: string): string {
  let open = 0
  for (const [at, letter] of [...text].entries()) {
    open += letter === '(' ? 1 : letter === ')' ? -1 : 0
    if (open === 0) return at === text.length - 1 && text.startsWith('(') ? text.slice(1, -1) : text
  }
  return text
}

/** As a factor of something: a sum in parentheses. */
export const factorText = (x: Quantity): string =>
  x.terms.length > 1 || (x.terms[0]?.coefficient ?? 0) < 0 ? `(${formulaText(x)})` : formulaText(x)

function sign({ coefficient }: Term, isFirst: boolean): string {
  if (isFirst) return coefficient < 0 ? '-' : ''
  return coefficient < 0 ? ' - ' : ' + '
}

function termText({ coefficient, factors }: Term): string {
  const size = Math.abs(coefficient)
  if (factors.length === 0) return numberText(size)
  const grouped = [...new Set(factors)].map((factor) => {
    const power = factors.filter((other) => other === factor).length
    return power === 1 ? factor : `${factor}^${power}`
  })
  return [...(size === 1 ? [] : [numberText(size)]), ...grouped].join('·')
}

const numberText = (value: number): string => String(Number(value.toPrecision(6)))
