/**
 * Parts of a shader that are better where a device offers a feature. The text is complete as it stands; a part that has other forms
 * carries them as comments, so that a host needs to know nothing about what is in them:
 *
 *     // --- team operations: portable
 *     fn team_sum(…) …
 *     // --- team operations: subgroups
 *     //| fn team_sum(…) …
 *     // --- end
 */

/** Features of a device, as WebGPU names them, and the extension of WGSL that goes with each. */
export const shaderFeatures = { subgroups: 'subgroups', 'shader-f16': 'f16' } as const
export type ShaderFeature = keyof typeof shaderFeatures

/** The text of a form as the comments that carry it. */
export const asComment = (text: string): string => text.replace(/^/gm, '//| ').replace(/ +$/gm, '')

const HEAD = /^\/\/ --- (.+): ([a-z0-9-]+)$/
const END = '// --- end'

/** The text with the first form of each part that the device can run, and the extensions that they need. */
export function withFeatures(text: string, features: ReadonlySet<string>): string {
  const enabled = new Set<string>()
  const lines: string[] = []
  let part: Form[] | null = null
  for (const line of text.split('\n')) {
    const [, name, feature] = HEAD.exec(line) ?? []
    if (name !== undefined && feature !== undefined) (part ??= []).push({ head: line, feature, lines: [] })
    else if (line === END && part !== null) {
      const chosen = choose(part, features)
      if (chosen.feature !== 'portable') enabled.add(shaderFeatures[chosen.feature as ShaderFeature])
      lines.push(chosen.head, ...chosen.lines, END)
      part = null
    } else (part?.at(-1)?.lines ?? lines).push(line)
  }
  return [...[...enabled].map((extension) => `enable ${extension};`), ...lines].join('\n')
}

interface Form {
  readonly head: string
  readonly feature: string
  readonly lines: string[]
}

function choose(forms: readonly Form[], features: ReadonlySet<string>): Form {
  const better = forms.find(({ feature }) => feature in shaderFeatures && features.has(feature))
  if (better !== undefined) return { ...better, lines: better.lines.map((line) => line.replace(/^\/\/\| ?/, '')) }
  return forms.find(({ feature }) => feature === 'portable') ?? { head: END, feature: 'portable', lines: [] }
}
