/**
 * Which axes an entry knows the size of: those of its inputs and states, solved from their shapes when it is called, and
 * those with a fixed size. Refuses entries in which the shapes cannot decide.
 */
import { toText, type Rational } from '../../../abi/rational.ts'
import type { FuncBuilder } from '../../ir/builder.ts'
import type { AxisExtent, ValueId } from '../../ir/node.ts'
import type { EntryAxes, Pin } from '../types/axes.ts'
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
  const dims = [...task.inputs.flatMap((input) => (input.kind === 'tensor' ? input.axes : [])), ...states.flatMap((state) => state.axes)]
  const binding: Binding = { extents: new Map(), pinned: new Map(), numbering: new Map() }
  const shown = new Set(dims.flatMap((axis) => axes.atomsOf(axis)))
  const named = [...task.mentions.axes].filter((axis) => task.policy.axes.has(axis)).flatMap((axis) => axes.atomsOf(axis))
  for (const atom of new Set([...shown, ...named])) {
    const pin = task.policy.axes.get(atom)?.pin ?? null
    if (pin !== null) pinAxis(binding, atom, pin, builder, params)
    else if (shown.has(atom)) binding.extents.set(atom, { kind: 'bound' })
  }
  refuseUnsolved(task, axes, dims, binding)
  return binding
}

function pinAxis(binding: Binding, atom: string, pin: Pin, builder: FuncBuilder, params: ReadonlyMap<string, Elab>): void {
  if (pin.kind === 'param') {
    const param = params.get(pin.name)
    if (param?.kind === 'scalar') binding.extents.set(atom, { kind: 'scalar', value: param.id })
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
  const known = new Set([...extents].filter(([, extent]) => extent.kind === 'scalar').map(([atom]) => atom))
  const unknownIn = (axis: string): readonly string[] => axes.atomsOf(axis).filter((atom) => !known.has(atom))
  for (let progress = true; progress; ) {
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
