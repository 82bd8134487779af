/** Structural facts of masks and values. */
import { describe, expect, test } from 'vitest'
import { FuncBuilder } from '../../../compiler/ir/builder.ts'
import { emitExactCount, exactCount, nonNegative, nOfM, positionWindow, proveExactCount } from '../../../compiler/ir/facts.ts'
import type { ValueId } from '../../../compiler/ir/node.ts'
import { NONE } from '../../../compiler/ir/op.ts'
import { ops } from '../../../compiler/ir/ops/index.ts'
import { scalar, tensor } from '../../../compiler/ir/types.ts'

class Policy extends FuncBuilder {
  readonly x: ValueId
  readonly k: ValueId
  readonly m: ValueId
  constructor() {
    super(ops)
    this.x = this.param('x', tensor('f16', ['row', 'col'])).id
    this.k = this.param('k', scalar('int')).id
    this.m = this.param('m', tensor('bool', ['row', 'col'])).id
  }
  keep(k: ValueId, axes: string[], within = NONE, protect = NONE, ties = 'first'): ValueId {
    return this.emit('keep', [this.x, k, within, protect], { axes, ties })
  }
  budget(axis: string): ValueId {
    return this.emit('budget', [this.k, this.emit('size', [], { axis }), NONE, NONE], {
      mode: 'keep',
      amount: 'count',
      round: 'down',
    })
  }
  position(which: string, axis: string): ValueId {
    return this.emit('position', [this.k], { which, axis })
  }
}

const reason = (policy: Policy, mask: ValueId): string => {
  const proof = proveExactCount(mask, policy)
  return 'reason' in proof ? proof.reason : ''
}

describe('exact counts', () => {
  test('a budget of the same axes is in range, another number is clamped', () => {
    const p = new Policy()
    const budget = p.budget('col')
    expect(exactCount(p.keep(budget, ['col']), p)).toEqual({ axes: ['col'], count: { op: 'value', value: budget } })
    expect(exactCount(p.keep(p.k, ['col']), p)).toEqual({ axes: ['col'], count: { op: 'clamp', value: p.k } })
    expect(exactCount(p.keep(budget, ['row', 'col']), p)?.count.op).toBe('clamp')
  })
  test('not, rename and broadcast carry it on', () => {
    const p = new Policy()
    const first = p.position('first', 'col')
    const rest = p.emit('not', [first])
    expect(exactCount(rest, p)).toEqual({ axes: ['col'], count: { op: 'rest', of: { op: 'clamp', value: p.k } } })
    expect(exactCount(p.emit('rename', [rest], { from: 'col', to: 'other' }), p)?.axes).toEqual(['other'])
    expect(exactCount(p.emit('broadcast', [first], { axes: ['row', 'col'] }), p)?.axes).toEqual(['col'])
  })
  test('both ends of an axis', () => {
    const p = new Policy()
    const [first, last] = [p.position('first', 'col'), p.position('last', 'col')]
    expect(exactCount(p.emit('or', [first, last]), p)?.count.op).toBe('union')
    expect(reason(p, p.emit('or', [first, p.position('last', 'row')]))).toBe('two masks may overlap')
    expect(reason(p, p.emit('and', [first, last]))).toBe('`and` may hold for any number of elements')
  })
  test('protection of known size', () => {
    const p = new Policy()
    const budget = p.budget('col')
    const kept = p.keep(budget, ['col'], NONE, p.position('last', 'col'))
    expect(exactCount(kept, p)?.count).toEqual({
      op: 'larger',
      of: [
        { op: 'value', value: budget },
        { op: 'clamp', value: p.k },
      ],
    })
    expect(reason(p, p.keep(budget, ['col'], NONE, p.m))).toBe('more may be protected than the budget')
    expect(reason(p, p.keep(budget, ['row', 'col'], NONE, p.position('last', 'col')))).toBe(
      'what is protected is counted over other axes',
    )
  })
  test('what is not known says why', () => {
    const p = new Policy()
    expect(reason(p, p.m)).toBe('the mask comes from outside')
    expect(reason(p, p.keep(p.k, ['col'], p.m))).toBe('there may be fewer candidates than the budget')
    expect(reason(p, p.keep(p.k, ['col'], NONE, NONE, 'all'))).toBe('ties are all kept')
    expect(reason(p, p.position('every', 'col'))).toBe('every n-th element is kept')
  })
  test('are emitted as host scalars', () => {
    const p = new Policy()
    const rest = p.emit('not', [p.emit('or', [p.position('first', 'col'), p.position('last', 'col')])])
    const from = p.take().length
    const id = emitExactCount(p, exactCount(rest, p)!)
    expect(from).toBe(4)
    expect(p.typeOf(id)).toEqual(scalar('int'))
    expect(p.take().map((node) => node.op)).toEqual([
      'size',
      'literal',
      'max',
      'size',
      'min',
      'literal',
      'max',
      'size',
      'min',
      'add',
      'size',
      'min',
      'sub',
    ])
  })
  test('n of m', () => {
    const p = new Policy()
    const four = p.emit('literal', [], { value: '4', scalar: 'int' })
    const axes = [{ name: 'col', extent: { kind: 'scalar', value: four } } as const]
    expect(nOfM(p.keep(p.k, ['col']), p, axes)).toMatchObject({ axis: 'col', m: 4 })
    expect(nOfM(p.keep(p.k, ['row']), p, axes)).toBeNull()
    expect(nOfM(p.keep(p.k, ['row', 'col']), p, axes)).toBeNull()
    expect(nOfM(p.m, p, axes)).toBeNull()
  })
})

describe('windows', () => {
  test('are the conjuncts by position', () => {
    const p = new Policy()
    const first = p.position('first', 'col')
    const mask = p.emit('and', [p.emit('and', [p.m, first]), p.emit('not', [p.position('last', 'row')])])
    expect(positionWindow(mask, p)).toEqual([
      { axis: 'col', which: 'first', n: p.k, side: 'inside' },
      { axis: 'row', which: 'last', n: p.k, side: 'outside' },
    ])
    expect(positionWindow(p.emit('or', [first, p.m]), p)).toEqual([])
  })
})

describe('non-negative', () => {
  const p = new Policy()
  const i32 = p.emit('convert', [p.x], { to: 'i32' })
  const abs = p.emit('abs', [p.x])
  const other = p.emit('sub', [p.x, abs])
  const norm = (otherwise: ValueId): ValueId => p.emit('norm', [p.x, p.m, otherwise], { axes: ['col'] })
  const sum = (x: ValueId, kind = 'sum'): ValueId => p.emit('reduce', [x, NONE, NONE], { axes: ['col'], kind })
  const minusOne = p.emit('literal', [], { value: '-1', scalar: 'int' })
  const one = p.emit('literal', [], { value: '1', scalar: 'int' })
  test.each<[string, ValueId, boolean]>([
    ['an input', p.x, false],
    ['a mask', p.m, true],
    ['abs', abs, true],
    ['a difference', other, false],
    ['a square', p.emit('mul', [other, other]), true],
    ['a product of one', p.emit('mul', [abs, p.x]), false],
    ['a product of both', p.emit('mul', [abs, abs]), true],
    ['abs of integers, which wraps', p.emit('abs', [i32]), false],
    ['a sum of magnitudes', sum(abs), true],
    ['a sum', sum(p.x), false],
    ['the largest magnitude, -inf of nothing', sum(abs, 'max'), false],
    ['the square root of a magnitude', p.emit('sqrt', [abs]), true],
    ['the square root of anything: -0', p.emit('sqrt', [p.x]), false],
    ['a norm', norm(NONE), true],
    ['a norm with a positive else', norm(one), true],
    ['a norm with a negative else', norm(minusOne), false],
    ['a literal', one, true],
    ['a negative literal', minusOne, false],
    ['scaled by a positive literal', p.emit('mul', [abs, one]), true],
    ['scaled by a parameter', p.emit('mul', [abs, p.k]), false],
    ['a choice', p.emit('select', [p.m, abs, p.x]), false],
  ])('%s: %j %s', (_, value, expected) => expect(nonNegative(value, p)).toBe(expected))
})
