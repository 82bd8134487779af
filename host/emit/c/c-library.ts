/** The declarations that the functions of a policy share, and which of them a text needs: those it mentions, and those they mention. */
import { MOST_STEPS } from '../../../abi/loop-steps.ts'
import { arithmetic } from './prelude/arithmetic.ts'
import { budget } from './prelude/budget.ts'
import { checks } from './prelude/checks.ts'
import { copying } from './prelude/copying.ts'
import { extents } from './prelude/extents.ts'
import { launching } from './prelude/launching.ts'
import { logic } from './prelude/logic.ts'
import { numbers } from './prelude/numbers.ts'
import { rowRoom } from './prelude/row-room.ts'

const DECLARED = [
  /^#define (\w+)/m,
  /^typedef (?:struct|union|enum) (\w+)/m,
  /^typedef \w+ (\w+);/m,
  /^static thread_local .*?(\w+)(?:\[\w+\])?(?: = .*)?;$/m,
  /^static [^=(]*?(\w+)\(/m,
]

/** Sizes of arrays of the shared declarations, which the policy decides. */
export interface CLimits {
  /** Axes of which one size can be the product; sizes of an entry. */
  readonly factors: number
  readonly dims: number
  /** Scratch buffers of a kernel. */
  readonly rows: number
  /** Axes of a state. */
  readonly rank: number
}

/** A blank line ends a declaration; the comment above belongs to it. */
function declarations(limits: CLimits): ReadonlyMap<string, string> {
  const sizes = { FACTORS: limits.factors, DIMS: limits.dims, ROWS: limits.rows, RANK: limits.rank, MOST_STEPS }
  const macros = Object.entries(sizes).map(([name, value]) => `#define ES_${name} ${value}`)
  const sheets = [macros.join('\n\n'), numbers, arithmetic, logic, budget, checks, extents, rowRoom, launching, copying]
  return new Map(
    sheets.flatMap((sheet) =>
      sheet
        .trim()
        .split(/\n\n/)
        .flatMap((text) => {
          const name = DECLARED.map((pattern) => pattern.exec(text)?.[1]).find((found) => found !== undefined)
          return name === undefined ? [] : [[name, text] as const]
        }),
    ),
  )
}

/** What `text` needs, each declaration once, in an order that C takes. */
export function sharedDeclarations(text: string, limits: CLimits): string {
  const known = declarations(limits)
  const needed = new Set<string>()
  const visit = (part: string): void => {
    for (const word of part.match(/\w+/g) ?? []) {
      const declaration = known.get(word)
      if (declaration === undefined || needed.has(word)) continue
      needed.add(word)
      visit(declaration)
    }
  }
  visit(text)
  return [...known].flatMap(([name, declaration]) => (needed.has(name) ? [declaration] : [])).join('\n\n')
}
