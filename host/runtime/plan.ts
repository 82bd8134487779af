/**
 * Everything about a call that depends only on shapes and parameters: extents, scalars, sizes of buffers and the arguments of
 * launches. Calls with the same key share a plan.
 */
import { axisList, type ShapedTensor } from '../../abi/axes.ts'
import { dtypeBytes } from '../../abi/dtype.ts'
import { problem } from '../../abi/espalier-error.ts'
import { bindShapes } from '../../abi/extents.ts'
import { requireInside } from '../../abi/index-arguments.ts'
import type { BufferSpec, DTypeName, EntrySpec, GridSpec, KernelArg, Manifest, Step, VariantSpec } from '../../abi/manifest.ts'
import { decodeNumber } from '../../abi/manifest-number.ts'
import { countOf, requireParam, type ParamValues } from '../../abi/params.ts'
import { evaluateScalars, kernelNumber, scalarValue, type ScalarSlot } from '../../abi/scalar-expr.ts'
import type { GivenInput } from './given-input.ts'
import type { Memory } from './memory.ts'
import type { Cut } from './placement.ts'
import { rowRoom } from './row-room.ts'
import { extentOf, scalarAxes, settleScalars, type CallScope } from './variant-scalars.ts'

export interface PlanRequest {
  readonly manifest: Manifest
  readonly memory: Memory
  readonly entry: EntrySpec
  readonly variant: VariantSpec
  readonly inputs: readonly GivenInput[]
  readonly params: ParamValues
  /** Touched states that have extents. */
  readonly states: readonly ShapedTensor[]
  readonly sizes: ReadonlyMap<string, number>
}

export interface BufferPlan {
  readonly role: BufferSpec['role']
  readonly dtype: DTypeName
  /** Elements for one leading index. */
  readonly length: number
  readonly bytes: number
  /** Bytes from one leading index to the next; 0 for what all share. Inputs decide theirs when they are placed. */
  readonly stride: number
  /** What a message calls it. */
  readonly what: string
}

/** A number that is settled, or what must be looked up when it is launched. */
export type ArgPlan = number | KernelArg
export interface LaunchPlan {
  readonly kind: 'launch'
  readonly kernel: string
  readonly args: readonly ArgPlan[]
  /** The arguments as the manifest has them. */
  readonly specs: readonly KernelArg[]
  readonly grid: GridSpec | null
}
export type StepPlan = LaunchPlan | { readonly kind: 'fill'; readonly buffer: number; readonly value: number }

export interface Plan {
  readonly entry: EntrySpec
  readonly variant: VariantSpec
  readonly leading: readonly number[]
  readonly repeat: number
  readonly mapped: ReadonlySet<string>
  readonly extents: ReadonlyMap<string, number>
  readonly scope: CallScope
  readonly slots: readonly ScalarSlot[]
  readonly buffers: readonly BufferPlan[]
  readonly steps: readonly StepPlan[]
  /** Count buffers by the axis whose extent they will hold. */
  readonly counted: ReadonlyMap<string, number>
  /** Of a plan for parts: how they make the whole. */
  readonly cut: Cut | null
}

export function makePlan(request: PlanRequest): Plan {
  const { variant, entry, params } = request
  const scope = scopeOf(request)
  const early = evaluateScalars(variant.scalars, { ...scope, extent: () => undefined })
  const binding = bindShapes({
    entry: entry.name,
    axes: request.manifest.axes,
    atoms: variant.axes.map((axis) => axis.name),
    needed: variant.axes.filter((axis) => axis.kind === 'bound').map((axis) => axis.name),
    inputs: request.inputs.map(({ spec, shape }) => ({ owner: spec.name, axes: spec.axes, shape })),
    states: request.states,
    unmappable: unmappable(variant),
    known: scalarAxes(variant, early),
    sizes: request.sizes,
    sameExtent: variant.sameExtent ?? [],
    count: (param) => countOf(requireParam(params, param, request.manifest.policy)),
  })
  const extents = new Map(binding.extents)
  for (const { name, axis } of entry.args) if (axis !== undefined) requireInside({ name, axis }, params, extents, entry.name)
  const slots = settleScalars(variant, scope, extents, early)
  checkScalarAxes(variant, slots, extents)
  const repeat = binding.leading.reduce((product, extent) => product * extent, 1)
  const buffers = variant.buffers.map((spec, index) => bufferPlan(request, spec, index, slots, repeat))
  const counted = new Map(variant.axes.flatMap((axis) => (axis.kind === 'counted' ? [[axis.name, axis.buffer] as const] : [])))
  const steps = variant.steps.map((step) => stepPlan(step, slots, extents))
  return { entry, variant, ...binding, repeat, extents, scope, slots, buffers, steps, counted, cut: null }
}

/** Holds no tensor: plans outlive the inputs they were made for. */
function scopeOf({ entry, manifest, params, inputs }: PlanRequest): CallScope {
  const types = new Map([...manifest.params, ...entry.args].map((spec) => [spec.name, spec.type]))
  const keptPerRow = new Map(
    inputs.map(({ spec, source }) => [spec.name, source.kind === 'packed' ? source.tensor.keptPerRow : null]),
  )
  const rooms = new Map(
    inputs.flatMap(({ spec, source }) => (source.kind === 'packed' ? [[spec.name, rowRoom(source.tensor)] as const] : [])),
  )
  return {
    param: (name) => ({ type: types.get(name) ?? 'real', value: requireParam(params, name, manifest.policy) }),
    room: (name) => rooms.get(name),
    kept: (name) => {
      const kept = keptPerRow.get(name) ?? null
      if (kept === null)
        throw problem('ESP4208', {
          tensor: name,
          part: 'rows',
          expected: 'of the same number of kept elements',
          got: 'of different numbers',
        })
      return kept
    },
  }
}

function unmappable(variant: VariantSpec): string | null {
  if (variant.states.length > 0) return `it uses the state \`${variant.states[0]?.name ?? ''}\``
  const counted = variant.axes.find((axis) => axis.kind === 'counted')
  return counted === undefined ? null : `the extent of \`${counted.name}\` is only known after it ran`
}

/** An axis that both the policy and an input determine must come out the same. */
function checkScalarAxes(variant: VariantSpec, slots: readonly ScalarSlot[], extents: ReadonlyMap<string, number>): void {
  for (const [axis, expected] of scalarAxes(variant, slots)) {
    const got = extents.get(axis) ?? expected
    if (got !== expected) throw problem('ESP4301', { axis, expected, got, first: 'the policy', second: 'the inputs' })
  }
}

function bufferPlan(
  request: PlanRequest,
  spec: BufferSpec,
  index: number,
  slots: readonly ScalarSlot[],
  repeat: number,
): BufferPlan {
  const what = bufferName(request, spec, index)
  const length = extentOf(slots, spec.length, what)
  const { maxElements } = request.memory
  if (length > maxElements) throw problem('ESP4904', { what, got: length, expected: maxElements })
  const bytes = length * dtypeBytes(spec.dtype)
  const mapped = spec.role === 'output' || (spec.role !== 'input' && isOutput(request.variant, index))
  const stride = mapped ? alignedStride(bytes, repeat, request.memory) : 0
  request.memory.requireFits(mapped ? stride * Math.max(repeat, 1) : bytes, what)
  return { role: spec.role, dtype: spec.dtype, length, bytes, stride, what }
}

/** Bytes from one leading index to the next. */
export const alignedStride = (bytes: number, repeat: number, { alignment }: Memory): number =>
  repeat > 1 ? Math.ceil(bytes / alignment) * alignment : bytes

const isOutput = (variant: VariantSpec, index: number): boolean =>
  variant.outputs.some(({ parts }) => Object.values(parts).includes(index))

function bufferName({ entry, variant }: PlanRequest, spec: BufferSpec, index: number): string {
  const holds = (parts: Readonly<Record<string, number>>): boolean => Object.values(parts).includes(index)
  const output = variant.outputs.find((binding) => holds(binding.parts))?.name
  const input = variant.inputs.find((binding) => holds(binding.parts))?.name
  const state = variant.states.find((binding) => binding.from === index || binding.to === index)?.name
  const named = [...entry.outputs, ...entry.inputs].find((tensor) => tensor.name === (output ?? input))
  const axes = named === undefined || named.axes.length === 0 ? '' : ` ${axisList(named.axes)}`
  if (output !== undefined) return `output \`${output}\`${axes} of \`${entry.name}\``
  if (input !== undefined) return `input \`${input}\`${axes} of \`${entry.name}\``
  return state === undefined ? `the workspace of \`${entry.name}\` (${spec.dtype})` : `state \`${state}\``
}

function stepPlan(step: Step, slots: readonly ScalarSlot[], extents: ReadonlyMap<string, number>): StepPlan {
  if (step.op === 'fill') return { kind: 'fill', buffer: step.buffer, value: decodeNumber(step.value) }
  const args = step.args.map((arg) => settledArg(arg, slots, extents) ?? arg)
  return { kind: 'launch', kernel: step.kernel, args, specs: step.args, grid: step.grid ?? null }
}

/** The number that an argument is, or null for a buffer and for what depends on a count. */
function settledArg(arg: KernelArg, slots: readonly ScalarSlot[], extents: ReadonlyMap<string, number>): number | null {
  if (arg.kind === 'extent') return extents.get(arg.axis) ?? null
  if (arg.kind === 'scalar') return slots[arg.scalar] === undefined ? null : kernelNumber(scalarValue(slots, arg.scalar), arg.as)
  return null
}
