/** Counting operators by path. */
import { describe, expect, test } from 'vitest'
import type { Attrs, Block, Module, Node } from '../../../compiler/ir/node.ts'
import { structureText } from '../../support/structure.ts'

const block = (...nodes: readonly Node[]): Block => ({ params: [], nodes, yields: [] })
const node = (op: string, regions: readonly Block[] = [], attrs: Attrs = {}, operands: readonly number[] = []): Node => ({
  op,
  operands,
  attrs,
  results: [],
  regions,
  span: null,
})
const func = (name: string, role: 'entry' | 'kernel', body: Block): Module['funcs'][number] => ({
  name,
  role,
  doc: null,
  variant: { rule: name === 'e' ? 'exact' : 'loose' },
  params: [{ id: 7, name: 't0', type: { kind: 'buffer', dtype: 'f32', access: 'read' }, role: 'argument', axes: [] }],
  axes: [],
  body,
  outputs: [],
  span: null,
})

const loops = block(
  node('for', [block(node('load'), node('for', [block(node('load', [], {}, [7]), node('store'))]))]),
  node('load'),
)
const module: Module = {
  name: 'm',
  doc: null,
  level: 'kernel',
  axes: [],
  params: [],
  states: [],
  funcs: [
    func('e', 'entry', block(node('buffer', [], { role: 'temp' }), node('buffer', [], { role: 'output' }))),
    func('e_0', 'kernel', loops),
  ],
}

describe('structureText', () => {
  test.each([
    ['e: buffer ? · buffer.temp ? · load ?', 'e: buffer 2 · buffer.temp 1 · load 0'],
    [
      'e_0: load ? · for ? · for/load ? · for/for/load ? · for/for/for ?',
      'e_0: load 3 · for 2 · for/load 2 · for/for/load 1 · for/for/for 0',
    ],
    ['e_0: load.t0 ? · load.t1 ? · for/load.t0 ?', 'e_0: load.t0 1 · load.t1 0 · for/load.t0 1'],
    ['e.exact: buffer ?', 'e.exact: buffer 2'],
    ['module: kernel 9 · load 9', 'module: kernel 1 · load 3'],
  ])('%s', (asked, counted) => {
    expect(structureText(module, asked)).toBe(counted)
  })

  test.each(['e', 'e: load', 'e: load 1, store 1', 'f: load 1', 'e.loose: load 1'])('refuses `%s`', (line) => {
    expect(() => structureText(module, line)).toThrow()
  })
})
