/** Host scalars of a manifest as people write them: `kv * token * (channel - floor(k_sparsity * channel))`. */
import type { ScalarExpr } from '../abi/manifest.ts'

const infix: Readonly<Record<string, readonly [symbol: string, level: number]>> = {
  add: ['+', 1],
  sub: ['-', 1],
  mul: ['*', 2],
  div: ['/', 2],
  rem: ['%', 2],
}

/** Loosely binding text is put in parentheses where it stands inside something tighter. */
interface Text {
  readonly text: string
  readonly level: number
}

const ATOM = 9

export const scalarText = (scalars: readonly ScalarExpr[], index: number): string => textOf(scalars, index).text

function textOf(scalars: readonly ScalarExpr[], index: number): Text {
  const expr = scalars[index]
  if (expr === undefined) return { text: '?', level: ATOM }
  if ('args' in expr) return operation(scalars, expr.op, expr.args)
  switch (expr.op) {
    case 'literal':
      return { text: expr.value, level: ATOM }
    case 'param':
      return { text: expr.name, level: ATOM }
    case 'size':
      return { text: expr.axis, level: ATOM }
    case 'kept':
      return { text: `kept(${expr.input})`, level: ATOM }
    case 'budget': {
      const [amount, extent] = [expr.amount, expr.extent].map((at) => textOf(scalars, at).text)
      return { text: `${expr.mode}(${amount} of ${extent})`, level: ATOM }
    }
  }
}

function operation(scalars: readonly ScalarExpr[], op: string, args: readonly number[]): Text {
  const parts = args.map((at) => textOf(scalars, at))
  const [symbol, level] = infix[op] ?? []
  if (symbol === undefined || level === undefined)
    return { text: `${op}(${parts.map(({ text }) => text).join(', ')})`, level: ATOM }
  const words = parts.map((part, i) => (part.level < level + (i > 0 ? 1 : 0) ? `(${part.text})` : part.text))
  return { text: words.join(` ${symbol} `), level }
}
