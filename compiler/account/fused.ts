/** What a region fuses, in the policy's words: `keep + pack of K over (kv, token)`, and where that is written. */
import type { Span } from '../diagnostics/span.ts'
import type { Func, Node } from '../ir/node.ts'
import type { OpDef } from '../ir/op.ts'

export interface Fused {
  /** `keep`, `sum[channel]`: what is more than arithmetic element by element, in program order. */
  readonly parts: readonly { readonly word: string; readonly times: number }[]
  /** Inputs and states that are read. */
  readonly of: readonly string[]
  readonly over: readonly string[]
  readonly spans: readonly Span[]
}

export function fusedIn(region: Node, func: Func, ops: Readonly<Record<string, OpDef>>): Fused {
  const nodes = region.regions[0]?.nodes ?? []
  const moving = nodes.filter(({ op }) => ops[op]?.mixes !== undefined || op === 'unpack')
  const words = moving.map(wordOf)
  const named = func.params.filter(({ id, type }) => type.kind === 'tensor' && region.operands.includes(id))
  const places = (moving.length > 0 ? moving : nodes).flatMap(({ span }) => (span === null ? [] : [span]))
  return {
    parts: [...new Set(words)].map((word) => ({ word, times: words.filter((other) => other === word).length })),
    of: named.map(({ name }) => name),
    over: region.attrs['grid'] as readonly string[],
    spans: [...new Map(places.map((span) => [`${span.source} ${span.start} ${span.end}`, span])).values()],
  }
}

/** A node as a policy has it: `sum[token]`, `softmax[token]`, `keep`. */
export function wordOf({ op, attrs }: Node): string {
  if (op === 'kept_indices') return 'compact'
  const axes = attrs['axes'] ?? attrs['axis']
  const along = Array.isArray(axes) ? axes.join(', ') : typeof axes === 'string' ? axes : ''
  const kind = attrs['kind']
  const name = typeof kind === 'string' ? kind : op
  return along === '' || op === 'keep' ? name : `${name}[${along}]`
}

export function fusedText({ parts, of, over }: Fused): string {
  const words = parts.map(({ word, times }) => (times === 1 ? word : `${times} ${word}`))
  const what = words.length === 0 ? 'element by element' : words.join(' + ')
  const names = of.length === 0 ? '' : ` of ${of.join(', ')}`
  return `${what}${names}${over.length === 0 ? '' : ` over (${over.join(', ')})`}`
}
