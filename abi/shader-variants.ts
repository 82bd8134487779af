/**
 * Parts of a shader that are better where a device offers a feature. The text is complete as it stands; a part that has other forms
 * carries them as comments, so that a host needs to know nothing about what is in them:
 *
 *     // --- team operations: portable
 *     fn team_sum(…) …
 *     // --- team operations: subgroups
 *     //| fn team_sum(…) …
 *     // --- end
 *
 * Forms that are called `lanes…` or `group…` are for teams that hold rows in registers: a host takes them for some launches
 * (`shader-teams.ts`).
 */

/** Features of a device, as WebGPU names them, and the extension of WGSL that goes with each. */
export const shaderFeatures = { subgroups: 'subgroups', 'shader-f16': 'f16' } as const
export type ShaderFeature = keyof typeof shaderFeatures

/** Not a feature by name: the builtin that widens halves is exact on a device, which a host finds out by trying. */
export const EXACT_UNPACK = 'exact-unpack'

/** The text of a form as the comments that carry it. */
export const asComment = (text: string): string => text.replace(/^/gm, '//| ').replace(/ +$/gm, '')

const HEAD = /^\/\/ --- (.+): ([a-z0-9-]+)$/
const END = '// --- end'
const TEAMS = /^(?:lanes|group)/

/** The text with the first form of each part that the device can run, and the extensions that they need. */
export const withFeatures = (text: string, features: ReadonlySet<string>): string => withForms(text, (name) => features.has(name))

/** The same with the forms for teams of lanes, or for workgroups that hold rows; the device has subgroups. */
export const withTeams = (text: string, kind: 'lanes' | 'group', features: ReadonlySet<string>): string =>
  withForms(text, (name) => name === kind || name.startsWith(`${kind}-`) || features.has(name))

function withForms(text: string, offers: (name: string) => boolean): string {
  const enabled = new Set<string>()
  const lines: string[] = []
  let part: Form[] | null = null
  for (const line of text.split('\n')) {
    const [, name, feature] = HEAD.exec(line) ?? []
    if (name !== undefined && feature !== undefined) (part ??= []).push({ head: line, feature, lines: [] })
    else if (line === END && part !== null) {
      const chosen = choose(part, offers)
      if (chosen.feature !== 'portable') for (const directive of directivesOf(chosen.feature)) enabled.add(directive)
      lines.push(chosen.head, ...chosen.lines, END)
      part = null
    } else (part?.at(-1)?.lines ?? lines).push(line)
  }
  return [...[...enabled].sort().reverse(), ...lines].join('\n')
}

/** Lanes of other teams may do something else: what a subgroup has in common is not what a validator looks for. */
const directivesOf = (form: string): readonly string[] =>
  TEAMS.test(form)
    ? ['enable subgroups;', 'diagnostic(off, subgroup_uniformity);']
    : form in shaderFeatures
      ? [`enable ${shaderFeatures[form as ShaderFeature]};`]
      : []

interface Form {
  readonly head: string
  readonly feature: string
  readonly lines: string[]
}

function choose(forms: readonly Form[], offers: (name: string) => boolean): Form {
  const better = forms.find(({ feature }) => feature !== 'portable' && offers(feature))
  if (better !== undefined) return { ...better, lines: better.lines.map((line) => line.replace(/^\/\/\| ?/, '')) }
  return forms.find(({ feature }) => feature === 'portable') ?? { head: END, feature: 'portable', lines: [] }
}
