/**
 * One call of an entry, from what the caller passed to tensors: read, choose, plan, place, launch, collect, commit. It either
 * succeeds as a whole or throws an EspalierError and leaves memory and state as they were. Nothing here knows where memory is.
 */
import { axisList } from '../../abi/axes.ts'
import { problem } from '../../abi/espalier-error.ts'
import type { EntrySpec, Manifest, VariantSpec } from '../../abi/manifest.ts'
import { nearMiss } from '../../abi/near-miss.ts'
import { paramText, parseParams, requireParam, type ParamValue } from '../../abi/params.ts'
import { placeStates, stateCommits, type StateCall } from './call-states.ts'
import { chooseVariant } from './choose-variant.ts'
import { collectOutputs } from './collect-outputs.ts'
import { cutToFit } from './cut.ts'
import { readInput, type GivenInput } from './given-input.ts'
import { launchSteps, type Launcher, type RunResult } from './launch.ts'
import type { Memory } from './memory.ts'
import { placeInputs } from './place-inputs.ts'
import { newPlacement } from './placement.ts'
import { makePlan, type Plan } from './plan.ts'
import { settled, type Reading } from './reading.ts'
import type { TensorFields } from './resident.ts'
import { rowRoom } from './row-room.ts'
import type { StateCells } from './state-cells.ts'
import { writeSlice } from './state-slice.ts'
import type { Transaction } from './transaction.ts'
import type { Params } from './types.ts'

/** What an instance lends to a call. */
export interface CallHost {
  readonly manifest: Manifest
  readonly memory: Memory
  readonly launcher: Launcher
  readonly params: ReadonlyMap<string, ParamValue>
  readonly plans: Map<string, Plan>
}

/** A call that everything is known of but the numbers. */
export interface PreparedCall {
  readonly plan: Plan
  readonly inputs: readonly GivenInput[]
  readonly state: StateCells
}

/** Plans are small, but shapes may keep changing: the oldest is dropped beyond this many. */
const MAX_PLANS = 64

/** Reads, chooses and plans: every refusal that needs no memory. */
export function prepareCall(
  host: CallHost,
  entryName: string,
  given: Readonly<Record<string, unknown>>,
  params: Params,
  state: StateCells,
): PreparedCall {
  const entry = findEntry(host.manifest, entryName)
  const inputs = readInputs(entry, given)
  const values = callParams(host, entry, params)
  const { variant, index } = chooseVariant(entry, values, inputs, host.manifest.policy)
  const key = planKey(entry, index, inputs, values, state)
  const plan = host.plans.get(key) ?? remember(host, key, planFor(host, entry, variant, inputs, values, state))
  return { plan, inputs, state }
}

/** Places, launches, collects, commits. The caller ends the transaction. */
export function* performCall(
  { manifest, memory, launcher }: CallHost,
  { plan, inputs, state }: PreparedCall,
  transaction: Transaction,
): Reading<readonly (readonly [name: string, fields: TensorFields])[]> {
  const placement = newPlacement(plan.buffers)
  const call: StateCall = { manifest, plan, state, memory, transaction, placement }
  placeInputs(call, inputs)
  const sliced = placeStates(call)
  for (const [index, buffer] of plan.buffers.entries()) {
    if (buffer.role === 'input' || buffer.role === 'scratch' || placement.block[index] !== undefined) continue
    placement.block[index] = transaction.allocate(bytesOf(plan, index), buffer.what)
  }
  const run = whole(plan, yield* launchSteps(plan, placement, launcher, memory))
  const commits = stateCommits(call, run, sliced)
  const taken = new Set(commits.flatMap(({ buffer }) => (buffer === null ? [] : [buffer])))
  const outputs = yield* collectOutputs(call, run, taken)
  yield* settled()
  // Nothing below can fail.
  for (const { blocks } of outputs) for (const block of blocks) transaction.keep(block)
  for (const { name, shape, block, slice } of commits) {
    if (slice !== null) writeSlice(memory, slice, block)
    transaction.keep(block)
    state.commit(name, shape, block)
  }
  return outputs.map(({ name, fields }) => [name, fields])
}

/** Of a buffer that the call makes: for all leading indices, and all parts of those that hold the whole. */
function bytesOf({ buffers, repeat, cut }: Plan, index: number): number {
  const { stride = 0, bytes = 0 } = buffers[index] ?? {}
  const perPosition = cut?.perPosition.get(index)
  if (cut !== null && perPosition !== undefined) return perPosition * cut.extent
  return stride === 0 ? bytes : stride * repeat
}

/** What results have the extents of: the whole, where parts of it ran. */
const whole = ({ cut }: Plan, run: RunResult): RunResult =>
  cut === null ? run : { ...run, extents: new Map([...run.extents, [cut.axis, cut.extent]]) }

function findEntry(manifest: Manifest, name: string): EntrySpec {
  const entry = manifest.entries.find((candidate) => candidate.name === name)
  const known = manifest.entries.map((candidate) => candidate.name)
  if (entry === undefined) throw problem('ESP4101', { entry: name, policy: manifest.policy, known, near: nearMiss(name, known) })
  return entry
}

function readInputs(entry: EntrySpec, inputs: Readonly<Record<string, unknown>>): readonly GivenInput[] {
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
  state: StateCells,
): string {
  const tensors = inputs.map(({ shape, source }) => {
    const packed = source.kind === 'packed' ? `${source.tensor.keptPerRow ?? `up to ${rowRoom(source.tensor)}`}` : ''
    return `${shape.join(',')}:${packed}`
  })
  const values = [...params].map(([name, value]) => `${name}=${paramText(value)}`)
  return [entry.name, variant, ...tensors, ...values, state.shapeKey()].join('|')
}

function planFor(
  { manifest, memory }: CallHost,
  entry: EntrySpec,
  variant: VariantSpec,
  inputs: readonly GivenInput[],
  params: ReadonlyMap<string, ParamValue>,
  state: StateCells,
): Plan {
  const atoms = new Set(variant.axes.map((axis) => axis.name))
  const states = state.shapes(
    variant.states.map((binding) => binding.name),
    atoms,
  )
  const request = { manifest, memory, entry, variant, inputs, params, states, sizes: state.knownSizes() }
  return cutToFit(request, makePlan(request))
}

function remember({ plans }: CallHost, key: string, plan: Plan): Plan {
  const [oldest] = plans.keys()
  if (plans.size >= MAX_PLANS && oldest !== undefined) plans.delete(oldest)
  plans.set(key, plan)
  return plan
}
