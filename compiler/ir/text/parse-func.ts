/** Functions, blocks and nodes from text. A broken node is noted and left behind, so one text can show several problems. */
import { isProblem, NONE, type OpDef } from '../op.ts'
import { isType } from '../is-type.ts'
import type {
  Attrs,
  Axis,
  Block,
  BlockParam,
  DeclaredAxis,
  Func,
  FuncOutput,
  FuncParam,
  Node,
  SlicePosition,
  ValueId,
} from '../node.ts'
import type { Span } from '../../diagnostics/span.ts'
import type { Type } from '../types.ts'
import { type Cursor, PirError } from './cursor.ts'
import { parseAttrs, parseType } from './parse-type.ts'
import { defaultRole, plainAxes } from './print.ts'

export interface PirProblem {
  readonly problem: string
  readonly span: Span
}

const valueToken = /%\d{1,9}(?![\w.$-])/y
const attrsAhead = /\{\s*(?:[\w.$-]+|"(?:[^"\\\n]|\\.)*")\s*=/y
const maxDepth = 100

const funcRoles = ['entry', 'fn', 'kernel'] as const
const paramRoles = ['input', 'state', 'argument', 'param'] as const

export class FuncParser {
  private readonly cursor: Cursor
  private readonly ops: Readonly<Record<string, OpDef>>
  private readonly problems: PirProblem[]
  private types = new Map<ValueId, Type>()
  private role: Func['role'] = 'entry'

  constructor(cursor: Cursor, ops: Readonly<Record<string, OpDef>>, problems: PirProblem[]) {
    this.cursor = cursor
    this.ops = ops
    this.problems = problems
  }

  atFunc(): boolean {
    return funcRoles.some((role) => this.cursor.peek(role))
  }

  func(doc: string | null): Func {
    const { cursor } = this
    cursor.skip()
    const start = cursor.pos
    this.role = funcRoles.find((role) => cursor.take(role)) ?? cursor.fail('expected a function')
    this.types = new Map()
    const name = cursor.name('the name of the function')
    const variant = cursor.peek('{') ? this.variant() : {}
    cursor.expect('(')
    const params = cursor.list(')', () => this.funcParam())
    const axes = cursor.take('axes') ? this.axes() : []
    const span = this.span(start)
    cursor.expect('{')
    const nodes = this.nodes(0)
    const outputs = cursor.take('return') ? this.outputs() : []
    cursor.expect('}')
    const bodyParams = params.map((param): BlockParam => ({ id: param.id, type: param.type, name: param.name }))
    const body: Block = { params: bodyParams, nodes, yields: outputs.map((output) => output.value) }
    return { name, role: this.role, doc, variant, params, axes, body, outputs, span }
  }

  private variant(): Readonly<Record<string, string>> {
    const attrs = parseAttrs(this.cursor)
    if (!Object.values(attrs).every((value) => typeof value === 'string')) this.cursor.fail('a variant gives strings')
    return attrs as Readonly<Record<string, string>>
  }

  private funcParam(): FuncParam {
    const param = this.blockParam()
    const role = paramRoles.find((word) => this.cursor.take(word)) ?? defaultRole(param.type)
    return { ...param, role, axes: this.declaredAxes(param.type) }
  }

  private blockParam(): BlockParam {
    const id = this.value()
    const name = this.cursor.peek(':') ? '' : this.cursor.name('a name')
    this.cursor.expect(':')
    const type = parseType(this.cursor, this.role)
    this.types.set(id, type)
    return { id, type, name }
  }

  private declaredAxes(type: Type | undefined): readonly DeclaredAxis[] {
    const { cursor } = this
    if (!cursor.take('as')) return plainAxes(type)
    cursor.expect('[')
    return cursor.list(']', () => {
      const name = cursor.name('an axis')
      return { name, atoms: cursor.take('=') ? this.factors() : [name] }
    })
  }

  private factors(): readonly string[] {
    const { cursor } = this
    if (cursor.take('(')) {
      cursor.expect(')')
      return []
    }
    return cursor.separated('*', () => cursor.name('an axis'))
  }

  private axes(): readonly Axis[] {
    const { cursor } = this
    cursor.expect('(')
    return cursor.list(')', (): Axis => {
      const name = cursor.name('an axis')
      if (!cursor.take(':')) return { name, extent: { kind: 'bound' } }
      return { name, extent: { kind: cursor.take('counted') ? 'counted' : 'scalar', value: this.value() } }
    })
  }

  private outputs(): readonly FuncOutput[] {
    return this.cursor.separated(',', (): FuncOutput => {
      const name = this.cursor.name('the name of the output')
      this.cursor.expect('=')
      const value = this.value()
      const role = this.cursor.take('state') ? 'state' : 'output'
      const at = this.cursor.take('at') ? this.slicePlace() : null
      const axes = this.declaredAxes(this.types.get(value))
      return { name, role, value, axes, ...(at === null ? {} : { at }) }
    })
  }

  private slicePlace(): readonly SlicePosition[] {
    this.cursor.expect('[')
    return this.cursor.list(']', () => {
      const axis = this.cursor.name('an axis')
      this.cursor.expect('=')
      return { axis, position: this.value() }
    })
  }

  private value(): ValueId {
    const token = this.cursor.match(valueToken)
    return token === null ? this.cursor.fail(`expected a value such as %0, found ${this.cursor.found()}`) : Number(token.slice(1))
  }

  private operand(): ValueId {
    return this.cursor.take('_') ? NONE : this.value()
  }

  private nodes(depth: number): readonly Node[] {
    const { cursor } = this
    if (depth > maxDepth) cursor.fail(`regions nest at most ${maxDepth} deep`)
    const nodes: Node[] = []
    while (!cursor.atEnd() && !cursor.peek('}') && !cursor.peek('yield') && !cursor.peek('return')) {
      const start = cursor.pos
      try {
        nodes.push(this.node(depth))
      } catch (error) {
        if (!(error instanceof PirError)) throw error
        this.problems.push({ problem: error.message, span: cursor.span(error.start, error.end) })
        cursor.skipLine(start)
      }
    }
    return nodes
  }

  private node(depth: number): Node {
    const { cursor } = this
    const start = cursor.pos
    const ids = cursor.peek('%') ? this.cursor.separated(',', () => this.value()) : []
    if (ids.length > 0) cursor.expect('=')
    const def = this.opDef()
    cursor.expect('(')
    const operands = cursor.list(')', () => this.operand())
    const attrs = this.attrsOrNone()
    const given = cursor.take(':') ? this.cursor.separated(',', () => parseType(cursor, this.role)) : null
    const span = this.span(start)
    const regions: Block[] = []
    while (cursor.peek('{')) regions.push(this.region(depth + 1))
    const types = given ?? (ids.length === 0 ? [] : this.inferred(def, operands, attrs, regions, start))
    if (types.length !== ids.length) {
      throw new PirError(`${def.name} has ${types.length} results, ${ids.length} are named`, start, cursor.pos)
    }
    const results = ids.map((id, i) => ({ id, type: types[i] as Type }))
    for (const result of results) this.types.set(result.id, result.type)
    return { op: def.name, operands, attrs, results, regions, span }
  }

  private opDef(): OpDef {
    this.cursor.skip()
    const start = this.cursor.pos
    const name = this.cursor.name('an op')
    const def = Object.hasOwn(this.ops, name) ? this.ops[name] : undefined
    if (def === undefined) throw new PirError(`there is no op \`${name}\``, start, this.cursor.pos)
    return def
  }

  /** A brace opens attributes when `key =` follows, and a region otherwise. */
  private attrsOrNone(): Attrs {
    const { cursor } = this
    cursor.skip()
    const start = cursor.pos
    if (cursor.match(attrsAhead) === null) return {}
    cursor.pos = start
    return parseAttrs(cursor)
  }

  /** Types left out in hand-written text come from the op's own rule. */
  private inferred(
    def: OpDef,
    operands: readonly ValueId[],
    attrs: Attrs,
    regions: readonly Block[],
    start: number,
  ): readonly Type[] {
    const refuse = (problem: string): never => {
      throw new PirError(`${def.name}: ${problem}`, start, this.cursor.pos)
    }
    let types: ReturnType<OpDef['infer']>
    try {
      types = def.infer(
        operands.map((id) => this.types.get(id) ?? null),
        attrs,
        regions,
      )
    } catch {
      return refuse('the result types cannot be inferred; write them after `:`')
    }
    if (isProblem(types)) return refuse(types.problem)
    return types.every(isType) ? types : refuse('its attributes do not describe types')
  }

  private region(depth: number): Block {
    const { cursor } = this
    cursor.expect('{')
    const params = cursor.take('(') ? cursor.list(')', () => this.blockParam()) : []
    const nodes = this.nodes(depth)
    const yields = cursor.take('yield') ? this.cursor.separated(',', () => this.operand()) : []
    cursor.expect('}')
    return { params, nodes, yields }
  }

  /** The span written as `@ "source" start..end`, or else the place in this text. */
  private span(start: number): Span {
    const { cursor } = this
    const end = cursor.tokenEnd
    if (!cursor.take('@')) return cursor.span(start, end)
    const source = cursor.string() ?? cursor.fail('expected the quoted name of a source')
    const from = cursor.integer('an offset')
    cursor.expect('..')
    return { source, start: from, end: cursor.integer('an offset') }
  }
}
