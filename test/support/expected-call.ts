/**
 * Random calls of a variant, and what the TypeScript host makes of each: lengths of buffers, launches with their arguments, or a
 * refusal. Nothing runs: memory only counts.
 */
import { dtypeBytes } from '../../abi/dtype.ts'
import { EspalierError } from '../../abi/espalier-error.ts'
import type { EntrySpec, Manifest, ParamSpec, TensorSpec } from '../../abi/manifest.ts'
import { defaultParams, parseParams, type ParamValues } from '../../abi/params.ts'
import { rowLength, type PackedLayout } from '../../abi/packed.ts'
import { atomsOf, type DeclaredAxis } from '../../abi/axes.ts'
import type { CCall } from '../../host/emit/c/c-call.ts'
import { lateAxes } from '../../host/emit/c/c-call.ts'
import type { GivenInput } from '../../host/runtime/given-input.ts'
import { launchSteps, type Launch } from '../../host/runtime/launch.ts'
import { layoutOf, shapeOf } from '../../host/runtime/layout.ts'
import { Memory } from '../../host/runtime/memory.ts'
import { newPlacement } from '../../host/runtime/placement.ts'
import { makePlan, type Plan } from '../../host/runtime/plan.ts'
import { settleScalars } from '../../host/runtime/variant-scalars.ts'

/** Whole numbers from 0 up to below the bound. */
export type Random = (below: number) => number

export interface RandomCall {
  readonly params: Readonly<Record<string, string | boolean>>
  /** Of atomic axes. */
  readonly extents: ReadonlyMap<string, number>
  /** Kept entries of a row of packed inputs, of all of them where all of its rows keep as many. */
  readonly kept: ReadonlyMap<string, number>
  /** Elements that packed inputs with rows of different lengths store, in thousandths of all that they have; null: rows keep equal numbers. */
  readonly thousandths: number | null
  /** What the steps will count. */
  readonly counts: ReadonlyMap<string, number>
}

export interface ExpectedCall {
  readonly plan: Plan
  readonly launches: readonly Launch[]
}

export class CountingMemory extends Memory {
  readonly alignment = 256
  readonly alive = true
  requireFits(): void {}
  allocate = (): number => 0
  put = (): number => 0
  release(): void {}
  shrink(): void {}
  fill(): void {}
  copyRuns(): void {}
}

const pick = <T>(random: Random, items: readonly T[]): T => items[random(items.length)] as T

export function randomCall(call: CCall, random: Random): RandomCall {
  const { variant } = call
  const most = pick(random, [2, 9, 40, 300])
  const extents = new Map<string, number>()
  for (const axis of variant.axes) if (axis.kind === 'bound') extents.set(axis.name, random(20) === 0 ? 0 : 1 + random(most))
  for (const [first, second] of variant.sameExtent ?? [])
    for (const [a, b] of [
      [first, second],
      [second, first],
    ] as const)
      if (extents.has(a) && extents.has(b)) extents.set(b, extents.get(a) ?? 0)
  const args = Object.fromEntries(call.entry.args.map((spec) => [spec.name, argValue(spec, extents, random)]))
  const params = Object.fromEntries(
    call.manifest.params.flatMap((spec) => {
      if (spec.type === 'choice') return [[spec.name, variant.choices[spec.name] ?? spec.choices?.[0] ?? '']]
      const isAsked = call.params.some(({ name }) => name === spec.name)
      return spec.default !== null && (!isAsked || random(3) === 0) ? [] : [[spec.name, paramValue(spec, random)]]
    }),
  )
  const kept = new Map(variant.inputs.flatMap(({ name, packing }) => (packing === null ? [] : [[name, random(6)] as const])))
  const counts = new Map(lateAxes(call).map((axis) => [axis, Math.min(random(4), ...extents.values())]))
  const thousandths = pick(random, [null, 0, random(1001)])
  return { params: { ...params, ...args }, extents, kept, thousandths, counts }
}

function argValue(spec: ParamSpec, extents: ReadonlyMap<string, number>, random: Random): string | boolean {
  const extent = spec.axis?.atoms.reduce((product, atom) => product * (extents.get(atom) ?? 1), 1)
  return extent === undefined ? paramValue(spec, random) : String(random(8) === 0 ? random(5) - 2 : random(Math.max(1, extent)))
}

function paramValue({ type }: ParamSpec, random: Random): string | boolean {
  const den = 1 + random(pick(random, [2, 10, 1000]))
  switch (type) {
    case 'ratio':
      return random(20) === 0 ? '5/4' : `${random(den + 1)}/${den}`
    case 'real':
      return String((random(2001) - 400) / pick(random, [1, 7, 1000]))
    case 'bool':
      return random(2) === 0
    default:
      return String(random(pick(random, [3, 20, 200])) - (type === 'int' && random(4) === 0 ? 3 : 0))
  }
}

/** Null: the call is refused. */
export function expectedCall(call: CCall, given: RandomCall): ExpectedCall | null {
  try {
    return expected(call, given)
  } catch (error) {
    if (error instanceof EspalierError) return null
    throw error
  }
}

function expected(call: CCall, given: RandomCall): ExpectedCall | null {
  const { manifest, entry, variant } = call
  const memory = new CountingMemory(manifest.policy)
  const params = paramsOf(manifest, entry, given)
  const { extents } = extentsOf(call, given, params)
  const inputs = entry.inputs.map((spec) => inputOf(call, spec, extents, given))
  const states = variant.states.map(({ name }) => {
    const axes = stateAxes(call, name)
    return { owner: `state ${name}`, axes, shape: shapeOf(axes, extents) }
  })
  const sizes = new Map(
    call.sizes.given.filter(({ tensors }) => tensors.length === 0).map(({ axis }) => [axis, extents.get(axis) ?? 0]),
  )
  const plan = makePlan({ manifest, memory, entry, variant, inputs, params, states, sizes })
  // Kernels count in 32 bits.
  if (plan.buffers.some(({ length }) => length > 0x7fffffff)) return null
  const launches: Launch[] = []
  const launcher = { launch: (launch: Launch) => void launches.push({ ...launch, args: [...launch.args] }) }
  const axisOf = new Map([...plan.counted].map(([axis, buffer]) => [buffer, axis]))
  const placement = newPlacement(plan.buffers)
  // Each block is known by its buffer.
  for (const buffer of plan.buffers.keys()) placement.block[buffer] = buffer
  const run = launchSteps(plan, placement, launcher, memory)
  for (let next = run.next(); next.done !== true;) {
    const counted = next.value.map(({ block }) => Int32Array.of(given.counts.get(axisOf.get(block) ?? '') ?? 0))
    next = run.next(counted)
  }
  return { plan, launches: launches.filter(({ grid }) => grid?.points !== 0) }
}

/** The declared axes of a state, with the atoms that they have in the variant. */
export function stateAxes({ manifest, variant }: CCall, name: string): readonly DeclaredAxis[] {
  const present = new Set(variant.axes.map((axis) => axis.name))
  const declared = manifest.states.find((state) => state.name === name)?.axes ?? []
  return declared.map((axis) => ({ name: axis, atoms: atomsOf(manifest.axes, axis, present) ?? [] }))
}

function paramsOf(manifest: Manifest, entry: EntrySpec, { params }: RandomCall): ParamValues {
  return new Map([
    ...defaultParams(manifest.params),
    ...parseParams([...manifest.params, ...entry.args], params, manifest.policy),
  ])
}

/** Extents of all axes that are known before anything runs. */
export function extentsOf({ manifest, entry, variant }: CCall, given: RandomCall, params = paramsOf(manifest, entry, given)) {
  const extents = new Map(given.extents)
  const types = new Map([...manifest.params, ...entry.args].map((spec) => [spec.name, spec.type]))
  const param = (name: string) => ({ type: types.get(name) ?? ('real' as const), value: params.get(name) ?? 0 })
  const slots = settleScalars(variant, { param, kept: (name) => given.kept.get(name) ?? 0 }, extents, [])
  return { extents, slots }
}

function inputOf({ variant }: CCall, spec: TensorSpec, extents: ReadonlyMap<string, number>, given: RandomCall): GivenInput {
  const shape = shapeOf(spec.axes, extents)
  const dtype = variant.dtypes[spec.name] ?? spec.dtypes[0] ?? 'f32'
  const packing = variant.inputs.find(({ name }) => name === spec.name)?.packing ?? null
  const common = { spec, shape, dtypes: [dtype], ambiguous: null }
  if (packing === null) return { ...common, source: { kind: 'numbers', data: [] } }
  const layout = layoutOf(spec.axes, packing, [], extents)
  const keptPerRow =
    packing.exact || given.thousandths === null ? Math.min(given.kept.get(spec.name) ?? 0, rowLength(layout)) : null
  const parts = { values: new Uint8Array(storedElements(layout, given)) }
  return { ...common, source: { kind: 'packed', tensor: { dtype, packing, layout, parts, keptPerRow } } }
}

/** Of tensors that are too large for a test, none: that is not to know how many. */
function storedElements(layout: PackedLayout, { thousandths }: RandomCall): number {
  const all = layout.dims.reduce((product, extent) => product * extent, 1)
  return all > 1_000_000 ? 0 : Math.floor((all * (thousandths ?? 0)) / 1000)
}

/** Elements that each packed input of a call stores, as `stored` of its arguments has it. */
export const storedOf = (call: CCall, { plan }: ExpectedCall, given: RandomCall): ReadonlyMap<string, number> =>
  new Map(
    call.hinted.map((input) => {
      const packing = call.variant.inputs.find(({ name }) => name === input)?.packing
      const axes = call.entry.inputs.find(({ name }) => name === input)?.axes ?? []
      return [input, packing == null ? 0 : storedElements(layoutOf(axes, packing, [], plan.extents), given)]
    }),
  )

export const bufferBytes = ({ variant }: CCall, plan: Plan, buffer: number): number =>
  (plan.buffers[buffer]?.length ?? 0) * dtypeBytes(variant.buffers[buffer]?.dtype ?? 'f32')
