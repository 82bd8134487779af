/** From the kernels of a policy to one WGSL module. */
import { entryPointName, GROUP_SIZE_NAME } from '../../abi/grid-bindings.ts'
import { laneRowsInScratch } from './lane-rows.ts'
import { teamSection } from './prelude/team.ts'
import type { Func } from '../../compiler/ir/node.ts'
import { emitKernel } from './kernel.ts'
import { Names } from '../source/names.ts'
import { wgslLibrary } from './prelude/wgsl-library.ts'
import { RESERVED } from './reserved.ts'

/** Kernels in order, each an entry point; then the functions they share, and what a host may exchange. */
export function emitWgsl(kernels: readonly Func[]): string {
  const library = wgslLibrary()
  const names = new Names([...RESERVED, ...library.names(), ...kernels.map(({ name }) => entryPointName(name))])
  const texts = kernels.map((kernel) => emitKernel(laneRowsInScratch(kernel), names))
  const teamNames = [...new Set(texts.join('\n').match(/\bteam_(?:uniform|sum|max|min|and|or)_\w+/g) ?? [])].sort()
  const team = teamNames.length === 0 ? [] : [teamSection(teamNames)]
  const shared = library.neededBy([...texts, ...team].join('\n'))
  const head = `// The size of every workgroup.\noverride ${GROUP_SIZE_NAME}: u32 = 64u;`
  return `${[head, ...texts, ...(shared === '' ? [] : [shared]), ...team].join('\n\n').trimEnd()}\n`
}
