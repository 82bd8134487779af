/**
 * The families of elementwise ops: for each, which dtype a tensor operation computes in and results in, which kind of host
 * scalar it gives, and which machine values it accepts at kernel level (equal dtype and lanes; nothing is converted there).
 */
import type { TypeProblem } from '../../op.ts'
import { computeDType, type DType, type MachineDType, type MachineType, type ScalarKind, type Type } from '../../types.ts'
import {
  describe,
  isMachine,
  isScalar,
  isTensor,
  isTypeProblem,
  joinScalars,
  problem,
  promote,
  type Computed,
} from '../type-rules.ts'

export type Family =
  | 'arithmetic' // add mul min abs: stays in the operands' dtype
  | 'signed' // neg: arithmetic that unsigned numbers do not have
  | 'quotient' // div: integers give f32 or a ratio
  | 'whole' // floor floordiv: whole numbers, of whatever dtype; exact integers of host scalars
  | 'power' // exact for whole exponents of host scalars, f32 for tensors
  | 'real' // sqrt exp: always f32 or real
  | 'equality' // eq ne: of two numbers or two masks
  | 'order' // lt ge: of two numbers
  | 'logic' // and or: of masks, or bitwise of integers
  | 'shift' // shl shr: of integers by integers, in the dtype of what is shifted
  | 'bits' // popcount: of integers
  | 'test' // isnan: of any number

type Dtypes = { readonly compute: Computed | 'bool'; readonly result: DType }

interface FamilyRule {
  readonly tensor: (types: readonly (Type | null)[]) => Dtypes | TypeProblem
  readonly scalar: (types: readonly (Type | null)[]) => ScalarKind | TypeProblem
  readonly machine: (types: readonly MachineType[]) => MachineType | TypeProblem
  readonly example: { readonly operand: DType; readonly result: DType }
}

const isBool = (type: Type | null): boolean =>
  (isScalar(type) && type.scalar === 'bool') || ((isTensor(type) || isMachine(type)) && type.dtype === 'bool')
const isWhole = (type: Type | null): boolean =>
  isScalar(type) ? type.scalar === 'int' : isTensor(type) && ['i32', 'u32'].includes(computeDType(type.dtype))

const same = (types: readonly (Type | null)[]): Dtypes | TypeProblem => {
  const dtype = promote(types)
  return typeof dtype === 'string' ? { compute: dtype, result: dtype } : dtype
}
const giving =
  (result: DType) =>
  (types: readonly (Type | null)[]): Dtypes | TypeProblem => {
    const dtype = promote(types)
    return typeof dtype === 'string' ? { compute: dtype, result } : dtype
  }
const asReal = (): Dtypes => ({ compute: 'f32', result: 'f32' })

/** The shared machine type of operands that must agree; lanes are those of the widest. */
function agreeing(types: readonly MachineType[], allowed: readonly MachineDType[], what: string): MachineType | TypeProblem {
  const first = types[0]
  if (first === undefined) return problem('takes operands')
  for (const [at, type] of types.entries()) {
    if (type.dtype !== first.dtype || type.lanes !== first.lanes)
      return problem(`operands must have one machine type: ${describe(first)} and ${describe(type)}`, at)
    if (!allowed.includes(type.dtype)) return problem(`${what} is not defined on ${describe(type)}`, at)
  }
  return first
}
const NUMBERS: readonly MachineDType[] = ['f32', 'f64', 'i32', 'u32', 'i64']
const FLOATS: readonly MachineDType[] = ['f32', 'f64']
const INTEGERS: readonly MachineDType[] = ['i32', 'u32', 'i64']
const numbers = (types: readonly MachineType[]): MachineType | TypeProblem => agreeing(types, NUMBERS, 'arithmetic')
const floats = (types: readonly MachineType[]): MachineType | TypeProblem => agreeing(types, FLOATS, 'a real function')
const toBool =
  (allowed: readonly MachineDType[]) =>
  (types: readonly MachineType[]): MachineType | TypeProblem => {
    const shared = agreeing(types, allowed, 'this comparison')
    return isTypeProblem(shared) ? shared : { ...shared, dtype: 'bool' }
  }

function shiftMachine(types: readonly MachineType[]): MachineType | TypeProblem {
  const [value, by] = types
  if (value === undefined || !INTEGERS.includes(value.dtype))
    return problem(`only integers are shifted, not ${describe(value)}`, 0)
  if (by === undefined || (by.dtype !== 'i32' && by.dtype !== 'u32'))
    return problem(`the distance must be i32 or u32, not ${describe(by)}`, 1)
  return by.lanes === 1 || by.lanes === value.lanes ? value : problem(`the distance has ${by.lanes} lanes, not ${value.lanes}`, 1)
}

const noMasks = (types: readonly (Type | null)[], then: Dtypes | TypeProblem): Dtypes | TypeProblem => {
  const at = types.findIndex(isBool)
  return at < 0 ? then : problem('masks have no order: compare numbers', at)
}

function equality(types: readonly (Type | null)[]): Dtypes | TypeProblem {
  if (types.every(isBool)) return { compute: 'bool', result: 'bool' }
  const at = types.findIndex(isBool)
  return at < 0 ? giving('bool')(types) : problem('a mask is not a number: use the mask itself, or `not` of it', at)
}

function logic(types: readonly (Type | null)[]): Dtypes | TypeProblem {
  if (types.every(isBool)) return { compute: 'bool', result: 'bool' }
  if (types.every(isWhole)) return same(types)
  const at = types.findIndex((type) => !isBool(type))
  return problem(`masks are combined here, and this is ${describe(types[at] ?? null)}: compare it with something first`, at)
}

function shift(types: readonly (Type | null)[]): Dtypes | TypeProblem {
  const at = types.findIndex((type) => !isWhole(type))
  return at < 0
    ? same(types.slice(0, 1))
    : problem(`bits are shifted in whole numbers, and this is ${describe(types[at] ?? null)}`, at)
}

function bits(types: readonly (Type | null)[]): Dtypes | TypeProblem {
  const at = types.findIndex((type) => !isWhole(type))
  return at < 0 ? same(types) : problem(`bits are counted in whole numbers, and this is ${describe(types[at] ?? null)}`, at)
}

function signed(types: readonly (Type | null)[]): Dtypes | TypeProblem {
  const dtypes = same(types)
  return !isTypeProblem(dtypes) && dtypes.compute === 'u32'
    ? problem('an unsigned number has no negative: convert it to i32 or f32 first', 0)
    : dtypes
}

/** Two whole numbers are combined bit by bit, in two's complement of any length. */
const scalarLogic = (types: readonly (Type | null)[]): ScalarKind | TypeProblem => {
  if (types.every(isBool)) return 'bool'
  return types.length === 2 && types.every(isWhole) ? 'int' : problem('only truth values are combined with `and`, `or` and `not`')
}
const scalarOrder = (types: readonly (Type | null)[]): ScalarKind | TypeProblem =>
  types.some(isBool) ? problem('truth values have no order') : 'bool'
const scalarEquality = (types: readonly (Type | null)[]): ScalarKind | TypeProblem =>
  types.some(isBool) && !types.every(isBool) ? problem('a truth value is not a number') : 'bool'
const scalarQuotient = (types: readonly (Type | null)[]): ScalarKind => (joinScalars(types) === 'real' ? 'real' : 'ratio')
const scalarPower = (types: readonly (Type | null)[]): ScalarKind =>
  isWhole(types[1] ?? null) ? joinScalars(types.slice(0, 1)) : 'real'
const scalarBits = (types: readonly (Type | null)[]): ScalarKind | TypeProblem =>
  types.every(isWhole) ? 'int' : problem('bits are counted in whole numbers')
const scalarShift = (types: readonly (Type | null)[]): ScalarKind | TypeProblem =>
  types.every(isWhole) ? 'int' : problem('bits are shifted in whole numbers')

const f32 = { operand: 'f32', result: 'f32' } as const
const mask = { operand: 'f32', result: 'bool' } as const

export const families: Readonly<Record<Family, FamilyRule>> = {
  arithmetic: { tensor: same, scalar: joinScalars, machine: numbers, example: f32 },
  signed: { tensor: signed, scalar: joinScalars, machine: numbers, example: f32 },
  quotient: { tensor: asReal, scalar: scalarQuotient, machine: numbers, example: f32 },
  whole: { tensor: same, scalar: () => 'int', machine: numbers, example: f32 },
  power: { tensor: asReal, scalar: scalarPower, machine: floats, example: f32 },
  real: { tensor: asReal, scalar: () => 'real', machine: floats, example: f32 },
  equality: { tensor: equality, scalar: scalarEquality, machine: toBool([...NUMBERS, 'bool']), example: mask },
  order: {
    tensor: (types) => noMasks(types, giving('bool')(types)),
    scalar: scalarOrder,
    machine: toBool(NUMBERS),
    example: mask,
  },
  logic: {
    tensor: logic,
    scalar: scalarLogic,
    machine: (types) => agreeing(types, ['bool', ...INTEGERS], 'logic'),
    example: { operand: 'bool', result: 'bool' },
  },
  shift: { tensor: shift, scalar: scalarShift, machine: shiftMachine, example: { operand: 'i32', result: 'i32' } },
  bits: {
    tensor: bits,
    scalar: scalarBits,
    machine: (types) => agreeing(types, ['i32', 'u32'], 'counting bits'),
    example: { operand: 'u32', result: 'u32' },
  },
  test: { tensor: giving('bool'), scalar: () => 'bool', machine: toBool(FLOATS), example: mask },
}
