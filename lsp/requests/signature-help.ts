/** The function around the cursor with the argument that is being written; forms of selections by their keyword. */
import type { SignatureHelp } from 'vscode-languageserver'
import { builtinSignatures, signatureText } from '../../compiler/frontend/builtins.ts'
import type { Analysis } from '../analysis.ts'
import { symbolsOf } from '../completion/names.ts'
import { placeAt, type OpenBracket, type Place } from '../place.ts'
import { withPaperLinks } from './links.ts'

interface Shown {
  readonly text: string
  readonly axes: readonly string[]
  readonly params: readonly string[]
  readonly doc: string | null
}

export function signatureHelp(analysis: Analysis, offset: number): SignatureHelp | null {
  const place = placeAt(analysis, offset)
  if (place?.bracket == null) return null
  const callee = calleeOf(place, place.bracket)
  const shown = callee === null ? null : signatureOf(analysis, callee.name, callee.hasAxes, offset)
  if (shown === null) return null
  const inAxes = place.bracket.mark === '['
  const labels = inAxes ? shown.axes : shown.params
  return {
    signatures: [
      {
        label: shown.text,
        parameters: labels.map((label) => ({ label })),
        ...(shown.doc === null ? {} : { documentation: { kind: 'markdown', value: withPaperLinks(shown.doc) } }),
      },
    ],
    activeSignature: 0,
    activeParameter: Math.min(place.bracket.commas, Math.max(0, labels.length - 1)),
  }
}

/** `f(` and `f[axes](`. */
function calleeOf({ tokens }: Place, { at, mark }: OpenBracket): { readonly name: string; readonly hasAxes: boolean } | null {
  let before = at - 1
  if (mark === '(' && tokens[before]?.text === ']') {
    while (before > 0 && tokens[before]?.text !== '[') before--
    before--
  }
  const token = tokens[before]
  return token?.kind === 'word' ? { name: token.text, hasAxes: before < at - 1 || mark === '[' } : null
}

function signatureOf(analysis: Analysis, name: string, hasAxes: boolean, offset: number): Shown | null {
  const own = symbolsOf(analysis, offset, ['function']).find((symbol) => symbol.name === name)
  if (own?.whole != null) {
    const decl = functionAt(analysis, own.whole.start, name)
    if (decl !== null) return decl
  }
  const builtin = builtinSignatures.get(name)
  if (builtin === undefined) return null
  const { summary: doc, plain } = builtin
  if (!hasAxes && plain !== undefined) return { text: `${name}(${plain.join(', ')})`, axes: [], params: plain, doc }
  return {
    text: signatureText(builtin),
    axes: builtin.axes === null ? [] : [builtin.axes],
    params: builtin.params,
    doc: builtin.summary,
  }
}

function functionAt({ resolved, tree }: Analysis, start: number, name: string): Shown | null {
  const items = tree.file.declarations.flatMap((one) => (one.kind === 'policy' ? one.items : []))
  const inPolicy = items.find((one) => one.kind === 'fn' && one.span.start === start)
  const decl = inPolicy?.kind === 'fn' ? inPolicy : resolved.fns.get(name)?.decl
  if (decl === undefined) return null
  const [axes, params] = [decl.axes, decl.params].map((list) => list.map(({ text }) => text))
  const brackets = axes === undefined || axes.length === 0 ? '' : `[${axes.join(', ')}]`
  return {
    text: `${decl.name.text}${brackets}(${params?.join(', ') ?? ''})`,
    axes: axes ?? [],
    params: params ?? [],
    doc: decl.doc,
  }
}
