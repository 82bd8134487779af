/**
 * Inputs larger than a binding: they are bound in windows, one behind the other, and every load picks the window that its word is in. A
 * host asks for it where a launch needs it; other launches have their text as it was emitted.
 */

/** An input of a kernel with a binding of its own. */
export interface WideInput {
  readonly binding: number
  /** Words of each window but the last. */
  readonly words: number
  /** Bindings of the windows behind the first. */
  readonly further: readonly number[]
}

/** The text with these inputs of the kernel at `entryPoint` in windows; a part has one form left. */
export const withWindows = (text: string, entryPoint: string, inputs: readonly WideInput[]): string =>
  inputs.reduce((before, input) => withWindow(before, entryPoint, input), text)

function withWindow(text: string, entryPoint: string, { binding, words, further }: WideInput): string {
  const entry = text.indexOf(`\nfn ${entryPoint}(`)
  // Each kernel has its declarations right before it.
  const start = text.lastIndexOf(`@group(0) @binding(${binding}) var<storage, read> `, entry)
  const [declaration, name, element] = /(\w+): array<(\w+)>;/.exec(text.slice(Math.max(start, 0), entry)) ?? []
  if (entry < 0 || start < 0 || declaration === undefined || name === undefined) return text
  const end = text.indexOf('\n', start)
  const windows = further.map((number, i) => ({ number, name: `${name}_window_${i + 1}` }))
  const bindings = windows.map((one) => `@group(0) @binding(${one.number}) var<storage, read> ${one.name}: array<${element}>;`)
  const picks = windows.map((one, i) => `  if (at >= ${(i + 1) * words}u) { return ${one.name}[at - ${(i + 1) * words}u]; }`)
  const load = [`fn wide_${name}(at: u32) -> ${element} {`, ...picks.reverse(), `  return ${name}[at];`, '}'].join('\n')
  const rest = asCalls(text.slice(end), name, `wide_${name}`)
  return [text.slice(0, end), ...bindings, '', load].join('\n') + rest
}

/** `name[…]` as `load(…)`, also inside of another. */
function asCalls(text: string, name: string, load: string): string {
  const pieces = text.split(new RegExp(`\\b${name}\\[`))
  // From the last one on: what is inside of its brackets has none of them left.
  return pieces.reduceRight((after, piece) => {
    const close = closing(after)
    return `${piece}${load}(${after.slice(0, close)})${after.slice(close + 1)}`
  })
}

/** Where the bracket ends that is open before the text. */
function closing(text: string): number {
  let depth = 1
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '[') depth += 1
    else if (text[at] === ']') depth -= 1
    if (depth === 0) return at
  }
  return text.length
}
