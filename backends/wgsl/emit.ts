/** From the kernels of a policy to one WGSL module. */
import { entryPointName, GROUP_SIZE_NAME } from '../../abi/grid-bindings.ts'
import { teamFormName } from '../../abi/shader-teams.ts'
import { asComment } from '../../abi/shader-variants.ts'
import { laneRowsInScratch } from './lane-rows.ts'
import { lanesText } from './prelude/lanes.ts'
import { teamSection } from './prelude/team.ts'
import type { Func } from '../../compiler/ir/node.ts'
import { emitKernel } from './kernel.ts'
import { Names } from '../source/names.ts'
import { teamFormOf } from './team-form.ts'
import { wgslLibrary } from './prelude/wgsl-library.ts'
import { RESERVED } from './reserved.ts'

/** Kernels in order, each an entry point; then the functions they share, and what a host may exchange. */
export function emitWgsl(kernels: readonly Func[]): string {
  const library = wgslLibrary()
  const names = new Names([...RESERVED, ...library.names(), ...kernels.map(({ name }) => entryPointName(name))])
  const texts = kernels.map((kernel) => emitKernel(laneRowsInScratch(kernel), names))
  const lanes = kernels.map((kernel) => lanesForm(kernel, names))
  const teamNames = [...new Set(texts.join('\n').match(/\bteam_(?:uniform|sum|max|min|and|or|before|all)_\w+/g) ?? [])].sort()
  const team = teamNames.length === 0 ? [] : [teamSection(teamNames)]
  const ofLanes = lanes.some((form) => form !== null) ? [lanesText(lanes.map((form) => form?.text ?? '').join('\n'))] : []
  const shared = library.neededBy([...texts, ...team, ...lanes.map((form) => form?.text ?? ''), ...ofLanes].join('\n'))
  const head = `// The size of every workgroup.\noverride ${GROUP_SIZE_NAME}: u32 = 64u;`
  const forms = texts.map((text, i) => inForms(`kernel ${entryPointName(kernels[i]!.name)}`, text, lanes[i] ?? null))
  const exchanged = ofLanes.map((text) => inForms('teams of lanes', '', { name: 'lanes', text }))
  return `${[head, ...forms, ...(shared === '' ? [] : [shared]), ...team, ...exchanged].join('\n\n').trimEnd()}\n`
}

interface Form {
  readonly name: string
  readonly text: string
}

function lanesForm(kernel: Func, names: Names): Form | null {
  const form = teamFormOf(kernel)
  return form === null ? null : { name: teamFormName(form), text: emitKernel(kernel, names, form) }
}

const inForms = (part: string, portable: string, better: Form | null): string =>
  better === null
    ? portable
    : [`// --- ${part}: portable`, portable, `// --- ${part}: ${better.name}`, asComment(better.text), '// --- end'].join('\n')
