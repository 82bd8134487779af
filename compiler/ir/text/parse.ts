/**
 * `.pir` text -> Module, the inverse of `print.ts`. Result types may be left out where the op's type rule gives them, and
 * bare functions without `module … { }` are taken as a module named `example`. Whatever the text, nothing is thrown:
 * problems go to the sink as ESP3901 and the result is null. Says nothing about validity: that is `verify.ts`.
 */
import type { DiagnosticSink } from '../../diagnostics/sink.ts'
import type { Level, Module, PolicyParam, PolicyState } from '../node.ts'
import type { OpDef } from '../op.ts'
import type { DType } from '../types.ts'
import { Cursor, PirError } from './cursor.ts'
import { bareText, dtypes } from './lexicon.ts'
import { FuncParser, type PirProblem } from './parse-func.ts'
import { parseAxes } from './parse-type.ts'

export interface ParseOptions {
  readonly ops: Readonly<Record<string, OpDef>>
  /** Name of the text in spans. */
  readonly source?: string
  /** Level of bare functions. */
  readonly level?: Level
}

export type PirResult =
  | { readonly module: Module; readonly problems: readonly [] }
  | { readonly module: null; readonly problems: readonly PirProblem[] }

export function parseModule(text: string, sink: DiagnosticSink, options: ParseOptions): Module | null {
  const { module, problems } = readModule(text, options)
  for (const { problem, span } of problems) sink.report('ESP3901', span, { problem })
  return module
}

/** The same for callers without a sink: tests of passes and the manager's round trip. */
export function readModule(text: string, options: ParseOptions): PirResult {
  const cursor = new Cursor(text, options.source ?? '<pir>')
  const problems: PirProblem[] = []
  try {
    const module = new ModuleParser(cursor, options, problems).module()
    if (problems.length === 0) return { module, problems: [] }
  } catch (error) {
    if (!(error instanceof PirError)) throw error
    problems.push({ problem: error.message, span: cursor.span(error.start, error.end) })
  }
  return { module: null, problems }
}

type Items = { -readonly [K in 'axes' | 'params' | 'states' | 'funcs']: Module[K][number][] }

const levels = ['policy', 'sparse', 'kernel'] as const
const paramKinds = ['ratio', 'count', 'int', 'real', 'bool'] as const

class ModuleParser {
  private readonly cursor: Cursor
  private readonly level: Level
  private readonly funcs: FuncParser

  constructor(cursor: Cursor, options: ParseOptions, problems: PirProblem[]) {
    this.cursor = cursor
    this.level = options.level ?? 'policy'
    this.funcs = new FuncParser(cursor, options.ops, problems)
  }

  module(): Module {
    const { cursor } = this
    const start = cursor.pos
    const doc = cursor.docs()
    if (!cursor.take('module')) {
      cursor.pos = start
      return { name: 'example', doc: null, level: this.level, ...this.items(() => cursor.atEnd()) }
    }
    const name = cursor.name('the name of the module')
    const level = levels.find((word) => cursor.take(word)) ?? cursor.fail(`expected a level: ${levels.join(', ')}`)
    cursor.expect('{')
    const items = this.items(() => cursor.take('}'))
    if (!cursor.atEnd()) cursor.fail(`expected nothing after the module, found ${cursor.found()}`)
    return { name, doc, level, ...items }
  }

  private items(done: () => boolean): Items {
    const items: Items = { axes: [], params: [], states: [], funcs: [] }
    while (!done()) this.item(items)
    return items
  }

  private item(items: Items): void {
    const { cursor } = this
    const doc = cursor.docs()
    if (this.funcs.atFunc()) items.funcs.push(this.funcs.func(doc))
    else if (cursor.take('param')) items.params.push(this.param(doc))
    else if (cursor.take('state')) items.states.push(this.state(doc))
    else if (doc === null && cursor.take('axes')) items.axes.push(this.axes())
    else cursor.fail(`expected axes, param, state, entry, fn or kernel, found ${cursor.found()}`)
  }

  private axes(): Module['axes'][number] {
    const { cursor } = this
    const name = cursor.name('an axis')
    const pinned = cursor.take('(') ? this.exact() : null
    if (pinned !== null) cursor.expect(')')
    const factors = cursor.take('=') ? cursor.separated('*', () => cursor.name('an axis')) : []
    return { name, factors, pinned }
  }

  private exact(): string {
    return (
      this.cursor.string() ?? this.cursor.match(bareText) ?? this.cursor.fail(`expected a value, found ${this.cursor.found()}`)
    )
  }

  private param(doc: string | null): PolicyParam {
    const { cursor } = this
    const name = cursor.name('a parameter')
    cursor.expect(':')
    const type = this.paramType()
    return { name, doc, type, default: cursor.take('=') ? this.exact() : null }
  }

  private paramType(): PolicyParam['type'] {
    const { cursor } = this
    if (cursor.take('choice')) {
      cursor.expect('(')
      return { kind: 'choice', choices: cursor.list(')', () => cursor.name('a choice')) }
    }
    const kind = paramKinds.find((word) => cursor.take(word))
    return kind === undefined ? cursor.fail(`expected the type of a parameter, found ${cursor.found()}`) : { kind }
  }

  private state(doc: string | null): PolicyState {
    const { cursor } = this
    const name = cursor.name('a state')
    cursor.expect(':')
    const dtype = (Object.keys(dtypes) as DType[]).find((word) => cursor.take(word)) ?? cursor.fail(`expected a dtype`)
    const axes = parseAxes(cursor)
    cursor.expect('=')
    return { name, doc, dtype, axes, initial: cursor.number('a number') }
  }
}
