/** A policy's shader in the forms that a device can run: as workgroups take it, and for teams of lanes of one size or another. */
import { entryPointName } from '../../../abi/grid-bindings.ts'
import { shaderTeam, teamShapes, withTeam, type ChosenTeam, type TeamShape } from '../../../abi/shader-teams.ts'
import { withFeatures, withTeams } from '../../../abi/shader-variants.ts'
import { withWindows, type WideInput } from '../../../abi/shader-windows.ts'
import type { Grid } from '../launch.ts'

export interface LaunchModule {
  readonly text: string
  /** Names of the numbers that a pipeline gives it. */
  readonly overrides: ReadonlySet<string>
  /** Null: teams are workgroups, with rows in memory. */
  readonly team: ChosenTeam | null
}

/** Subgroups have at least so many lanes on every device that has them. */
const FEWEST_LANES = 4

export class ShaderModules {
  readonly #source: string
  readonly #features: ReadonlySet<string>
  readonly #shapes: ReadonlyMap<string, readonly TeamShape[]>
  readonly #subgroup: number
  readonly #most: number
  readonly #modules = new Map<string, LaunchModule>()

  constructor(source: string, features: ReadonlySet<string>, device: GPUDevice) {
    this.#source = source
    this.#features = features
    this.#shapes = features.has('subgroups') ? teamShapes(source) : new Map<string, readonly TeamShape[]>()
    // Not all implementations say.
    const info = device.adapterInfo as Partial<GPUAdapterInfo> | undefined
    this.#subgroup = info?.subgroupMinSize ?? FEWEST_LANES
    const { maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX } = device.limits
    this.#most = Math.min(maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX)
  }

  forLaunch(kernel: string, { points, width }: Grid, wide: readonly WideInput[]): LaunchModule {
    const shapes = this.#shapes.get(entryPointName(kernel)) ?? []
    const team = shaderTeam({ shapes, width, points, subgroup: this.#subgroup, most: this.#most })
    const key = [
      ...(team === null ? [] : [team.kind, team.threads, team.chunks]),
      ...(wide.length === 0 ? [] : [kernel, JSON.stringify(wide)]),
    ].join(' ')
    let known = this.#modules.get(key)
    if (known === undefined) {
      const chosen =
        team === null
          ? withFeatures(this.#source, this.#features)
          : withTeam(withTeams(this.#source, team.kind, this.#features), team)
      const text = withWindows(chosen, entryPointName(kernel), wide)
      known = { text, overrides: overridesOf(text), team }
      this.#modules.set(key, known)
    }
    return known
  }
}

const overridesOf = (text: string): ReadonlySet<string> =>
  new Set([...text.matchAll(/^override\s+(\w+)/gm)].map(([, name]) => name ?? ''))
