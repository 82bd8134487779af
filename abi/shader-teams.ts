/**
 * Forms of kernels for teams of a few lanes of a subgroup, and which of them a launch takes. Pure functions of what a launch and a
 * device are, so that any host does the same. The form is in the text of the shader (`shader-variants.ts`), with two constants that
 * a host sets.
 */

/** Lanes of a team, a power of two, and how often each takes neighbours to hold what a team has in registers. */
export interface ShaderTeam {
  readonly threads: number
  readonly chunks: number
}

/** As emitted; a host puts other numbers in. */
export const TEAM_CONSTANTS = 'const TEAM: u32 = 1u;\nconst CHUNKS: u32 = 1u;'

/** Ends of lines that stay where a lane takes neighbours once, and where it does so several times. */
export const OF_ONE_CHUNK = ' // of one chunk'
export const OF_SEVERAL_CHUNKS = ' // of several chunks'

export const withTeam = (text: string, { threads, chunks }: ShaderTeam): string =>
  text
    .replace(TEAM_CONSTANTS, `const TEAM: u32 = ${threads}u;\nconst CHUNKS: u32 = ${chunks}u;`)
    .split('\n')
    .filter((line) => !line.endsWith(chunks === 1 ? OF_SEVERAL_CHUNKS : OF_ONE_CHUNK))
    .join('\n')

/** How a shader calls the form of a kernel. */
export const teamFormName = ({ kind, width, held, most }: TeamShape): string =>
  held === null ? kind : `${kind}-of-${width}-holding-${held}${most === held ? '' : `-at-most-${most}`}`

export interface TeamShape {
  /** Teams of a few lanes of a subgroup, or workgroups that hold rows in registers. */
  readonly kind: 'lanes' | 'group'
  /** Neighbouring iterations that a thread takes at a time. */
  readonly width: number
  /** What a thread holds, where all iterations of a loop have to fit into a team; null: loops may be of any length. */
  readonly held: number | null
  /** What it can hold, where there are not enough threads. */
  readonly most: number | null
}

/** Those of the kernels that have some. */
export function teamShapes(text: string): ReadonlyMap<string, readonly TeamShape[]> {
  const shapes = new Map<string, TeamShape[]>()
  for (const [, kernel, kind, width, holds, atMost] of text.matchAll(HEADS)) {
    const held = holds === undefined ? null : Number(holds)
    const shape = {
      kind: kind as TeamShape['kind'],
      width: Number(width ?? 1),
      held,
      most: held === null ? null : Number(atMost ?? held),
    }
    shapes.set(kernel!, [...(shapes.get(kernel!) ?? []), shape])
  }
  return shapes
}

const HEADS = /^\/\/ --- kernel (\w+): (lanes|group)(?:-of-(\d+)-holding-(\d+)(?:-at-most-(\d+))?)?$/gm

/** Threads of a workgroup that teams share: little workgroup memory for each, and nobody waits for many. */
export const TEAMS_GROUP = 32
/** Iterations that a lane goes through where nothing is held. */
const OPEN = 64
/** Threads of the smallest teams: of lanes that hold rows, of those that do not, and of workgroups. */
const FEWEST: Readonly<Record<'held' | 'open' | 'group', number>> = { held: 2, open: 4, group: 64 }
/** Threads that a device should have at work, if there is work for them. */
const BUSY = 2 ** 16

export interface TeamRequest {
  readonly shapes: readonly TeamShape[]
  /** No loop that is spread over a team is longer; null: not known. */
  readonly width: number | null
  readonly points: number
  /** Lanes that every subgroup has at least. */
  readonly subgroup: number
  /** Threads that a workgroup can have. */
  readonly most: number
}

export interface ChosenTeam extends ShaderTeam {
  readonly kind: 'lanes' | 'group'
}

/** Null: workgroups with rows in memory are better, or there is no other way. */
export function shaderTeam({ shapes, ...request }: TeamRequest): ChosenTeam | null {
  for (const shape of shapes) {
    const team = shape.kind === 'lanes' ? lanesFor(shape, request) : groupFor(shape, request)
    if (team !== null) return { kind: shape.kind, ...team }
  }
  return null
}

/** The fewest threads that hold a row, with a power of two of chunks: a word of a bitmap is that of threads of one subgroup. */
function groupFor(shape: TeamShape, { width, subgroup, most }: Omit<TeamRequest, 'shapes'>): ShaderTeam | null {
  const limit = 2 ** Math.floor(Math.log2(most))
  if (width === null || shape.held === null || shape.most === null || shape.most * limit < width) return null
  let threads = FEWEST.group
  while (threads < limit && threads * shape.held < width) threads *= 2
  let chunks = 1
  while (threads * chunks * shape.width < width || chunks * shape.width * subgroup < 32) chunks *= 2
  return { threads, chunks }
}

function lanesFor(shape: TeamShape, { width, points, subgroup }: Omit<TeamRequest, 'shapes'>): ShaderTeam | null {
  const most = Math.min(subgroup, TEAMS_GROUP)
  if (width === null) return null
  const held = shape.held ?? OPEN
  let threads: number = shape.held === null ? FEWEST.open : FEWEST.held
  while (threads * held < width) threads *= 2
  if (threads > most) {
    if (shape.held !== null || points * most < BUSY) return null
    threads = most
  }
  while (threads < most && points * threads < BUSY && threads * shape.width < width) threads *= 2
  return { threads, chunks: shape.held !== null ? Math.max(1, Math.ceil(width / (threads * shape.width))) : 1 }
}
