/** The text form: print and parse are inverse on every module; hostile text is refused in words, never with an exception. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { diagnosticRow } from '../../../compiler/diagnostics/catalogue.ts'
import { DiagnosticSink } from '../../../compiler/diagnostics/sink.ts'
import type { Attr, Attrs, Block, Func, Module } from '../../../compiler/ir/node.ts'
import { ops } from '../../../compiler/ir/ops/index.ts'
import { diffLines, diffModules } from '../../../compiler/ir/text/diff.ts'
import { loadModule } from '../../../compiler/ir/text/load.ts'
import { parseModule, readModule } from '../../../compiler/ir/text/parse.ts'
import { printFunc, printModule, printNode } from '../../../compiler/ir/text/print.ts'
import { canonicalJson, roundTripProblem, withoutSpans } from '../../../compiler/ir/text/round-trip.ts'
import { inline } from '../../../compiler/passes/inline.ts'
import { runPipeline } from '../../../compiler/passes/manager.ts'
import { renumber } from '../../../compiler/ir/substitute.ts'
import type { DType, MachineDType, ScalarKind, Type } from '../../../compiler/ir/types.ts'

const anyName = fc.oneof(
  fc.constantFrom('x', 'kv', 'a-b', 'a.b', '_', 'as', 'state', 'yield', 'bool', 'axes', ''),
  fc.string({ unit: 'binary', maxLength: 6 }),
)
const axisList = fc.uniqueArray(anyName, { maxLength: 3 })
const dtype = fc.constantFrom<DType>('f32', 'f16', 'bf16', 'i32', 'u32', 'u8', 'i8', 'bool')
const format = fc.oneof(
  fc.record({ kind: fc.constant('bitmap' as const), width: fc.nat(128) }),
  fc.record({ kind: fc.constant('nm' as const), n: fc.nat(8), m: fc.nat(8) }),
  fc.constant({ kind: 'indices' as const }),
)
const packing = fc.record({ format, over: axisList, exact: fc.boolean() })
const anyType: fc.Arbitrary<Type> = fc.oneof(
  fc.record({ kind: fc.constant('tensor' as const), dtype, axes: axisList }),
  fc.record({ kind: fc.constant('tensor' as const), dtype, axes: axisList, packing }),
  fc.record({ kind: fc.constant('scalar' as const), scalar: fc.constantFrom<ScalarKind>('int', 'ratio', 'real', 'bool') }),
  fc.record({
    kind: fc.constant('machine' as const),
    dtype: fc.constantFrom<MachineDType>('f32', 'f64', 'i32', 'u32', 'i64', 'bool'),
    lanes: fc.constantFrom(1, 2, 4, 16),
  }),
  fc.record({
    kind: fc.constant('buffer' as const),
    dtype,
    access: fc.constantFrom('read' as const, 'write' as const, 'readwrite' as const),
  }),
)
const leaf = fc.oneof(fc.constant(null), fc.boolean(), fc.double(), fc.integer(), fc.string({ unit: 'binary', maxLength: 5 }))
const anyAttr = fc.letrec<{ attr: Attr }>((tie) => ({
  attr: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(tie('attr'), { maxLength: 3 }),
    fc.dictionary(anyName, tie('attr'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).attr
const attrs = fc.dictionary(anyName, anyAttr, { maxKeys: 3, noNullPrototype: true }) as fc.Arbitrary<Attrs>

const id = fc.nat(999)
const operand = fc.oneof(id, fc.constant(-1))
const span = fc.option(fc.record({ source: fc.string(), start: fc.nat(99), end: fc.nat(99) }))
const blockParam = fc.record({ id, type: anyType, name: anyName })
const block: fc.Arbitrary<Block> = fc.letrec<{ block: Block }>((tie) => {
  const node = fc.record({
    op: fc.constantFrom(...Object.keys(ops)),
    operands: fc.array(operand, { maxLength: 3 }),
    attrs,
    results: fc.array(fc.record({ id, type: anyType }), { maxLength: 2 }),
    regions: fc.array(tie('block'), { maxLength: 2 }),
    span,
  })
  return {
    block: fc.oneof(
      { maxDepth: 2 },
      fc.constant({ params: [], nodes: [], yields: [] }),
      fc.record({
        params: fc.array(blockParam, { maxLength: 2 }),
        nodes: fc.array(node, { maxLength: 3 }),
        yields: fc.array(operand, { maxLength: 2 }),
      }),
    ),
  }
}).block

const declared = fc.array(fc.record({ name: anyName, atoms: fc.array(anyName, { maxLength: 2 }) }), { maxLength: 2 })
const extent = fc.oneof(
  fc.constant({ kind: 'bound' as const }),
  fc.record({ kind: fc.constantFrom('scalar' as const, 'counted' as const), value: id }),
)
const doc = fc.option(fc.string({ unit: 'binary', maxLength: 10 }))
const func: fc.Arbitrary<Func> = fc
  .record({
    name: anyName,
    role: fc.constantFrom('entry' as const, 'fn' as const, 'kernel' as const),
    doc,
    variant: fc.dictionary(anyName, fc.string(), { maxKeys: 2, noNullPrototype: true }),
    params: fc.array(
      fc.record({
        id,
        type: anyType,
        name: anyName,
        role: fc.constantFrom('input' as const, 'state' as const, 'argument' as const, 'param' as const),
        axes: declared,
      }),
      { maxLength: 2 },
    ),
    axes: fc.array(fc.record({ name: anyName, extent }), { maxLength: 3 }),
    body: block,
    outputs: fc.array(
      fc.record({ name: anyName, role: fc.constantFrom('output' as const, 'state' as const), value: id, axes: declared }),
      { maxLength: 2 },
    ),
    span,
  })
  .map((draft) => ({
    ...draft,
    body: {
      params: draft.params.map(({ id, type, name }) => ({ id, type, name })),
      nodes: draft.body.nodes,
      yields: draft.outputs.map(({ value }) => value),
    },
  }))

const exact = fc.oneof(fc.constantFrom('7/10', '4', '-1.5e-3', 'true', 'page'), fc.string())
const anyModule: fc.Arbitrary<Module> = fc.record({
  name: anyName,
  doc,
  level: fc.constantFrom('policy' as const, 'sparse' as const, 'kernel' as const),
  axes: fc.array(fc.record({ name: anyName, factors: fc.array(anyName, { maxLength: 2 }), pinned: fc.option(exact) }), {
    maxLength: 2,
  }),
  params: fc.array(
    fc.record({
      name: anyName,
      doc,
      type: fc.oneof(
        fc.record({
          kind: fc.constantFrom('ratio' as const, 'count' as const, 'int' as const, 'real' as const, 'bool' as const),
        }),
        fc.record({ kind: fc.constant('choice' as const), choices: fc.array(anyName, { maxLength: 2 }) }),
      ),
      default: fc.option(exact),
    }),
    { maxLength: 2 },
  ),
  states: fc.array(fc.record({ name: anyName, doc, dtype, axes: axisList, initial: fc.double() }), { maxLength: 2 }),
  funcs: fc.array(func, { maxLength: 2 }),
})

const example = `module m policy {
  entry e (%0 x: f32[n] input) axes(n) {
    %1 = abs(%0) : f32[n]
    return y = %1
  }
}
`

describe('round trip', () => {
  test('of any module, also of one that does not verify', () => {
    fc.assert(
      fc.property(anyModule, (module) => {
        expect(roundTripProblem(module, ops)).toBeNull()
        const text = printModule(module)
        const again = readModule(text, { ops })
        expect(again.module === null ? again.problems : printModule(again.module)).toEqual(text)
      }),
      { numRuns: 400, seed: 11 },
    )
  })

  test('of spans, when they are shown', () => {
    fc.assert(
      fc.property(anyModule, (module) => {
        const spanned = JSON.parse(
          JSON.stringify(module, (key, value: unknown) =>
            key === 'span' ? { source: 'a "b".prune', start: 3, end: 17 } : value,
          ),
        ) as Module
        const { module: back } = readModule(printModule(spanned, { spans: 'shown' }), { ops })
        expect(back?.funcs.map(({ span }) => span)).toEqual(spanned.funcs.map(({ span }) => span))
        const [node, same] = [spanned.funcs[0]?.body.nodes[0], back?.funcs[0]?.body.nodes[0]]
        expect(same?.span).toEqual(node?.span)
      }),
      { numRuns: 60, seed: 12 },
    )
  })

  test('equality is about everything but spans', () => {
    const { module } = readModule(example, { ops })
    if (module === null) throw new Error('the example does not parse')
    const moved = { ...module, funcs: module.funcs.map((each) => ({ ...each, span: null })) }
    expect(canonicalJson(withoutSpans(moved))).toBe(canonicalJson(withoutSpans(module)))
    const renamed = { ...module, funcs: module.funcs.map((each) => ({ ...each, name: 'f' })) }
    expect(canonicalJson(withoutSpans(renamed))).not.toBe(canonicalJson(withoutSpans(module)))
  })
})

describe('the printer', () => {
  test('prints the documented form', () => {
    const { module } = readModule(example, { ops })
    expect(module === null ? '' : printModule(module)).toBe(example)
    const [first] = module?.funcs ?? []
    expect(first === undefined ? '' : printFunc(first)).toBe(
      example
        .split('\n')
        .slice(1, -2)
        .map((line) => line.slice(2))
        .join('\n') + '\n',
    )
    const node = first?.body.nodes[0]
    expect(node === undefined ? '' : printNode(node)).toBe('%1 = abs(%0) : f32[n]')
  })

  test('numbers in program order, whatever they were', () => {
    const { module } = readModule(example.replaceAll('%1', '%70').replaceAll('%0', '%9'), { ops })
    expect(module === null ? '' : printModule({ ...module, funcs: module.funcs.map(renumber) })).toBe(example)
  })
})

describe('the parser', () => {
  const problems = (text: string): readonly string[] => readModule(text, { ops }).problems.map(({ problem }) => problem)

  test('infers types that are left out', () => {
    const { module } = readModule('entry e(%0 x: f16[n] input) axes(n) { %1 = abs(%0) %2 = lt(%1, %0) return y = %2 }', { ops })
    expect(module?.funcs[0]?.body.nodes.map(({ results }) => results[0]?.type)).toEqual([
      { kind: 'tensor', dtype: 'f32', axes: ['n'] },
      { kind: 'tensor', dtype: 'bool', axes: ['n'] },
    ])
  })

  test('reports every broken node with its place, under one code', () => {
    const text = example.replace(
      '    return',
      '    %2 = foo(%1) : f32[n]\n    %3 = abs(%1 : f32[n]\n    %4 = abs(%1) : g8[n]\n    return',
    )
    const sink = new DiagnosticSink()
    expect(parseModule(text, sink, { ops, source: 'x.pir' })).toBeNull()
    expect(
      sink.list().map(({ code, span }) => [code, span?.source, span === null ? '' : text.slice(span.start, span.end)]),
    ).toEqual([
      ['ESP3901', 'x.pir', 'foo'],
      ['ESP3901', 'x.pir', ':'],
      ['ESP3901', 'x.pir', 'g8'],
    ])
  })

  test.each([
    ['', 'module m'],
    ['expected a level', 'module m nowhere {}'],
    ['expected axes, param, state, entry, fn or kernel, found `value`', 'module m policy { value }'],
    ['expected nothing after the module', 'module m policy { } x'],
    ['expected a value such as %0', 'entry e(0 x: f32[n]) {}'],
    ['an attribute is given twice', 'kernel k() { %0 = iota() {lanes = 4, lanes = 4} : i32x4 }'],
    ['abs has 1 results, 2 are named', 'kernel k(%0 x: f32) { %1, %2 = abs(%0) : f32 }'],
    ['the format bitmap has 1 numbers', 'entry e(%0 x: bitmap over [n] f16[n]) {}'],
    ['abs: only a number', 'entry e(%0 x: bool[n]) axes(n) { %1 = abs(%9) }'],
    ['regions nest at most', `kernel k(%0 b: bool) { ${'if(%0) {types = []} {'.repeat(200)} ${'}'.repeat(200)} }`],
    ['attributes nest at most', `kernel k() { %0 = constant() {value = ${'['.repeat(500)}${']'.repeat(500)}} : f32 }`],
    ['this string has an invalid escape', 'module "\\q" policy {}'],
  ])('says: %s', (message, text) => {
    const found = problems(text)
    expect(found.length).toBeGreaterThan(0)
    if (message.startsWith('abs: ')) expect(found[0]).toMatch(/^abs: /)
    else expect(found.join('\n')).toContain(message)
  })

  test('survives any text and any damage to a good one', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '(',
      ')',
      '[',
      ']',
      '%',
      '"',
      '\\',
      ';',
      '///',
      '\n',
      '=',
      ':',
      ',',
      '@',
      '..',
      'yield',
      'return',
      'entry',
      '\0',
      '\u{1f600}',
      '-',
    )
    const damaged = fc
      .tuple(fc.nat(example.length), fc.nat(8), pieces)
      .map(([at, cut, piece]) => example.slice(0, at) + piece + example.slice(at + cut))
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 200 }),
          fc.array(pieces, { maxLength: 60 }).map((all) => all.join(' ')),
          damaged,
        ),
        (text) => {
          const result = readModule(text, { ops })
          expect(result.module === null).toBe(result.problems.length > 0)
        },
      ),
      { numRuns: 2000, seed: 13 },
    )
  })

  test('takes time in proportion to the text', () => {
    const nodes = Array.from({ length: 20_000 }, (_, i) => `    %${i + 1} = abs(%${i}) : f32[n]`).join('\n')
    const start = performance.now()
    const { module } = readModule(`entry e(%0 x: f32[n] input) axes(n) {\n${nodes}\n}`, { ops })
    expect(module?.funcs[0]?.body.nodes.length).toBe(20_000)
    expect(performance.now() - start).toBeLessThan(20_000)
  })
})

describe('loading', () => {
  test('refuses text that reads and does not verify, at the place', () => {
    const sink = new DiagnosticSink()
    const text = example.replace('abs(%0)', 'abs(%7)')
    expect(loadModule(text, sink, { ops, source: 'x.pir' })).toBeNull()
    const [{ code, span, message } = { code: '', span: null, message: '' }, ...more] = sink.list()
    expect([code, more.length, span === null ? '' : text.slice(span.start, span.end)]).toEqual([
      'ESP3902',
      0,
      '%1 = abs(%7) : f32[n]',
    ])
    expect(message).toContain('operand 1 is %7, which is not computed before it')
  })

  test('gives what is good', () => {
    const sink = new DiagnosticSink()
    expect(loadModule(example, sink, { ops })?.name).toBe('m')
    expect(loadModule('module', sink, { ops })).toBeNull()
    expect(sink.list().map(({ code }) => code)).toEqual(['ESP3901'])
  })
})

describe('differences', () => {
  test('show changed lines and a little around them', () => {
    const before = 'abcdefghijklmnop'.split('').join('\n')
    expect(diffLines(before, before)).toBe('')
    expect(diffLines(before, before.replace('h', 'H'))).toBe(
      ['…', '  e', '  f', '  g', '- h', '+ H', '  i', '  j', '  k', '…'].join('\n'),
    )
    expect(diffLines('a\nb\nc', 'a\nc')).toBe('  a\n- b\n  c')
  })

  test('of modules are differences of their texts', () => {
    const { module } = readModule(example, { ops })
    if (module === null) throw new Error('the example does not parse')
    expect(diffModules(module, module)).toBe('')
    expect(diffModules(module, { ...module, name: 'other' })).toContain('- module m policy {\n+ module other policy {')
  })

  test('hold both texts', () => {
    const lines = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 12 }).map((all) => all.join('\n'))
    fc.assert(
      fc.property(lines, lines, (a, b) => {
        const diff = diffLines(a, b)
        if (a === b) return expect(diff).toBe('')
        const lines = diff.split('\n')
        const side = (mark: string): string =>
          lines
            .filter((line) => !line.startsWith(mark))
            .map((line) => line.slice(2))
            .join('\n')
        fc.pre(!lines.includes('…'))
        expect([side('+ '), side('- ')]).toEqual([a, b])
      }),
      { seed: 14 },
    )
  })
})

describe('the examples in the catalogue', () => {
  test.each(['ESP3901', 'ESP3902', 'ESP3903'] as const)('%s', (code) => {
    const { example: shown } = diagnosticRow(code)
    if (shown.kind !== 'command') throw new Error('not a command')
    const codes = (text: string | undefined): readonly string[] => {
      const sink = new DiagnosticSink()
      const module = loadModule(text ?? '', sink, { ops })
      if (module !== null) runPipeline(module, [inline], { ops, sink })
      return sink.list().map((diagnostic) => diagnostic.code)
    }
    expect(codes(shown.files?.['wrong.pir'])).toEqual([code])
    expect(codes(shown.files?.['right.pir'])).toEqual([])
  })
})
