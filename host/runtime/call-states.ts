/**
 * The states of one call: where they are read, and what becomes of them once it has succeeded. A state of which one slice changes
 * is changed where it is, and only there, after everything that can fail.
 */
import { atomsOf } from '../../abi/axes.ts'
import { dtypeBytes } from '../../abi/dtype.ts'
import { decodeNumber } from '../../abi/manifest-number.ts'
import type { Manifest, StateSpec, VariantSpec } from '../../abi/manifest.ts'
import { scalarValue } from '../../abi/scalar-expr.ts'
import { toDouble } from '../../abi/scalar-ops.ts'
import type { RunResult } from './launch.ts'
import { shapeOf } from './layout.ts'
import type { Placing } from './place-inputs.ts'
import type { StateCells } from './state-cells.ts'
import { stateSlice, type StateSlice } from './state-slice.ts'

export interface StateCall extends Placing {
  readonly manifest: Manifest
  readonly state: StateCells
}

export interface Commit {
  readonly name: string
  /** The buffer whose memory becomes the state; null when that is no buffer of the plan. */
  readonly buffer: number | null
  readonly shape: readonly number[]
  readonly block: number
  /** What is written into the block; null when it is there already. */
  readonly slice: StateSlice | null
}

type Binding = VariantSpec['states'][number]

/**
 * States that have a value are read in place; the others start as their initial value. Gives the blocks of states that get a
 * slice, by name: they are there before anything runs, so that nothing can fail afterwards.
 */
export function placeStates({ manifest, plan, state, memory, transaction, placement }: StateCall): ReadonlyMap<string, number> {
  const sliced = new Map<string, number>()
  for (const binding of plan.variant.states) {
    const { name, from, at: places } = binding
    const spec = manifest.states.find((candidate) => candidate.name === name)
    if (spec === undefined || (from === null && places === undefined)) continue
    const length = extentsOf(binding, plan.extents).reduce((product, extent) => product * extent, 1)
    const bound = state.blockOf(name)
    const block = bound ?? transaction.allocate(length * dtypeBytes(spec.dtype), `state \`${name}\``)
    if (bound === null) memory.fill(block, 0, spec.dtype, length, decodeNumber(spec.initial))
    if (from !== null) placement.block[from] = block
    if (places !== undefined) sliced.set(name, block)
  }
  return sliced
}

const extentsOf = ({ atoms }: Binding, extents: ReadonlyMap<string, number>): readonly number[] =>
  atoms.map((atom) => extents.get(atom) ?? 0)

export function stateCommits(call: StateCall, run: RunResult, sliced: ReadonlyMap<string, number>): readonly Commit[] {
  const { manifest, plan } = call
  const taken = new Set<number>()
  return plan.variant.states.flatMap((binding) => {
    const spec = manifest.states.find((candidate) => candidate.name === binding.name)
    if (spec === undefined) return []
    const shape = shapeOf(stateAxes(manifest, spec.axes, binding.atoms), run.extents)
    const base = sliced.get(binding.name)
    return base === undefined ? wholeCommit(call, binding, shape, taken) : [sliceCommit(call, run, binding, spec, shape, base)]
  })
}

function sliceCommit(
  { plan, placement }: StateCall,
  run: RunResult,
  binding: Binding,
  spec: StateSpec,
  shape: readonly number[],
  base: number,
): Commit {
  const positions = binding.atoms.map((atom) => {
    const place = binding.at?.find(({ axis }) => axis === atom)
    return place === undefined ? null : toDouble(scalarValue(run.slots, place.scalar))
  })
  const from = placement.block[binding.to ?? 0] ?? 0
  const slice = stateSlice(extentsOf(binding, plan.extents), positions, dtypeBytes(spec.dtype), from)
  return { name: binding.name, buffer: binding.from, shape, block: base, slice }
}

function wholeCommit(
  { plan, state, memory, transaction, placement }: StateCall,
  { name, from, to }: Binding,
  shape: readonly number[],
  taken: Set<number>,
): readonly Commit[] {
  const buffer = to ?? from
  if (buffer === null) return []
  // A state that was only read, or was updated where it is, stays; its first value is kept so that its extents are.
  const block = placement.block[buffer] ?? 0
  if (block === state.blockOf(name)) return []
  if (transaction.owns(block) && !taken.has(block)) {
    taken.add(block)
    return [{ name, buffer, shape, block, slice: null }]
  }
  const bytes = plan.buffers[buffer]?.bytes ?? 0
  const copy = transaction.allocate(bytes, `state \`${name}\``)
  memory.copy(block, placement.byte[buffer] ?? 0, copy, 0, bytes)
  return [{ name, buffer, shape, block: copy, slice: null }]
}

/** Splits the atomic axes of a state among its declared ones. */
function stateAxes(
  manifest: Manifest,
  declared: readonly string[],
  atoms: readonly string[],
): { name: string; atoms: readonly string[] }[] {
  const present = new Set(atoms)
  return declared.map((name) => ({ name, atoms: atomsOf(manifest.axes, name, present) ?? [name] }))
}
