/**
 * One call of an entry, from what the caller passed to tensors: read, choose, plan, place, launch, collect, commit. It either
 * succeeds as a whole or throws an EspalierError and leaves memory and state as they were.
 */
import { atomsOf, axisList } from '../../abi/axes.ts'
import { fillData } from '../../abi/dtype.ts'
import { problem } from '../../abi/espalier-error.ts'
import { decodeNumber } from '../../abi/manifest-number.ts'
import type { EntrySpec, Manifest, VariantSpec } from '../../abi/manifest.ts'
import { nearMiss } from '../../abi/near-miss.ts'
import { paramText, parseParams, requireParam, type ParamValue } from '../../abi/params.ts'
import type { Arena } from './arena.ts'
import { chooseVariant } from './choose-variant.ts'
import { collectOutputs } from './collect-outputs.ts'
import { readInput, type GivenInput } from './given-input.ts'
import { launch, type Kernels, type RunResult } from './launch.ts'
import { shapeOf } from './layout.ts'
import { placeInputs, type Placement } from './place-inputs.ts'
import { makePlan, type Plan } from './plan.ts'
import type { StateStore } from './state-store.ts'
import { Transaction } from './transaction.ts'
import type { Inputs, Outputs, Params } from './types.ts'

/** What an instance lends to a call. */
export interface CallHost {
  readonly manifest: Manifest
  readonly arena: Arena
  readonly kernels: Kernels
  readonly params: ReadonlyMap<string, ParamValue>
  readonly plans: Map<string, Plan>
}

/** Plans are small, but shapes may keep changing: the oldest is dropped beyond this many. */
const MAX_PLANS = 64

export function callEntry(host: CallHost, entryName: string, inputs: Inputs, params: Params, state: StateStore): Outputs {
  const entry = findEntry(host.manifest, entryName)
  const given = readInputs(entry, inputs)
  const values = callParams(host, entry, params)
  const { variant, index } = chooseVariant(entry, values, given, host.manifest.policy)
  const key = planKey(entry, index, given, values, state)
  const plan = host.plans.get(key) ?? remember(host, key, planFor(host, entry, variant, given, values, state))
  const transaction = new Transaction(host.arena)
  try {
    return perform(host, plan, given, state, transaction)
  } finally {
    transaction.end()
  }
}

function findEntry(manifest: Manifest, name: string): EntrySpec {
  const entry = manifest.entries.find((candidate) => candidate.name === name)
  const known = manifest.entries.map((candidate) => candidate.name)
  if (entry === undefined) throw problem('ESP4101', { entry: name, policy: manifest.policy, known, near: nearMiss(name, known) })
  return entry
}

function readInputs(entry: EntrySpec, inputs: Inputs): readonly GivenInput[] {
  const known = entry.inputs.map((spec) => spec.name)
  for (const name of Object.keys(inputs))
    if (!known.includes(name)) throw problem('ESP4103', { input: name, entry: entry.name, known, near: nearMiss(name, known) })
  return entry.inputs.map((spec) => {
    const value = inputs[spec.name]
    if (value === undefined || value === null)
      throw problem('ESP4102', { input: spec.name, entry: entry.name, axes: `${spec.dtypes.join('/')}${axisList(spec.axes)}` })
    return readInput(entry.name, spec, value)
  })
}

function callParams({ manifest, params }: CallHost, entry: EntrySpec, given: Params): ReadonlyMap<string, ParamValue> {
  const values = new Map([
    ...params,
    ...parseParams([...manifest.params, ...entry.args], given, `${manifest.policy}.${entry.name}`),
  ])
  for (const arg of entry.args) requireParam(values, arg.name, `${manifest.policy}.${entry.name}`)
  return values
}

function planKey(
  entry: EntrySpec,
  variant: number,
  inputs: readonly GivenInput[],
  params: ReadonlyMap<string, ParamValue>,
  state: StateStore,
): string {
  const tensors = inputs.map(({ shape, source }) => {
    const packed = source.kind === 'packed' ? `${source.tensor.keptPerRow ?? 'ragged'}` : ''
    return `${shape.join(',')}:${packed}`
  })
  const values = [...params].map(([name, value]) => `${name}=${paramText(value)}`)
  return [entry.name, variant, ...tensors, ...values, state.shapeKey()].join('|')
}

function planFor(
  { manifest }: CallHost,
  entry: EntrySpec,
  variant: VariantSpec,
  inputs: readonly GivenInput[],
  params: ReadonlyMap<string, ParamValue>,
  state: StateStore,
): Plan {
  const atoms = new Set(variant.axes.map((axis) => axis.name))
  const states = state.shapes(
    variant.states.map((binding) => binding.name),
    atoms,
  )
  return makePlan({ manifest, entry, variant, inputs, params, states, sizes: state.knownSizes() })
}

function remember({ plans }: CallHost, key: string, plan: Plan): Plan {
  const [oldest] = plans.keys()
  if (plans.size >= MAX_PLANS && oldest !== undefined) plans.delete(oldest)
  plans.set(key, plan)
  return plan
}

function perform(
  host: CallHost,
  plan: Plan,
  inputs: readonly GivenInput[],
  state: StateStore,
  transaction: Transaction,
): Outputs {
  const { arena, manifest } = host
  const placement: Placement = { address: [], stride: plan.buffers.map((buffer) => buffer.stride) }
  placeInputs(plan, inputs, arena, transaction, placement)
  placeStates(manifest, plan, state, arena, transaction, placement)
  for (const [index, buffer] of plan.buffers.entries()) {
    if (buffer.role === 'input' || placement.address[index] !== undefined) continue
    placement.address[index] = transaction.allocate(buffer.stride === 0 ? buffer.bytes : buffer.bytes * plan.repeat, buffer.what)
  }
  const run = launch(plan, placement, host.kernels, arena)
  const commits = stateCommits(manifest, plan, run, state, arena, transaction, placement)
  const collected = collectOutputs(plan, placement, run, arena, transaction, new Set(commits.map(({ buffer }) => buffer)))
  // Nothing below can fail.
  const outputs = collected.map(({ name, blocks, make }) => {
    for (const block of blocks) transaction.keep(block.at)
    return [name, make()] as const
  })
  for (const { name, shape, at } of commits) {
    transaction.keep(at)
    state.commit(name, shape, at)
  }
  return Object.fromEntries(outputs)
}

/** States that have a value are read in place; the others start as their initial value. */
function placeStates(
  manifest: Manifest,
  plan: Plan,
  state: StateStore,
  arena: Arena,
  transaction: Transaction,
  placement: Placement,
): void {
  for (const { name, from } of plan.variant.states) {
    if (from === null) continue
    const buffer = plan.buffers[from]
    const spec = manifest.states.find((candidate) => candidate.name === name)
    if (buffer === undefined || spec === undefined) continue
    const bound = state.addressOf(name)
    const at = bound ?? transaction.allocate(buffer.bytes, buffer.what)
    if (bound === null) fillData(spec.dtype, arena.view(spec.dtype, at, buffer.length), decodeNumber(spec.initial))
    placement.address[from] = at
  }
}

interface Commit {
  readonly name: string
  readonly buffer: number
  readonly shape: readonly number[]
  readonly at: number
}

function stateCommits(
  manifest: Manifest,
  plan: Plan,
  run: RunResult,
  state: StateStore,
  arena: Arena,
  transaction: Transaction,
  placement: Placement,
): readonly Commit[] {
  const taken = new Set<number>()
  return plan.variant.states.flatMap(({ name, atoms, from, to }) => {
    const buffer = to ?? from
    const spec = manifest.states.find((candidate) => candidate.name === name)
    if (buffer === null || spec === undefined) return []
    // A state that was only read, or was updated where it is, stays; its first value is kept so that its extents are.
    const at = placement.address[buffer] ?? 0
    const shape = shapeOf(stateAxes(manifest, spec.axes, atoms), run.extents)
    if (at === state.addressOf(name)) return []
    if (transaction.owns(at) && !taken.has(at)) {
      taken.add(at)
      return [{ name, buffer, shape, at }]
    }
    const bytes = plan.buffers[buffer]?.bytes ?? 0
    const copy = transaction.allocate(bytes, `state \`${name}\``)
    arena.copy(at, copy, bytes)
    return [{ name, buffer, shape, at: copy }]
  })
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
