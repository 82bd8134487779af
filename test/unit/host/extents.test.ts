/** Binding shapes to axes. */
import { describe, expect, test } from 'vitest'
import { EspalierError } from '../../../abi/espalier-error.ts'
import { bindShapes, type BindRequest, type Binding } from '../../../abi/extents.ts'

const axes = [
  { name: 'head', factors: ['kv', 'group'], pinned: null },
  { name: 'in', factors: ['quad', 'lane'], pinned: null },
  { name: 'lane', factors: [], pinned: '4' },
  { name: 'token', factors: ['page', 'slot'], pinned: null },
  { name: 'slot', factors: [], pinned: 'page_size' },
]

const FACTORED: Readonly<Record<string, readonly string[]>> = {
  head: ['kv', 'group'],
  in: ['quad', 'lane'],
  token: ['page', 'slot'],
}

type Shapes = Readonly<Record<string, readonly [axes: string, shape: readonly number[]]>>

/** Axes written as words; `+head` is the factored form. */
function bind(inputs: Shapes, fields: Partial<BindRequest> = {}): Binding {
  const read = (shapes: Shapes, prefix = ''): BindRequest['inputs'] =>
    Object.entries(shapes).map(([owner, [names, shape]]) => ({
      owner: prefix + owner,
      shape,
      axes: names
        .split(' ')
        .filter(Boolean)
        .map((name) =>
          name.startsWith('+') ? { name: name.slice(1), atoms: FACTORED[name.slice(1)] ?? [] } : { name, atoms: [name] },
        ),
    }))
  const tensors = read(inputs)
  const atoms = [
    ...new Set([...tensors, ...(fields.states ?? [])].flatMap((tensor) => tensor.axes.flatMap((axis) => axis.atoms))),
  ]
  return bindShapes({
    entry: 'e',
    axes,
    atoms,
    needed: fields.needed ?? atoms,
    inputs: tensors,
    states: [],
    unmappable: null,
    known: new Map(),
    sizes: new Map(),
    count: () => 16,
    ...fields,
    sameExtent: fields.sameExtent ?? [],
  })
}

function refusal(run: () => unknown): EspalierError {
  try {
    run()
  } catch (error) {
    if (error instanceof EspalierError) return error
    throw error
  }
  throw new Error('nothing was refused')
}
const extents = (binding: Binding): object => Object.fromEntries(binding.extents)

describe('solving', () => {
  test('factors are divided out, in whatever order the inputs come', () => {
    const expected = { kv: 8, group: 4, token: 100 }
    expect(extents(bind({ Q: ['+head token', [32, 100]], K: ['kv token', [8, 100]] }))).toEqual(expected)
    expect(extents(bind({ K: ['kv token', [8, 100]], Q: ['+head token', [32, 100]] }))).toEqual(expected)
  })

  test('pinned by a number, and by a parameter', () => {
    expect(extents(bind({ W: ['+in', [12]] }))).toEqual({ quad: 3, lane: 4 })
    expect(extents(bind({ X: ['+token', [48]] }))).toEqual({ page: 3, slot: 16 })
    expect(refusal(() => bind({ L: ['lane', [3]] })).message).toContain('axis `lane` is 4 in the policy but 3 in L')
  })

  test('states take part, sizes fill what nothing shows', () => {
    const states = [{ owner: 'state `s`', axes: [{ name: 'layer', atoms: ['layer'] }], shape: [6] }]
    expect(extents(bind({ X: ['token', [4]] }, { states, sizes: new Map([['layer', 7]]) }))).toEqual({ layer: 6, token: 4 })
    const atoms = ['token', 'kv', 'group']
    const sizes = new Map([
      ['head', 32],
      ['kv', 8],
    ])
    expect(extents(bind({ X: ['token', [4]] }, { atoms, needed: atoms, sizes }))).toEqual({ token: 4, kv: 8, group: 4 })
  })

  test('zero-length axes', () => {
    expect(extents(bind({ K: ['kv token', [0, 0]] }))).toEqual({ kv: 0, token: 0 })
    expect(extents(bind({ Q: ['+head', [0]], K: ['kv', [0]] }))).toEqual({ kv: 0, group: 1 })
    expect(refusal(() => bind({ Q: ['+head', [4]], K: ['kv', [0]] }))).toMatchObject({
      code: 'ESP4301',
      axis: 'head',
      expected: 0,
      got: 4,
    })
  })
})

describe('contradictions', () => {
  test('bound twice', () => {
    const error = refusal(() => bind({ K: ['kv token', [8, 1024]], V: ['kv token', [8, 1000]] }))
    expect(error).toMatchObject({ code: 'ESP4301', axis: 'token', expected: 1024, got: 1000 })
    expect(error.message).toContain('axis `token` is 1024 in K but 1000 in V')
  })

  test('two axes of which one is read at positions of the other', () => {
    const sameExtent = [['query', 'token']] as const
    expect(refusal(() => bind({ Q: ['query', [3]], K: ['token', [4]] }, { sameExtent }))).toMatchObject({
      code: 'ESP4306',
      expected: 3,
      got: 4,
    })
    const atoms = ['query', 'token']
    expect(extents(bind({ K: ['token', [4]] }, { sameExtent, atoms, needed: atoms }))).toEqual({ token: 4, query: 4 })
  })

  test('a product that does not come out', () => {
    const error = refusal(() => bind({ K: ['kv', [8]], G: ['group', [3]], Q: ['+head', [32]] }))
    expect(error).toMatchObject({ axis: 'head', expected: 24, got: 32 })
    expect(error.message).toContain('axis `head` is 24 in K and G, as kv (8) * group (3), but 32 in Q')
  })

  test('not a multiple', () => {
    const error = refusal(() => bind({ W: ['+in', [14]] }))
    expect(error).toMatchObject({ code: 'ESP4302', axis: 'in', got: 14 })
    expect(error.message).toContain('not a multiple of `lane` = 4')
  })

  test('unknown', () => {
    expect(refusal(() => bind({ Q: ['+head', [32]] }))).toMatchObject({ code: 'ESP4303', axis: 'kv' })
  })

  test('too few axes', () => {
    expect(refusal(() => bind({ K: ['kv token', [8]] }))).toMatchObject({ code: 'ESP4205', expected: 2, got: 1 })
  })
})

describe('extra leading axes', () => {
  test('inputs that have them agree, others are shared', () => {
    const binding = bind({ K: ['kv token', [2, 3, 8, 10]], W: ['kv', [8]], V: ['kv token', [2, 3, 8, 10]] })
    expect(binding.leading).toEqual([2, 3])
    expect([...binding.mapped]).toEqual(['K', 'V'])
    expect(extents(binding)).toEqual({ kv: 8, token: 10 })
  })

  test('disagreement', () => {
    expect(refusal(() => bind({ K: ['kv', [2, 8]], V: ['kv', [3, 8]] }))).toMatchObject({
      code: 'ESP4304',
      expected: '[2]',
      got: '[3]',
    })
    expect(refusal(() => bind({ K: ['kv', [2, 8]], V: ['kv', [1, 2, 8]] })).code).toBe('ESP4304')
  })

  test('refused where they have no meaning', () => {
    const error = refusal(() => bind({ K: ['kv', [2, 8]] }, { unmappable: 'it uses the state `s`' }))
    expect(error).toMatchObject({ code: 'ESP4305', got: '[2]' })
    expect(error.message).toContain('it uses the state `s`')
  })
})
