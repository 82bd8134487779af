/**
 * The reference evaluator: what a function means, in double precision, by each op's own `eval`. The oracle of every
 * backend; it shares no code with them. Throws EvalError (with the span of the node) when the inputs have no answer.
 */
import { fromNumber, isInteger, isRational, parseRational, toText, type Rational } from '../../abi/rational.ts'
import { EvalError } from './eval/eval-error.ts'
import { deferrableNodes, evaluateDeferred, lastReaders, LARGE, shapeBefore, type Held, type Ops } from './eval/slices.ts'
import { putSlice } from './eval/movement.ts'
import { allocate, elementCount, expectInt, extentOf, scalarNumber, scalarValue, tensorValue } from './eval/tensor-value.ts'
import type { EvalContext, EvalValue, ScalarValue, TensorValue } from './eval-value.ts'
import type { Block, Func, FuncOutput, FuncParam, Module, Node, ValueId } from './node.ts'
import { NONE } from './op.ts'
import { ops as allOps } from './ops/index.ts'
import type { ScalarKind, TensorType } from './types.ts'

export { EvalError }

export interface EvalInputs {
  /** Tensors by the name of the input or state, with the atomic axes of the parameter's type. */
  readonly inputs: ReadonlyMap<string, TensorValue>
  /** Policy parameters and per-call arguments. Text is exact (`7/10`, `70%`); what is left out takes its default. */
  readonly params: ReadonlyMap<string, Rational | number | boolean | string>
  /** Extents of atomic axes that no input shows. */
  readonly extents: ReadonlyMap<string, number>
}

export interface EvalOutputs {
  readonly outputs: Map<string, EvalValue>
  readonly states: Map<string, TensorValue>
}

const MAX_CALLS = 100

/** Runs an entry. States that are not given start from their declared initial value. */
export function evaluateFunc(module: Module, func: Func, given: EvalInputs): EvalOutputs {
  const frame = new Frame(module, func, allOps, 0, (axis) => {
    const extent = given.extents.get(axis)
    if (extent === undefined) throw new EvalError(`the extent of axis ${axis} is not known`)
    return extent
  })
  for (const [axis, extent] of given.extents) frame.bindAxis(axis, extent, 'the call')
  for (const param of func.params) {
    const value = given.inputs.get(param.name)
    if (param.type.kind === 'tensor' && value !== undefined) frame.bindTensor(param, value)
  }
  for (const param of func.params)
    if (param.type.kind === 'scalar') frame.bind(param.id, scalarParam(module, param, given.params.get(param.name)))
  for (const param of func.params)
    if (param.type.kind === 'tensor' && !given.inputs.has(param.name)) frame.bind(param.id, initialState(module, param, frame))
  frame.checkExtents()
  const values = frame.runBody()
  const outputs = new Map<string, EvalValue>()
  const states = new Map<string, TensorValue>()
  for (const [at, output] of func.outputs.entries()) {
    const value = values[at] as EvalValue
    if (output.role === 'state' && value.kind === 'tensor')
      states.set(output.name, newState(module, func, given, frame, output, value))
    else outputs.set(output.name, value)
  }
  return { outputs, states }
}

/** The value, or the state as it was with the value at its place. */
function newState(
  module: Module,
  func: Func,
  given: EvalInputs,
  frame: Frame,
  { name, at }: FuncOutput,
  value: TensorValue,
): TensorValue {
  if (at === undefined) return value
  const param = func.params.find((each) => each.role === 'state' && each.name === name)
  if (param === undefined) throw new EvalError(`a slice of state ${name}, which is no parameter of ${func.name}`)
  const before = given.inputs.get(name) ?? initialState(module, param, frame)
  const axes = at.map(({ axis }) => axis)
  return putSlice(
    before,
    value,
    axes,
    at.map(({ position }) => expectInt(frame.valueOf(position))),
  )
}

function scalarParam(module: Module, param: FuncParam, given: Rational | number | boolean | string | undefined): ScalarValue {
  const kind = param.type.kind === 'scalar' ? param.type.scalar : 'real'
  const value = given ?? module.params.find((each) => each.name === param.name)?.default
  if (value === null || value === undefined) throw new EvalError(`parameter ${param.name} is not set`)
  const result = scalarFrom(kind, value)
  if (result === null)
    throw new EvalError(`${isRational(value) ? toText(value) : String(value)} is not a value for ${param.name}, a ${kind}`)
  return result
}

function scalarFrom(kind: ScalarKind, value: Rational | number | boolean | string): ScalarValue | null {
  if (kind === 'bool')
    return typeof value === 'boolean' || value === 'true' || value === 'false' ? scalarValue(String(value) === 'true') : null
  if (typeof value === 'boolean') return null
  if (kind === 'real' && typeof value === 'number') return scalarValue(value)
  const exact = typeof value === 'string' ? parseRational(value) : typeof value === 'number' ? fromNumber(value) : value
  if (exact === null || (kind === 'int' && !isInteger(exact))) return null
  return kind === 'real' ? scalarValue(scalarNumber(scalarValue(exact))) : scalarValue(exact)
}

function initialState(module: Module, param: FuncParam, frame: Frame): TensorValue {
  const state = module.states.find((each) => each.name === param.name)
  if (param.role !== 'state' || state === undefined) throw new EvalError(`input ${param.name} is not given`)
  const { axes, dtype } = param.type as TensorType
  const shape = axes.map((axis) => frame.context.extent(axis))
  return tensorValue(dtype, axes, shape, allocate(shape).fill(state.initial))
}

/** One activation of a function: values by id, extents by axis. Values are dropped after their last reader. */
class Frame {
  readonly context: EvalContext
  private readonly module: Module
  private readonly func: Func
  private readonly ops: Ops
  private readonly depth: number
  private readonly values = new Map<ValueId, Held>()
  private readonly extents = new Map<string, number>()
  private readonly outer: (axis: string) => number
  private readonly deferrable: ReadonlySet<Node>
  private readonly last: ReadonlyMap<ValueId, Node>

  constructor(module: Module, func: Func, ops: Ops, depth: number, outer: (axis: string) => number) {
    this.module = module
    this.func = func
    this.ops = ops
    this.depth = depth
    this.outer = outer
    this.deferrable = deferrableNodes(func, ops)
    this.last = lastReaders(func, this.deferrable)
    this.context = {
      extent: (axis) => this.extentOf(axis),
      run: (block, args) => this.runBlock(block, args),
      call: (callee, args) => this.callFunc(callee, args),
    }
  }

  bind(id: ValueId, value: EvalValue): void {
    this.values.set(id, value)
  }

  bindAxis(axis: string, extent: number, by: string): void {
    const known = this.extents.get(axis)
    if (known !== undefined && known !== extent) throw new EvalError(`axis ${axis} is ${extent} in ${by} but ${known} elsewhere`)
    this.extents.set(axis, extent)
  }

  bindTensor(param: FuncParam, value: TensorValue): void {
    const type = param.type as TensorType
    if (
      value.axes.join() !== type.axes.join() ||
      value.shape.length !== type.axes.length ||
      elementCount(value.shape) !== value.data.length
    )
      throw new EvalError(
        `${param.name} has axes [${type.axes.join(', ')}], and was given [${value.axes.join(', ')}] of ${value.shape.join(' x ')}`,
      )
    if (value.dtype !== type.dtype) throw new EvalError(`${param.name} is ${type.dtype}, and was given ${value.dtype}`)
    value.axes.forEach((axis, at) => this.bindAxis(axis, value.shape[at] as number, param.name))
    this.bind(param.id, value)
  }

  /** Pinned axes must have the extents that the inputs show. */
  checkExtents(): void {
    for (const { name, extent } of this.func.axes) {
      const value = extent.kind === 'scalar' ? this.values.get(extent.value) : undefined
      if (value?.kind === 'scalar') this.bindAxis(name, scalarNumber(value), 'the policy')
    }
  }

  valueOf(id: ValueId): EvalValue {
    return this.computed(id)
  }

  runBody(): readonly EvalValue[] {
    return this.runBlock(this.func.body, null)
  }

  private runBlock(block: Block, args: readonly EvalValue[] | null): readonly EvalValue[] {
    if (args !== null) block.params.forEach((param, at) => this.bind(param.id, args[at] as EvalValue))
    for (const node of block.nodes) this.runNode(node)
    return block.yields.map((id) => this.computed(id))
  }

  private lookup(id: ValueId): Held {
    const value = this.values.get(id)
    if (value === undefined) throw new Error(`value %${id} of ${this.func.name} is not there`)
    return value
  }

  private computed(id: ValueId): EvalValue {
    const held = this.lookup(id)
    if (held.kind !== 'deferred') return held
    const value = evaluateDeferred(held.node, this.evaluation())[0] as EvalValue
    this.values.set(id, value)
    return value
  }

  private evaluation(): { ops: Ops; lookup: (id: ValueId) => Held; context: EvalContext } {
    return { ops: this.ops, lookup: (id) => this.lookup(id), context: this.context }
  }

  private runNode(node: Node): void {
    try {
      this.define(node)
    } catch (error) {
      if (error instanceof EvalError && error.span === null && node.span !== null) throw new EvalError(error.message, node.span)
      throw error
    }
    for (const id of node.operands) if (this.last.get(id) === node) this.values.delete(id)
  }

  private define(node: Node): void {
    const held = node.operands.map((id) => (id === NONE ? null : this.lookup(id)))
    const result = node.results[0]
    if (result !== undefined && this.deferrable.has(node)) {
      const shape = shapeBefore(
        node,
        held.filter((value) => value !== null),
        this.context,
      )
      if (shape !== null && elementCount(shape) > LARGE) return void this.values.set(result.id, { kind: 'deferred', node, shape })
    }
    const results = held.some((value) => value?.kind === 'deferred')
      ? evaluateDeferred(node, this.evaluation())
      : this.evaluate(node, held)
    node.results.forEach(({ id }, at) => this.bind(id, results[at] as EvalValue))
    this.bindPinned(node)
  }

  private evaluate(node: Node, operands: readonly (Held | null)[]): readonly EvalValue[] {
    const def = this.ops[node.op]
    if (def?.eval === undefined) throw new EvalError(`${node.op} has no evaluator`)
    return def.eval(operands as readonly (EvalValue | null)[], node, this.context)
  }

  /** An axis whose extent this node computes must agree with what the inputs show. */
  private bindPinned(node: Node): void {
    for (const { name, extent } of this.func.axes) {
      if (extent.kind === 'bound' || !node.results.some(({ id }) => id === extent.value)) continue
      const value = this.values.get(extent.value) as EvalValue
      this.bindAxis(name, value.kind === 'scalar' ? scalarNumber(value) : (value.data[0] ?? 0), 'the policy')
    }
  }

  private extentOf(axis: string): number {
    return this.extents.get(axis) ?? this.outer(axis)
  }

  private callFunc(name: string, args: readonly EvalValue[]): readonly EvalValue[] {
    const callee = this.module.funcs.find((func) => func.role === 'fn' && func.name === name)
    if (callee === undefined) throw new EvalError(`there is no fn ${name}`)
    if (this.depth >= MAX_CALLS) throw new EvalError(`functions call each other more than ${MAX_CALLS} deep`)
    const frame = new Frame(this.module, callee, this.ops, this.depth + 1, this.context.extent)
    callee.params.forEach((param, at) => {
      const value = args[at] as EvalValue
      if (value.kind === 'tensor') for (const axis of value.axes) frame.bindAxis(axis, extentOf(value, axis), param.name)
      frame.bind(param.id, value)
    })
    frame.checkExtents()
    return frame.runBody()
  }
}
