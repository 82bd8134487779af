/** Expressions of languages like C as text that knows whether it needs parentheses; and statements, indented. */

export interface Expr {
  readonly text: string
  /** Binds as tightly as a name: an operand without parentheses. */
  readonly tight: boolean
  /** Costs nothing to repeat and reads no variable. */
  readonly literal: boolean
}

export const named = (text: string): Expr => ({ text, tight: true, literal: false })
export const literal = (text: string): Expr => ({ text, tight: true, literal: true })
export const loose = (text: string): Expr => ({ text, tight: false, literal: false })

export const wrapped = ({ text, tight }: Expr): string => (tight ? text : `(${text})`)
export const infix = (x: Expr, operator: string, y: Expr): Expr => loose(`${wrapped(x)} ${operator} ${wrapped(y)}`)
export const prefix = (operator: string, x: Expr): Expr => named(`${operator}${wrapped(x)}`)
export const call = (name: string, ...args: readonly Expr[]): Expr => named(`${name}(${args.map(({ text }) => text).join(', ')})`)

export const isName = ({ text, literal: constant }: Expr): boolean => !constant && /^\w+$/.test(text)

export class TextWriter {
  private readonly lines: string[] = []
  private depth = 0

  line(text: string): void {
    this.lines.push(`${'  '.repeat(this.depth)}${text}`)
  }

  /** `head {` … `}`. */
  block(head: string, body: () => void, tail = '}'): void {
    this.line(`${head} {`)
    this.nested(body)
    this.line(tail)
  }

  nested(body: () => void): void {
    this.depth += 1
    body()
    this.depth -= 1
  }

  text(): string {
    return this.lines.join('\n')
  }
}

export const wordsOf = (text: string): ReadonlySet<string> => new Set(text.match(/\w+/g))
