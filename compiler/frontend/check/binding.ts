/**
 * Which axes an entry knows the size of: those of its inputs and states, solved from their shapes when it is called, and
 * those with a fixed size. Refuses entries in which the shapes cannot decide.
 */
import { toText, type Rational } from '../../../abi/rational.ts'
import type { FuncBuilder } from '../../ir/builder.ts'
import type { Attrs, AxisExtent, ValueId } from '../../ir/node.ts'
import type { EntryAxes, Pin, PolicyAxes } from '../types/axes.ts'
import type { Elab } from '../types/value.ts'
import type { EntryTask } from './entry-task.ts'
import type { StateInfo } from './scope.ts'

export interface Binding {
  readonly extents: Map<string, AxisExtent>
  readonly pinned: Map<string, Rational>
  readonly numbering: Map<string, ValueId>
}

export function bindAxes(
  task: Pick<EntryTask, 'sink' | 'policy' | 'entry' | 'inputs' | 'mentions'>,
  axes: EntryAxes,
  states: readonly StateInfo[],
  builder: FuncBuilder,
  params: ReadonlyMap<string, Elab>,
): Binding {
  const dims = [
    ...task.inputs.flatMap((input) => (input.kind === 'tensor' ? input.axes : [])),
    ...states.flatMap((state) => state.axes),
  ]
  const binding: Binding = { extents: new Map(), pinned: new Map(), numbering: new Map() }
  const shown = new Set(dims.flatMap((axis) => axes.atomsOf(axis)))
  const named = [...task.mentions.axes].filter((axis) => task.policy.axes.has(axis)).flatMap((axis) => axes.atomsOf(axis))
  for (const atom of new Set([...shown, ...named])) {
    const pin = task.policy.axes.get(atom)?.pin ?? null
    if (pin !== null) pinAxis(binding, atom, pin, builder, params)
    else if (shown.has(atom)) binding.extents.set(atom, { kind: 'bound' })
  }
  for (const atom of new Set(named)) sizeLike(binding, task.policy.axes, axes, atom, builder)
  for (const input of task.inputs)
    if (input.kind === 'index') for (const atom of axes.atomsOf(input.axis.text)) sizeOnly(binding, task.policy.axes, atom)
  refuseUnsolved(task, axes, dims, binding)
  return binding
}

/** `axes other = token` without an input that shows `other`: as large as `token`. */
function sizeLike({ extents, numbering }: Binding, all: PolicyAxes, axes: EntryAxes, atom: string, builder: FuncBuilder): void {
  const like = all.get(atom)?.like ?? null
  const atoms = like === null ? [] : axes.atomsOf(like)
  if (extents.has(atom) || atoms.length === 0 || !atoms.every((part) => extents.has(part))) return
  builder.at(all.get(atom)?.span ?? null)
  const numbered = (op: string, operands: readonly ValueId[], attrs: Attrs): ValueId => {
    const key = JSON.stringify([op, operands, attrs])
    const value = numbering.get(key) ?? builder.emit(op, operands, attrs)
    numbering.set(key, value)
    return value
  }
  const [first = 0, ...rest] = atoms.map((axis) => numbered('size', [], { axis }))
  extents.set(atom, { kind: 'scalar', value: rest.reduce((product, size) => numbered('mul', [product, size], {}), first) })
}

/** The axis of an index argument may be one that no input shows: then the host is given its size. */
function sizeOnly({ extents }: Binding, all: PolicyAxes, atom: string): void {
  if (!extents.has(atom) && all.has(atom)) extents.set(atom, { kind: 'bound' })
}

function pinAxis(binding: Binding, atom: string, pin: Pin, builder: FuncBuilder, params: ReadonlyMap<string, Elab>): void {
  if (pin.kind === 'param') {
    const param = params.get(pin.name)
    if (param?.kind === 'scalar') binding.extents.set(atom, { kind: 'scalar', value: param.id })
    return
  }
  if (pin.kind === 'error') {
    binding.extents.set(atom, { kind: 'bound' })
    return
  }
  const attrs = { value: toText(pin.value), scalar: 'int' }
  const key = JSON.stringify(['literal', [], attrs])
  builder.at(pin.span)
  const value = binding.numbering.get(key) ?? builder.emit('literal', [], attrs)
  binding.numbering.set(key, value)
  binding.extents.set(atom, { kind: 'scalar', value })
  binding.pinned.set(atom, pin.value)
}

/** The length of a dimension is the product of its atoms: all but one of them must be known from elsewhere. */
function refuseUnsolved(
  { sink, policy, entry }: Pick<EntryTask, 'sink' | 'policy' | 'entry'>,
  axes: EntryAxes,
  dims: readonly string[],
  { extents }: Binding,
): void {
  const isKnown = (atom: string): boolean => extents.get(atom)?.kind === 'scalar' || policy.axes.get(atom)?.pin?.kind === 'error'
  const known = new Set([...extents.keys()].filter(isKnown))
  const unknownIn = (axis: string): readonly string[] => axes.atomsOf(axis).filter((atom) => !known.has(atom))
  for (let progress = true; progress;) {
    progress = false
    for (const axis of dims) {
      const [atom, ...others] = unknownIn(axis)
      if (atom === undefined || others.length > 0) continue
      known.add(atom)
      progress = true
    }
  }
  for (const axis of new Set(dims)) {
    const unknown = unknownIn(axis)
    if (unknown.length === 0) continue
    const info = policy.axes.get(axis)
    const related = info === undefined ? [] : [{ span: info.span, message: `\`${axis}\` is factored here` }]
    sink.report('ESP1106', entry.name.span, { axis, unknown: unknown.join('`, `') }, { related })
  }
}
