/** Starts kernels of a CUDA module: their form, the bytes of their parameters, and workspace that the launches of a call use in turn. */
import type { CudaBuffer } from '../../../abi/cuda-teams.ts'
import type { DeviceLauncher } from '../device/device-instance.ts'
import type { Launch } from '../launch.ts'
import type { Placement } from '../placement.ts'
import type { LaunchPlan, Plan } from '../plan.ts'
import type { CudaModule } from './compiled-kernels.ts'
import type { CudaMemory } from './cuda-memory.ts'
import { LaunchParameters } from './launch-parameters.ts'
import { launchShape, type LaunchShape } from './launch-shape.ts'

/** The buffers of a launch in the order of its parameters, with the elements of a row of each. */
interface LaunchBuffers {
  readonly buffers: readonly CudaBuffer[]
  readonly lengths: readonly number[]
}

export class KernelLauncher implements DeviceLauncher {
  readonly #memory: CudaMemory
  readonly #module: CudaModule
  #workspace: { readonly block: number; readonly bytes: number } | null = null
  #outgrown: number[] = []

  constructor(memory: CudaMemory, module: CudaModule) {
    this.#memory = memory
    this.#module = module
  }

  launch({ step, args, grid }: Launch, plan: Plan, placement: Placement): void {
    const { points, team, width } = grid ?? { points: 1, team: false, width: null }
    if (points === 0) return
    const given = buffersOf(step, plan)
    const { device, sharedBytes } = this.#memory.context
    const limits = { multiprocessors: device.multiprocessors, sharedBytes }
    const shape = launchShape(limits, { kernel: step.kernel, points, team, width, ...given })
    const parameters = new LaunchParameters()
    const rows = this.#rows(given, shape)
    let row = 0
    for (const [i, spec] of step.specs.entries()) {
      if (spec.kind === 'extent') parameters.integer(args[i] ?? 0)
      else if (spec.kind === 'scalar') parameters.number(spec.as, args[i] ?? 0)
      else if (isRow(spec.access)) {
        const { pointer, length } = rows[row++] ?? NO_ROW
        parameters.pointer(pointer)
        parameters.integer(length)
      } else parameters.pointer(this.#memory.pointer(placement.block[spec.buffer] ?? 0) + BigInt(args[i] ?? 0))
    }
    parameters.integer(points)
    if (team) parameters.integer(shape.sharedWords)
    this.#memory.work.start({
      request: { module: this.#module, kernel: step.kernel, team: shape.team },
      ...{ blocks: shape.blocks, threads: shape.threads, sharedBytes: shape.sharedBytes },
      parameters: parameters.taken(),
    })
  }

  end(): void {
    if (this.#workspace !== null) this.#memory.release(this.#workspace.block)
    for (const block of this.#outgrown) this.#memory.release(block)
    this.#workspace = null
    this.#outgrown = []
  }

  /** The rows of all workers lie one behind the other in the workspace; those that are not in memory have null pointers. */
  #rows({ buffers, lengths }: LaunchBuffers, { team, workers, sharedWords }: LaunchShape): readonly Row[] {
    const isInMemory = (access: CudaBuffer['access']): boolean =>
      sharedWords === 0 && (access === 'scratch' || team === null || team.chunks === 0)
    const rows = buffers.flatMap(({ access }, i) => {
      if (!isRow(access)) return []
      const length = lengths[i] ?? 0
      return [{ length, bytes: isInMemory(access) ? Math.ceil((4 * length * workers) / ALIGNMENT) * ALIGNMENT : 0 }]
    })
    const total = rows.reduce((sum, { bytes }) => sum + bytes, 0)
    let at = total === 0 ? 0n : this.#memory.pointer(this.#space(total))
    return rows.map(({ length, bytes }) => {
      const pointer = bytes === 0 ? 0n : at
      at += BigInt(bytes)
      return { pointer, length }
    })
  }

  #space(bytes: number): number {
    if (this.#workspace !== null && this.#workspace.bytes >= bytes) return this.#workspace.block
    if (this.#workspace !== null) this.#outgrown.push(this.#workspace.block)
    const block = this.#memory.allocate(bytes, 'the workspace of a kernel')
    this.#workspace = { block, bytes }
    return block
  }
}

interface Row {
  readonly pointer: bigint
  readonly length: number
}

const NO_ROW: Row = { pointer: 0n, length: 0 }
const ALIGNMENT = 16

const isRow = (access: CudaBuffer['access'] | undefined): boolean => access === 'scratch' || access === 'lane'

function buffersOf({ specs }: LaunchPlan, plan: Plan): LaunchBuffers {
  const buffers: CudaBuffer[] = []
  const lengths: number[] = []
  for (const spec of specs) {
    if (spec.kind !== 'buffer') continue
    const planned = plan.buffers[spec.buffer]
    buffers.push({ access: spec.access ?? 'readwrite', dtype: planned?.dtype ?? 'f32' })
    lengths.push(planned?.length ?? 0)
  }
  return { buffers, lengths }
}
