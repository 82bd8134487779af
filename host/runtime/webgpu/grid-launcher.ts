/**
 * Starts kernels of a shader module: as many workers as there are points, or as scratch memory allows; the words of the uniform
 * block; bindings, of which some are several buffers laid out one after the other.
 */
import {
  GROUP_SIZE_NAME,
  POINTS_WORD,
  WORKERS_WORD,
  entryPointName,
  gridBindings,
  isScratch,
  localWordsName,
  type GridBindings,
  type GridParam,
} from '../../../abi/grid-bindings.ts'
import type { KernelArg } from '../../../abi/manifest.ts'
import type { DeviceLauncher } from '../device/device-instance.ts'
import type { Launch, OpenNumber } from '../launch.ts'
import type { Placement } from '../placement.ts'
import type { LaunchPlan, Plan } from '../plan.ts'
import type { BoundRegion } from './command-list.ts'
import type { PipelineRequest } from './compiled-pipelines.ts'
import { requireBindable } from './device-limits.ts'
import type { WideInput } from '../../../abi/shader-windows.ts'
import type { WebgpuMemory } from './webgpu-memory.ts'
import { canSettle, settleNumbers } from './settle-numbers.ts'
import { gridSize, teamsSize, type GridSize } from './grid-size.ts'
import type { LaunchModule, ShaderModules } from './shader-modules.ts'

export class GridLauncher implements DeviceLauncher {
  readonly #memory: WebgpuMemory
  readonly #modules: ShaderModules
  readonly #bindings = new WeakMap<LaunchPlan, GridBindings>()
  /** Workspace of the running call, by use. */
  readonly #workspace = new Map<string, { readonly block: number; readonly bytes: number }>()
  #outgrown: number[] = []

  constructor(memory: WebgpuMemory, modules: ShaderModules) {
    this.#memory = memory
    this.#modules = modules
  }

  launch({ step, args, grid, open }: Launch, plan: Plan, placement: Placement): void {
    const points = grid?.points ?? 1
    if (points === 0) return
    const scratch = this.#scratchLengths(step, plan)
    const { limits } = this.#memory.context.device
    const bindings = this.#bindingsOf(step)
    const bound = new Bound(this.#memory, plan, placement, step.specs, args)
    const wide = bound.wide(bindings)
    const module = this.#modules.forLaunch(step.kernel, { points, team: grid?.team ?? false, width: grid?.width ?? null }, wide)
    const size =
      module.team === null
        ? gridSize(limits, {
            ...{ points, team: grid?.team ?? false, width: grid?.width ?? null },
            scratchWords: scratch.reduce((sum, length) => sum + length, 0),
            hasLocal: module.overrides.has(localWordsName(step.kernel)),
          })
        : teamsSize(limits, points, module.team)
    const words = new Words(bindings.uniformWords)
    words.integer(WORKERS_WORD, size.workers)
    words.integer(POINTS_WORD, points)
    for (const [i, spec] of step.specs.entries())
      if (spec.kind !== 'buffer') words.number(bindings.slots[i]?.word ?? 0, spec, args[i] ?? 0)
    const storage = bindings.storage.map(({ access, params }): BoundRegion => {
      if (access === 'scratch') return this.#scratch(module.team === null ? scratch : [], size, params, bindings, words)
      const [only] = params
      return params.length === 1 && only !== undefined
        ? bound.single(only, bindings, words)
        : bound.merged(params, bindings, words, access, (bytes) => this.#space(access, bytes, `the inputs of \`${step.kernel}\``))
    })
    const openWords = open.map((number) => ({ number, word: wordOf(number, bindings) }))
    settleNumbers(this.#memory, { plan, placement }, openWords, (bytes) => this.#space('numbers', bytes, 'numbers of a launch'))
    this.#memory.commands.add({
      kind: 'dispatch',
      pipeline: pipelineRequest(module, step.kernel, bindings, size, bound.further.length),
      uniform: words.words,
      storage: [...storage, ...bound.further],
      groups: size.groups,
    })
    bound.copyBack()
  }

  canSettle(open: readonly OpenNumber[]): boolean {
    return canSettle(open)
  }

  /** Gives back the workspace of a call. */
  end(): void {
    for (const { block } of this.#workspace.values()) this.#memory.release(block)
    for (const block of this.#outgrown) this.#memory.release(block)
    this.#workspace.clear()
    this.#outgrown = []
  }

  #bindingsOf(step: LaunchPlan): GridBindings {
    const bindings = this.#bindings.get(step) ?? gridBindings(step.specs.map(paramOf))
    this.#bindings.set(step, bindings)
    return bindings
  }

  #scratchLengths(step: LaunchPlan, plan: Plan): readonly number[] {
    return step.specs.flatMap((spec) =>
      spec.kind === 'buffer' && isScratch(paramOf(spec)) ? [plan.buffers[spec.buffer]?.length ?? 0] : [],
    )
  }

  #scratch(
    lengths: readonly number[],
    size: GridSize,
    params: readonly number[],
    bindings: GridBindings,
    words: Words,
  ): BoundRegion {
    const copies = size.localWords > 1 ? 1 : size.workers
    let start = 0
    for (const [i, param] of params.entries()) {
      const word = bindings.slots[param]?.word ?? 0
      words.integer(word, start)
      words.integer(word + 1, lengths[i] ?? 0)
      start += (lengths[i] ?? 0) * copies
    }
    const bytes = size.localWords > 1 ? 4 : Math.max(4, start * 4)
    return this.#memory.region(this.#space('scratch', bytes, 'the workspace of a kernel'), 0, bytes).region
  }

  /** Workspace that the launches of a call use in turn. */
  #space(use: string, bytes: number, what: string): number {
    const known = this.#workspace.get(use)
    if (known !== undefined && known.bytes >= bytes) return known.block
    if (known !== undefined) this.#outgrown.push(known.block)
    const block = this.#memory.allocate(bytes, what)
    this.#workspace.set(use, { block, bytes })
    return block
  }
}

const wordOf = ({ argument }: OpenNumber, { slots }: GridBindings): number =>
  argument === 'points' ? POINTS_WORD : (slots[argument]?.word ?? 0)

function pipelineRequest(
  { text, overrides }: LaunchModule,
  kernel: string,
  bindings: GridBindings,
  size: GridSize,
  further: number,
): PipelineRequest {
  const constants = { [GROUP_SIZE_NAME]: size.groupSize, [localWordsName(kernel)]: size.localWords }
  return {
    module: text,
    entryPoint: entryPointName(kernel),
    constants: Object.fromEntries(Object.entries(constants).filter(([name]) => overrides.has(name))),
    storage: [
      ...bindings.storage.map(({ access }) => (access === 'read' ? ('read' as const) : ('readwrite' as const))),
      ...new Array<'read'>(further).fill('read'),
    ],
  }
}

const paramOf = (spec: KernelArg): GridParam =>
  spec.kind === 'buffer' ? (spec.access ?? 'readwrite') : spec.kind === 'extent' ? 'i32' : spec.as

/** The buffers of one launch as bindings. */
class Bound {
  readonly #memory: WebgpuMemory
  readonly #plan: Plan
  readonly #placement: Placement
  readonly #specs: readonly KernelArg[]
  readonly #args: readonly number[]
  readonly #back: (() => void)[] = []
  /** Windows behind the first of inputs that are larger than a binding, in the order of their numbers. */
  readonly further: BoundRegion[] = []
  #windowOf: ReadonlyMap<number, number> = new Map()

  constructor(memory: WebgpuMemory, plan: Plan, placement: Placement, specs: readonly KernelArg[], args: readonly number[]) {
    this.#memory = memory
    this.#plan = plan
    this.#placement = placement
    this.#specs = specs
    this.#args = args
  }

  /** Inputs to be bound in windows, as far as the device has bindings left. */
  wide({ storage }: GridBindings): readonly WideInput[] {
    const { limits } = this.#memory.context.device
    const { maxStorageBufferBindingSize: most, minStorageBufferOffsetAlignment: alignment } = limits
    const size = most - (most % alignment)
    let next = storage.length + 1
    const wide = storage.flatMap(({ binding, access, params }): (WideInput & { readonly param: number })[] => {
      const [param = 0] = params
      if (access !== 'read' || params.length > 1) return []
      const { block, byte, bytes } = this.#part(param)
      const { regions } = this.#memory.windows(block, byte, bytes, size)
      if (regions.reduce((sum, region) => sum + region.size, 0) <= most) return []
      return [{ param, binding, words: size / 4, further: regions.slice(1).map(() => next++) }]
    })
    if (next - 1 > limits.maxStorageBuffersPerShaderStage) return []
    this.#windowOf = new Map(wide.map(({ param, words }) => [param, words * 4]))
    return wide.map(({ binding, words, further }) => ({ binding, words, further }))
  }

  single(param: number, { slots }: GridBindings, words: Words): BoundRegion {
    const { block, byte, bytes, what } = this.#part(param)
    const window = this.#windowOf.get(param)
    if (window !== undefined) {
      const { regions, rest } = this.#memory.windows(block, byte, bytes, window)
      words.integer(slots[param]?.word ?? 0, rest / 4)
      this.further.push(...regions.slice(1))
      return regions[0] as BoundRegion
    }
    requireBindable(this.#memory.context.device, bytes, what)
    const { region, rest } = this.#memory.region(block, byte, bytes)
    words.integer(slots[param]?.word ?? 0, rest / 4)
    return region
  }

  /** Lays the buffers out one after the other. */
  merged(
    params: readonly number[],
    { slots }: GridBindings,
    words: Words,
    access: 'read' | 'readwrite',
    space: (bytes: number) => number,
  ): BoundRegion {
    const parts = params.map((param) => ({ param, ...this.#part(param) }))
    const total = parts.reduce((sum, { bytes }) => sum + bytes, 0)
    const joined = space(Math.max(4, total))
    let start = 0
    for (const { param, block, byte, bytes } of parts) {
      const at = start
      words.integer(slots[param]?.word ?? 0, at / 4)
      this.#memory.copy(block, byte, joined, at, bytes)
      if (access === 'readwrite') this.#back.push(() => this.#memory.copy(joined, at, block, byte, bytes))
      start += bytes
    }
    return this.#memory.region(joined, 0, total).region
  }

  copyBack(): void {
    for (const copy of this.#back) copy()
  }

  /** Whole words. */
  #part(param: number): { readonly block: number; readonly byte: number; readonly bytes: number; readonly what: string } {
    const spec = this.#specs[param]
    const buffer = spec?.kind === 'buffer' ? spec.buffer : -1
    return {
      block: this.#placement.block[buffer] ?? 0,
      byte: this.#args[param] ?? 0,
      bytes: Math.ceil((this.#placement.bytes[buffer] ?? 0) / 4) * 4,
      what: this.#plan.buffers[buffer]?.what ?? 'a buffer',
    }
  }
}

/** The uniform block of one launch. */
class Words {
  readonly words: Uint32Array
  readonly #view: DataView

  constructor(count: number) {
    this.words = new Uint32Array(count)
    this.#view = new DataView(this.words.buffer)
  }

  integer(word: number, value: number): void {
    this.#view.setUint32(word * 4, value, true)
  }

  number(word: number, spec: Exclude<KernelArg, { readonly kind: 'buffer' }>, value: number): void {
    const as = spec.kind === 'extent' ? 'i32' : spec.as
    if (as === 'f32') this.#view.setFloat32(word * 4, value, true)
    else if (as === 'f64') this.#view.setFloat64(word * 4, value, true)
    else this.integer(word, value)
  }
}
