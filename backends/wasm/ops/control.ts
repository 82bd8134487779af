/**
 * Loops and branches. A carried value lives in a local that is set before the loop and at the end of every iteration; the
 * same local is the result afterwards.
 */
import { CompilerBug } from '../../../compiler/diagnostics/bug.ts'
import type { Block } from '../../../compiler/ir/node.ts'
import type { ControlOp } from '../../core.ts'
import { argsOf, get, i32, op, select, typeOf, type Expr } from '../expr.ts'
import type { FunctionWriter } from '../writer.ts'
import { machineOf, wasmType, type Emit, type OpContext } from './context.ts'

export const control: Record<ControlOp, Emit> = {
  for: (c) => countedLoop(c, Number(c.node.attrs.step)),
  // One iteration after the other is one of the groupings that `lanes` allows.
  lanes: (c) => countedLoop(c, 1),
  while: whileLoop,
  if: branch,
}

function regionOf(c: OpContext, index: number): Block {
  const block = c.node.regions[index]
  if (block === undefined) throw new CompilerBug(`${c.node.op} has no region ${index}`, { pass: 'emit wasm' })
  return block
}

interface Held {
  readonly local: number
  readonly value: Expr
}

/** A local that starts as `initial`. */
function hold(writer: FunctionWriter, initial: Expr): Held {
  const type = typeOf(initial)
  const local = writer.local(type)
  writer.push({ kind: 'set', local, value: initial })
  return { local, value: get(local, type) }
}

const valuesOf = (held: readonly Held[]): Expr[] => held.map(({ value }) => value)

function reads(expr: Expr, locals: ReadonlySet<number>): boolean {
  return expr.kind === 'get' ? locals.has(expr.local) : argsOf(expr).some((arg) => reads(arg, locals))
}

/** Sets all locals at once: a value that reads one of the others is evaluated before any of them changes. */
function assign(writer: FunctionWriter, held: readonly Held[], values: readonly Expr[]): void {
  const moves = held
    .map(({ local }, i) => ({ local, value: values[i] as Expr }))
    .filter(({ local, value }) => value.kind !== 'get' || value.local !== local)
  const changed = new Set<number>()
  const safe = moves.map(({ local, value }) => {
    const early = reads(value, changed)
    changed.add(local)
    return { local, value, early }
  })
  const ready = safe.map(({ local, value, early }) => ({ local, value: early ? writer.bind(value) : value }))
  for (const { local, value } of ready) writer.push({ kind: 'set', local, value })
}

/** The index is compared with `hi - step` and only then advanced, so it cannot wrap around at the end of its range. */
function countedLoop(c: OpContext, step: number): readonly Expr[] {
  const { writer } = c
  const lo = writer.share(c.arg(0))
  const hi = writer.share(c.arg(1))
  const carried = c.node.operands.slice(2).map((_, i) => hold(writer, c.arg(i + 2)))
  const index = hold(writer, lo)
  const body = writer.nested(() => {
    const last = step === 1 ? null : writer.bind(lastStart(lo, hi, step))
    const top = writer.label('top')
    const inner = writer.nested(() => {
      assign(writer, carried, c.region(regionOf(c, 0), [index.value, ...valuesOf(carried)]))
      const advance = { kind: 'set', local: index.local, value: op('i32.add', index.value, i32(step)) } as const
      const again = { kind: 'branch', label: top, condition: null } as const
      if (last === null) writer.push(advance)
      if (last === null) writer.push({ ...again, condition: op('i32.lt_s', index.value, hi) })
      else writer.push({ kind: 'if', condition: op('i32.lt_s', index.value, last), then: [advance, again], otherwise: [] })
    })
    writer.push({ kind: 'loop', label: top, body: inner })
  })
  if (neverEmpty(lo, hi)) for (const statement of body) writer.push(statement)
  else writer.push({ kind: 'if', condition: op('i32.lt_s', lo, hi), then: body, otherwise: [] })
  return valuesOf(carried)
}

const neverEmpty = (lo: Expr, hi: Expr): boolean => lo.kind === 'const' && hi.kind === 'const' && lo.value < hi.value

/** Indices below it have a successor. `hi` is above `lo` here, so `hi - step` can only wrap when `lo` may be negative. */
function lastStart(lo: Expr, hi: Expr, step: number): Expr {
  const last = op('i32.sub', hi, i32(step))
  if (lo.kind === 'const' && lo.value >= 0) return last
  const lowest = -(2 ** 31)
  return select(op('i32.lt_s', hi, i32(lowest + step)), i32(lowest), last)
}

function whileLoop(c: OpContext): readonly Expr[] {
  const { writer } = c
  const [test, body] = [regionOf(c, 0), regionOf(c, 1)]
  const start = c.node.operands.map((_, i) => hold(writer, c.arg(i)))
  // When the test yields what it was given, its values and the body's are one set of locals.
  const passesOn = test.params.every((param, i) => test.yields[i + 1] === param.id)
  const tested = passesOn ? start : start.map(({ value }) => fresh(writer, value))
  const [exit, top] = [writer.label('exit'), writer.label('top')]
  const inner = writer.nested(() => {
    const [condition, ...values] = c.region(test, valuesOf(start))
    const holds = passesOn ? (condition as Expr) : writer.share(condition as Expr)
    if (!passesOn) assign(writer, tested, values)
    writer.push({ kind: 'branch', label: exit, condition: op('i32.eqz', holds) })
    assign(writer, start, c.region(body, valuesOf(tested)))
    writer.push({ kind: 'branch', label: top, condition: null })
  })
  writer.push({ kind: 'block', label: exit, body: [{ kind: 'loop', label: top, body: inner }] })
  return valuesOf(tested)
}

function fresh(writer: FunctionWriter, like: Expr): Held {
  const type = typeOf(like)
  const local = writer.local(type)
  return { local, value: get(local, type) }
}

function branch(c: OpContext): readonly Expr[] {
  const { writer } = c
  const condition = c.arg(0)
  const results = c.node.results.map(({ type }): Held => {
    const local = writer.local(wasmType(machineOf(type)))
    return { local, value: get(local, wasmType(machineOf(type))) }
  })
  const side = (index: number) => writer.nested(() => assign(writer, results, c.region(regionOf(c, index), [])))
  writer.push({ kind: 'if', condition, then: side(0), otherwise: side(1) })
  return valuesOf(results)
}
