/** What lints ask of the syntax of an entry: what a name stands for, and every expression there is. */
import type { EntryDecl, Expr } from '../../ast.ts'
import { childrenOf } from '../mentions.ts'

export type Definitions = ReadonlyMap<string, Expr>

export const definitionsOf = (entry: EntryDecl): Definitions =>
  new Map(entry.body.flatMap((statement) => (statement.kind === 'let' ? [[statement.name.text, statement.value] as const] : [])))

/** A variable as what it was defined as; anything else is itself. Definitions come before uses, so this ends. */
export function resolved(expr: Expr, definitions: Definitions): Expr {
  const seen = new Set<string>()
  let value = expr
  while (value.kind === 'name' && !seen.has(value.name)) {
    seen.add(value.name)
    value = definitions.get(value.name) ?? value
  }
  return value
}

/** The expression and everything in it; variables are not followed. */
export function* expressionsIn(root: Expr): Generator<Expr> {
  const stack = [root]
  for (let expr = stack.pop(); expr !== undefined; expr = stack.pop()) {
    yield expr
    stack.push(...childrenOf(expr))
  }
}
