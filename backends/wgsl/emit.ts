/** From the kernels of a policy to one WGSL module. */
import { entryPointName, GROUP_SIZE_NAME } from '../../abi/grid-bindings.ts'
import { TEAM_CONSTANTS, teamFormName } from '../../abi/shader-teams.ts'
import { asComment } from '../../abi/shader-variants.ts'
import { laneRowsInScratch } from './lane-rows.ts'
import { groupText } from './prelude/group-selection.ts'
import { lanesText } from './prelude/lanes.ts'
import { teamSection } from './prelude/team.ts'
import type { Func } from '../../compiler/ir/node.ts'
import { emitKernel } from './kernel.ts'
import { Names } from '../source/names.ts'
import { teamFormsOf, type TeamForm } from './team-form.ts'
import { wgslLibrary } from './prelude/wgsl-library.ts'
import { RESERVED } from './reserved.ts'

/** Kernels in order, each an entry point; then the functions they share, and what a host may exchange. */
export function emitWgsl(kernels: readonly Func[]): string {
  const library = wgslLibrary()
  const names = new Names([...RESERVED, ...library.names(), ...kernels.map(({ name }) => entryPointName(name))])
  const texts = kernels.map((kernel) => emitKernel(laneRowsInScratch(kernel), names))
  const better = kernels.map((kernel) => teamFormsOf(kernel).map((form) => formOf(kernel, names, form)))
  const formTexts = better.flat().map(({ text }) => text)
  const teamNames = [...new Set([...texts, ...formTexts].join('\n').match(TEAM_NAMES))].sort()
  const team = teamNames.length === 0 ? [] : [teamSection(teamNames)]
  const exchanges = formTexts.length > 0 ? [sharedForms(formTexts.join('\n'))] : []
  const shared = library.neededBy([...texts, ...team, ...formTexts, ...exchanges].join('\n'))
  const head = `// The size of every workgroup.\noverride ${GROUP_SIZE_NAME}: u32 = 64u;`
  const forms = texts.map((text, i) => inForms(`kernel ${entryPointName(kernels[i]!.name)}`, text, better[i]!))
  return `${[head, ...forms, ...(shared === '' ? [] : [shared]), ...team, ...exchanges].join('\n\n').trimEnd()}\n`
}

const TEAM_NAMES = /\bteam_(?:uniform|sum|max|min|and|or|before|all)_\w+/g

/** What forms of kernels call, in those forms. */
const sharedForms = (text: string): string =>
  inForms('teams', '', [
    { name: 'lanes', text: lanesText(text) },
    { name: 'group', text: [TEAM_CONSTANTS, ...groupText(text)].join('\n\n') },
  ])

interface Form {
  readonly name: string
  readonly text: string
}

const formOf = (kernel: Func, names: Names, form: TeamForm): Form => ({
  name: teamFormName(form),
  text: emitKernel(kernel, names, form),
})

const inForms = (part: string, portable: string, better: readonly Form[]): string =>
  better.length === 0
    ? portable
    : [
        ...[`// --- ${part}: portable`, portable],
        ...better.flatMap(({ name, text }) => [`// --- ${part}: ${name}`, asComment(text)]),
        '// --- end',
      ].join('\n')
