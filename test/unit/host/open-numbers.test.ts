/** Programs of counts: what they compute, the most that can come out, and what is left to the host. */
import { describe, expect, test } from 'vitest'
import type { ScalarExpr, VariantSpec } from '../../../abi/manifest.ts'
import { rational } from '../../../abi/rational.ts'
import { evaluateScalars, scalarValue, type ScalarSlot } from '../../../abi/scalar-expr.ts'
import { toDouble } from '../../../abi/scalar-ops.ts'
import { extentProgram, scalarProgram, type CountProgram } from '../../../host/runtime/open-numbers.ts'
import type { Plan } from '../../../host/runtime/plan.ts'

const LENGTH = 1000
const SCALARS: readonly ScalarExpr[] = [
  { op: 'size', axis: 'kept' },
  { op: 'literal', type: 'int', value: '63' },
  { op: 'literal', type: 'int', value: '64' },
  { op: 'mul', args: [0, 2] },
  { op: 'add', args: [3, 1] },
  { op: 'floordiv', args: [4, 2] },
  { op: 'max', args: [5, 1] },
  { op: 'min', args: [0, 1] },
  { op: 'size', axis: 'rest' },
  { op: 'sub', args: [2, 0] },
  { op: 'floordiv', args: [2, 0] },
  { op: 'literal', type: 'int', value: '3000000' },
  { op: 'mul', args: [0, 11] },
  { op: 'literal', type: 'ratio', value: '0.5' },
  { op: 'mul', args: [0, 13] },
  { op: 'size', axis: 'wide' },
]
const plan = {
  extents: new Map([['wide', 70]]),
  buffers: [{ length: LENGTH }],
  variant: {
    scalars: SCALARS,
    axes: [
      { name: 'kept', kind: 'counted', buffer: 0 },
      { name: 'rest', kind: 'scalar', scalar: 6 },
      { name: 'wide', kind: 'bound' },
    ],
  } as unknown as VariantSpec,
} as unknown as Plan

const extents = (count: number | undefined) => (axis: string) => (axis === 'kept' ? count : axis === 'wide' ? 70 : undefined)
const slotsOf = (count: number | undefined): readonly ScalarSlot[] =>
  evaluateScalars(SCALARS, { param: () => ({ type: 'int', value: rational(0) }), kept: () => 0, extent: extents(count) })
const scope = { plan, slots: slotsOf(undefined) }

function run({ ops }: CountProgram, count: number): number {
  const stack: number[] = []
  for (const step of ops) {
    if (step.op === 'number') stack.push(step.value)
    else if (step.op === 'count') stack.push(count)
    else {
      const [right = 0, left = 0] = [stack.pop(), stack.pop()]
      const results = { add: left + right, mul: left * right, max: Math.max(left, right), min: Math.min(left, right) }
      stack.push(step.op === 'floordiv' ? Math.floor(left / right) : results[step.op])
    }
  }
  expect(stack).toHaveLength(1)
  return stack[0] ?? NaN
}

describe('programs of counts', () => {
  test.each([0, 3, 4, 5, 6, 7])('scalar %i is what the host computes, for every count', (scalar) => {
    const program = scalarProgram(scope, scalar)!
    for (const count of [0, 1, 63, 64, 65, LENGTH]) {
      const exact = toDouble(scalarValue(slotsOf(count), scalar))
      expect(run(program, count)).toBe(exact)
      expect(exact).toBeLessThanOrEqual(program.most)
    }
  })

  test('axes that scalars give are looked through', () => {
    expect(run(extentProgram(scope, 'rest')!, 500)).toBe(500)
    expect(run(extentProgram(scope, 'kept')!, 5)).toBe(5)
    expect(extentProgram(scope, 'kept')!.most).toBe(LENGTH)
    expect(run(scalarProgram(scope, 15)!, 5)).toBe(70)
  })

  test.each([
    ['a difference, which may be negative', 9],
    ['a quotient by a count', 10],
    ['what may not be an i32', 12],
    ['what is not whole', 14],
  ])('%s is left to the host', (_, scalar) => {
    expect(scalarProgram(scope, scalar)).toBeNull()
  })
})
