/** The statements of an entry: assignments, new values of states, and what is returned. */
import type { FuncOutput } from '../../ir/node.ts'
import { isFloat, type DType } from '../../ir/types.ts'
import type { EntryDecl, LetStmt, Name, OutputExpr, ReturnStmt, UpdateStmt } from '../ast.ts'
import { guess } from '../types/suggestion.ts'
import { isMask, isPacked, type Operand, type TensorElab } from '../types/value.ts'
import { elaborate } from './expr.ts'
import { duplicate, isFree } from './naming.ts'
import { delivered } from './ragged.ts'
import { emit, report, shownAxes, text, type Scope, type StateInfo } from './scope.ts'
import { hostPositions, placed, positionsOf } from './slices.ts'
import { filled, plain, tensorOf, unpacked, valueOf } from './values.ts'

export interface EntryResults {
  readonly outputs: readonly FuncOutput[]
  /** States with a new value, in order of declaration. */
  readonly updated: readonly FuncOutput[]
}

export function runBody(scope: Scope, entry: EntryDecl): EntryResults {
  const updates = new Map<string, TensorElab | null>()
  let returned: ReturnStmt | null = null
  let outputs: readonly FuncOutput[] = []
  for (const statement of entry.body) {
    if (returned !== null) {
      report(scope, 'ESP1016', statement.span, {}, { related: [{ span: returned.span, message: 'the entry ends here' }] })
      break
    }
    if (statement.kind === 'let') assign(scope, statement)
    else if (statement.kind === 'update') update(scope, statement, updates)
    else {
      returned = statement
      outputs = outputsOf(scope, statement)
    }
  }
  if (returned === null && updates.size === 0 && entry.unread === undefined)
    report(scope, 'ESP1015', entry.name.span, { name: entry.name.text })
  return { outputs, updated: [...scope.policy.states.values()].flatMap((state) => stateOutput(scope, state, updates)) }
}

function assign(scope: Scope, { name, value }: LetStmt): void {
  const result = elaborate(scope, value)
  scope.observe?.(name.span, result, scope)
  if (isFree(scope, name)) scope.vars.set(name.text, { kind: 'variable', value: result, span: name.span })
}

function update(scope: Scope, statement: UpdateStmt, updates: Map<string, TensorElab | null>): void {
  const { name, value } = statement
  const result = elaborate(scope, value)
  const state = scope.policy.states.get(name.text)
  if (state === undefined) {
    const other = scope.vars.get(name.text)?.span ?? scope.policy.params.get(name.text)?.span
    const related = other === undefined ? [] : [{ span: other, message: `\`${name.text}\` is this` }]
    const near = guess(name.text, [...scope.policy.states.keys()])
    const { help, fix } = other === undefined ? near : { help: 'a variable gets its value once, with `=`', fix: null }
    report(scope, 'ESP1005', name.span, { name: name.text }, { related, help: help ?? 'declare it with `state`', fix })
    return
  }
  const operand = plain(scope, result)
  const stored = operand === null ? null : newState(scope, statement, state, operand)
  updates.set(name.text, stored)
  scope.vars.set(name.text, { kind: 'state', value: stored ?? { kind: 'error', span: name.span }, span: state.span })
}

function newState(scope: Scope, statement: UpdateStmt, state: StateInfo, value: Operand): TensorElab | null {
  const axes = state.axes.flatMap((axis) => scope.axes.atomsOf(axis))
  if (statement.at.length === 0) return storedState(scope, statement, state, value, axes)
  const before = scope.vars.get(state.name.text)?.value
  if (before?.kind !== 'tensor') return null
  const positions = positionsOf(scope, statement.at, before, elaborate)
  const known = positions === null ? null : hostPositions(scope, positions)
  if (known === null) return null
  const others = axes.filter((axis) => !known.some((one) => one.axis === axis))
  const slice = storedState(scope, statement, state, value, others)
  return slice === null ? null : placed(scope, statement.span, before, slice, known)
}

/** The value with the dtype of the state, over `axes`; what it lacks is repeated, what it has too many of is refused. */
function storedState(
  scope: Scope,
  statement: UpdateStmt,
  state: StateInfo,
  value: Operand,
  axes: readonly string[],
): TensorElab | null {
  const dense = unpacked(scope, value)
  const present = dense?.kind === 'tensor' ? filled(scope, dense) : dense
  if (present === null) return null
  const dtype: DType =
    present.kind === 'tensor' ? present.type.dtype : present.scalar === 'int' ? 'i32' : present.scalar === 'bool' ? 'bool' : 'f32'
  const related = [{ span: state.span, message: `the state is ${state.dtype}[${state.axes.join(', ')}]` }]
  if (isMask(present) !== (state.dtype === 'bool') || (isFloat(dtype) && !isFloat(state.dtype))) {
    report(
      scope,
      'ESP1213',
      statement.value.span,
      { name: state.name.text, dtype: state.dtype, found: text(scope, present) },
      { related },
    )
    return null
  }
  const own = present.kind === 'tensor' ? present.type.axes : []
  const extra = own.filter((axis) => !axes.includes(axis))
  if (extra.length > 0) {
    report(scope, 'ESP1109', statement.value.span, { name: state.name.text, extra: shownAxes(scope, extra) }, { related })
    return null
  }
  if (present.kind === 'tensor' && dtype === state.dtype && own.join() === axes.join()) return present
  const attrs = dtype !== state.dtype ? { axes, dtype: state.dtype } : { axes }
  const result = valueOf(scope, emit(scope, statement.span, 'broadcast', [present.id], attrs, [present]), statement.value.span)
  return result.kind === 'tensor' ? result : null
}

function stateOutput(scope: Scope, state: StateInfo, updates: ReadonlyMap<string, TensorElab | null>): readonly FuncOutput[] {
  const value = updates.get(state.name.text)
  if (value === undefined || value === null) return []
  return [{ name: state.name.text, role: 'state', value: value.id, axes: scope.axes.declared(state.axes) }]
}

/** What comes in packed and goes out unchanged has nowhere to be assembled: the caller has it already. */
function isPackedInput(scope: Scope, name: Name, value: TensorElab): boolean {
  if (!isPacked(value) || scope.builder.definition(value.id) !== undefined) return false
  report(scope, 'ESP2110', value.span, { name: name.text })
  return true
}

/** A name for an output that has none. */
function freeName(scope: Scope, taken: ReadonlyMap<string, OutputExpr>): string {
  const free = (name: string): boolean => !taken.has(name) && !scope.vars.has(name)
  return ['mask', 'kept', 'result'].find(free) ?? `result_${taken.size + 1}`
}

function outputsOf(scope: Scope, statement: ReturnStmt): readonly FuncOutput[] {
  const seen = new Map<string, OutputExpr>()
  const out: FuncOutput[] = []
  for (const output of statement.outputs) {
    const value = plain(scope, elaborate(scope, output.value))
    const name = output.name ?? (output.value.kind === 'name' ? { text: output.value.name, span: output.value.span } : null)
    if (name === null) {
      const { source, start } = output.span
      report(
        scope,
        'ESP1014',
        output.span,
        {},
        { fix: { span: { source, start, end: start }, text: `${freeName(scope, seen)}: ` } },
      )
      continue
    }
    const first = seen.get(name.text)
    if (first !== undefined) duplicate(scope.sink, 'output', name, first.span)
    seen.set(name.text, first ?? output)
    const tensor = value === null ? null : tensorOf(scope, value)
    if (tensor === null || first !== undefined || isPackedInput(scope, name, tensor)) continue
    const whole = isPacked(tensor) ? tensor : delivered(scope, tensor)
    if (whole !== null) out.push({ name: name.text, role: 'output', value: whole.id, axes: scope.axes.regroup(whole.type.axes) })
  }
  return out
}
