/**
 * One call of an entry, from what the caller passed to tensors: read, choose, plan, place, launch, collect, commit. It either
 * succeeds as a whole or throws an EspalierError and leaves memory and state as they were.
 */
import { axisList } from '../../abi/axes.ts'
import { problem } from '../../abi/espalier-error.ts'
import type { EntrySpec, Manifest, VariantSpec } from '../../abi/manifest.ts'
import { nearMiss } from '../../abi/near-miss.ts'
import { paramText, parseParams, requireParam, type ParamValue } from '../../abi/params.ts'
import type { Arena } from './arena.ts'
import { chooseVariant } from './choose-variant.ts'
import { collectOutputs } from './collect-outputs.ts'
import { readInput, type GivenInput } from './given-input.ts'
import { placeStates, stateCommits, type StateCall } from './call-states.ts'
import { launch, type Kernels } from './launch.ts'
import { placeInputs, type Placement } from './place-inputs.ts'
import { makePlan, type Plan } from './plan.ts'
import { writeSlice } from './state-slice.ts'
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
  const call: StateCall = { manifest, plan, state, arena, transaction, placement }
  const sliced = placeStates(call)
  for (const [index, buffer] of plan.buffers.entries()) {
    if (buffer.role === 'input' || placement.address[index] !== undefined) continue
    placement.address[index] = transaction.allocate(buffer.stride === 0 ? buffer.bytes : buffer.bytes * plan.repeat, buffer.what)
  }
  const run = launch(plan, placement, host.kernels, arena)
  const commits = stateCommits(call, run, sliced)
  const taken = new Set(commits.flatMap(({ buffer }) => (buffer === null ? [] : [buffer])))
  const collected = collectOutputs(plan, placement, run, arena, transaction, taken)
  // Nothing below can fail.
  const outputs = collected.map(({ name, blocks, make }) => {
    for (const block of blocks) transaction.keep(block.at)
    return [name, make()] as const
  })
  for (const { name, shape, at, slice } of commits) {
    if (slice !== null) writeSlice(arena, slice, at)
    transaction.keep(at)
    state.commit(name, shape, at)
  }
  return Object.fromEntries(outputs)
}
