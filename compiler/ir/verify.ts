/**
 * The verifier: what every pass may rely on. Per node: the op exists, is legal at this level, has the operands and
 * attributes its record names, and the result types its own rule gives. Per function: ids are unique, every value is
 * computed before it is used in a block that sees it, regions yield what their op carries out, tensors are over axes of
 * the function, outputs mirror yields. Returns problems in program order; never throws, whatever the module.
 */
import { capturedValues, capturesOperands } from './captured.ts'
import { isType } from './is-type.ts'
import type { Attr, Block, Func, Level, Module, Node, Value, ValueId } from './node.ts'
import { type AttrKind, hasTrait, isProblem, NONE, type OpDef } from './op.ts'
import type { Problem } from './problem.ts'
import { sameType } from './same-type.ts'
import { typeText } from './text/type-text.ts'
import type { Type } from './types.ts'
import { verifyInterface, verifyModuleHead } from './verify-interface.ts'

type Ops = Readonly<Record<string, OpDef>>

export function verifyModule(module: Module, ops: Ops): readonly Problem[] {
  const problems: Problem[] = [...verifyModuleHead(module)]
  for (const func of module.funcs) {
    problems.push(...verifyInterface(func), ...new FuncVerifier(module, func, ops).run())
  }
  return problems
}

class FuncVerifier {
  private readonly module: Module
  private readonly func: Func
  private readonly ops: Ops
  private readonly level: Level
  private readonly problems: Problem[] = []
  private readonly types = new Map<ValueId, Type>()
  private readonly visible = new Set<ValueId>()
  private readonly axes: ReadonlySet<string>

  constructor(module: Module, func: Func, ops: Ops) {
    this.module = module
    this.func = func
    this.ops = ops
    this.level = func.role === 'kernel' ? 'kernel' : module.level
    this.axes = new Set(func.axes.map((axis) => axis.name))
  }

  run(): readonly Problem[] {
    const { body } = this.func
    this.define(body.params, null)
    for (const node of body.nodes) this.node(node)
    for (const id of body.yields) this.use(id, null, 'an output')
    for (const { at = [] } of this.func.outputs) for (const { position } of at) this.use(position, null, 'the place of a slice')
    this.axisExtents()
    return this.problems
  }

  private add(node: Node | null, problem: string): void {
    this.problems.push({ func: this.func.name, op: node?.op ?? null, problem, span: node?.span ?? this.func.span })
  }

  private define(values: readonly Value[], node: Node | null): void {
    for (const { id, type } of values) {
      if (!Number.isSafeInteger(id) || id < 0) this.add(node, `%${id} is not a value number`)
      if (this.types.has(id)) this.add(node, `%${id} is defined twice`)
      this.types.set(id, type)
      this.visible.add(id)
      if (type.kind !== 'tensor' || this.level === 'kernel') continue
      for (const axis of type.axes)
        if (!this.axes.has(axis)) this.add(node, `%${id} has the axis ${axis}, which the function does not list`)
      if (new Set(type.axes).size !== type.axes.length) this.add(node, `%${id} has an axis twice`)
    }
  }

  private use(id: ValueId, node: Node | null, what: string): void {
    if (!this.visible.has(id)) this.add(node, `${what} is ${id === NONE ? 'missing' : `%${id}, which is not computed before it`}`)
  }

  private node(node: Node): void {
    const before = this.problems.length
    const def = Object.hasOwn(this.ops, node.op) ? this.ops[node.op] : undefined
    if (def === undefined) this.add(node, 'there is no such op')
    else if (!def.levels.includes(this.level)) this.add(node, `the op does not exist at the level ${this.level}`)
    const optional = def === undefined ? (): boolean => false : this.signature(node, def)
    node.operands.forEach((id, i) => {
      if (id !== NONE || !optional(i)) this.use(id, node, `operand ${i + 1}`)
    })
    if (def !== undefined) this.attrs(node, def)
    const wellFormed = this.problems.length === before
    for (const region of node.regions) this.region(node, region)
    if (def !== undefined && wellFormed) this.resultTypes(node, def)
    if (def !== undefined) this.call(node, def)
    this.define(node.results, node)
    if (node.regions.length > 0 && carries(def)) this.carried(node)
    if (capturesOperands(def)) this.captured(node)
  }

  /** Checks the number of operands; says which positions may be left out. */
  private signature(node: Node, def: OpDef): (index: number) => boolean {
    const last = def.operands.at(-1)
    const variadic = last?.endsWith('*') === true
    const fixed = variadic ? def.operands.length - 1 : def.operands.length
    // The last optional operand need not be written.
    const least = last?.endsWith('?') === true ? fixed - 1 : fixed
    const count = node.operands.length
    if (count < least || (!variadic && count > fixed)) {
      this.add(node, `has ${count} operands; its operands are (${def.operands.join(', ')})`)
    }
    return (index) => (def.operands[index] ?? last)?.replace('*', '').endsWith('?') === true
  }

  private attrs(node: Node, def: OpDef): void {
    const kinds = new Map(
      Object.entries(def.attrs).map(([key, kind]) => [key.replace(/\?$/, ''), { kind, optional: key.endsWith('?') }]),
    )
    for (const [key, value] of Object.entries(node.attrs)) {
      const known = kinds.get(key)
      if (known === undefined) this.add(node, `has no attribute ${key}`)
      else if (!(known.optional && value === null) && !fits(value, known.kind))
        this.add(node, `the attribute ${key} is not ${kindText(known.kind)}`)
    }
    for (const [key, { kind, optional }] of kinds) {
      if (!optional && !Object.hasOwn(node.attrs, key)) this.add(node, `lacks the attribute ${key}, ${kindText(kind)}`)
    }
  }

  private region(node: Node, region: Block): void {
    const before = new Set(this.visible)
    this.define(region.params, node)
    for (const inner of region.nodes) this.node(inner)
    for (const id of region.yields) this.use(id, node, 'a yielded value')
    for (const id of this.visible) if (!before.has(id)) this.visible.delete(id)
  }

  private resultTypes(node: Node, def: OpDef): void {
    const types = node.operands.map((id) => (id === NONE ? null : (this.types.get(id) ?? null)))
    const inferred = tryInfer(node, def, types)
    if (typeof inferred === 'string') return this.add(node, inferred)
    if (inferred.length !== node.results.length) {
      return this.add(node, `defines ${node.results.length} values where its type rule gives ${inferred.length}`)
    }
    node.results.forEach(({ id, type }, i) => {
      const expected = inferred[i]
      if (expected === undefined || sameType(type, expected)) return
      const { role } = this.func
      this.add(node, `%${id} is ${typeText(type, role)} where the type rule gives ${typeText(expected, role)}`)
    })
  }

  /** An op whose operands are called `captured` lists exactly the outer values its regions read. */
  private captured(node: Node): void {
    const free = new Set(capturedValues(node))
    const listed = new Set(node.operands)
    for (const id of free) if (!listed.has(id)) this.add(node, `its region reads %${id}, which its operands do not list`)
    for (const id of listed) if (!free.has(id)) this.add(node, `lists %${id}, which its region does not read`)
  }

  /** Regions yield the results of their op; one that decides whether to go on yields a bool before them. */
  private carried(node: Node): void {
    node.regions.forEach((region, i) => {
      const types = region.yields.map((id) => this.types.get(id))
      const decides = types.length === node.results.length + 1 && i < node.regions.length - 1
      const carried = decides ? types.slice(1) : types
      if (carried.length !== node.results.length) {
        this.add(node, `a region yields ${types.length} values where the op carries ${node.results.length}`)
      }
      carried.forEach((type, k) => {
        const result = node.results[k]
        if (type !== undefined && result !== undefined && !sameType(type, result.type))
          this.add(node, `a region yields another type than %${result.id} has`)
      })
    })
  }

  private call(node: Node, def: OpDef): void {
    if (!('callee' in def.attrs)) return
    const name = node.attrs['callee']
    const callee = this.module.funcs.find((func) => func.role === 'fn' && func.name === name)
    if (callee === undefined) return this.add(node, `there is no fn ${String(name)}`)
    if (callee.params.length !== node.operands.length) {
      return this.add(node, `passes ${node.operands.length} values to ${callee.name}, which takes ${callee.params.length}`)
    }
    callee.params.forEach((param, i) => {
      const type = this.types.get(node.operands[i] ?? NONE)
      if (type !== undefined && !sameType(type, param.type))
        this.add(node, `argument ${i + 1} is not of the type of ${callee.name}'s parameter`)
    })
    if (callee.outputs.length !== node.results.length)
      this.add(node, `defines ${node.results.length} values where ${callee.name} gives ${callee.outputs.length}`)
  }

  /** Extents of axes are values of the function's own body, not of a region in it. */
  private axisExtents(): void {
    for (const { name, extent } of this.func.axes) {
      if (extent.kind === 'bound') continue
      const type = this.visible.has(extent.value) ? this.types.get(extent.value) : undefined
      const what = `the extent of the axis ${name}`
      if (type === undefined) this.add(null, `${what} is %${extent.value}, which the body does not compute`)
      else if (extent.kind === 'scalar' && !(type.kind === 'scalar' && type.scalar === 'int'))
        this.add(null, `${what} is not a host int`)
      else if (extent.kind === 'counted' && type.kind !== 'buffer' && !(type.kind === 'tensor' && type.axes.length === 0))
        this.add(null, `${what} is not a tensor without axes`)
    }
  }
}

function tryInfer(node: Node, def: OpDef, types: readonly (Type | null)[]): readonly Type[] | string {
  try {
    const inferred = def.infer(types, node.attrs, node.regions)
    if (isProblem(inferred)) return inferred.problem
    return inferred.every(isType) ? inferred : 'its attributes do not describe types'
  } catch (error) {
    return `its type rule fails: ${error instanceof Error ? error.message : String(error)}`
  }
}

function fits(value: Attr, kind: AttrKind): boolean {
  if (Array.isArray(kind)) return typeof value === 'string' && kind.includes(value)
  if (kind === 'json') return true
  if (kind === 'axis') return typeof value === 'string'
  if (kind === 'axes') return Array.isArray(value) && value.every((axis) => typeof axis === 'string')
  return typeof value === kind
}

function kindText(kind: AttrKind): string {
  if (Array.isArray(kind)) return `one of ${kind.join(', ')}`
  if (kind === 'axes') return 'a list of axes'
  return kind === 'axis' ? 'an axis' : `a ${kind as string}`
}

/** Regions of a spread op without carried values yield what is asked of an index. */
const carries = (def: OpDef | undefined): boolean =>
  def === undefined || !hasTrait(def, 'spread') || def.operands.includes('carried*')
