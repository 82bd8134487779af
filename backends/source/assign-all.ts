/** Sets variables at once: a value that reads one of the others is evaluated before any of them changes. */
import { wordsOf, type Expr, type TextWriter } from './text.ts'

/** `copied` gives a value a name of its own, here. */
export function assignAll(
  writer: TextWriter,
  targets: readonly Expr[],
  values: readonly Expr[],
  copied: (value: Expr, index: number) => Expr,
): void {
  const moves = targets
    .map((target, index) => ({ target, value: values[index] as Expr, index }))
    .filter(({ target, value }) => value.text !== target.text)
  const changed = new Set<string>()
  const ready = moves.map(({ target, value, index }) => {
    const early = [...wordsOf(value.text)].some((word) => changed.has(word))
    changed.add(target.text)
    return { target, value: early ? copied(value, index) : value }
  })
  for (const { target, value } of ready) writer.line(`${target.text} = ${value.text};`)
}
