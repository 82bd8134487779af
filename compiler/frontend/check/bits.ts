/**
 * Functions of the bits of whole numbers: `bitand(a, b)`, `shl(a, n)`, `popcount(a)`. Host numbers have bits without end, as in
 * two's complement; beside a tensor only their lowest 32 count. Distances count modulo 32.
 */
import * as exact from '../../../abi/rational.ts'
import type { Span } from '../../diagnostics/span.ts'
import { computeDType } from '../../ir/types.ts'
import { isMask, type Elab, type Operand, type ScalarElab } from '../types/value.ts'
import { emit, errorAt, report, text, type Scope } from './scope.ts'
import { elementwise, literal, plain, unpacked } from './values.ts'

interface BitFunction {
  readonly params: readonly string[]
  readonly summary: string
  readonly build: (scope: Scope, span: Span, args: readonly Operand[]) => Elab
}

const together = (op: 'and' | 'or' | 'xor', summary: string): BitFunction => ({
  params: ['a', 'b'],
  summary,
  build: (scope, span, args) => combine(scope, span, op, args),
})

const shifted = (op: 'shl' | 'shr', summary: string): BitFunction => ({
  params: ['a', 'n'],
  summary,
  build: (scope, span, [value, by]) => {
    if (value === undefined || by === undefined) return errorAt(span)
    const distance = by.kind === 'scalar' ? onHost(scope, span, 'and', by, 31n) : by
    const [shown = value] = by.kind === 'tensor' ? [value] : fitted(scope, span, [value])
    return elementwise(scope, span, op, [shown, distance])
  },
})

export const bitFunctions: Readonly<Record<string, BitFunction>> = {
  bitand: together('and', 'bits that both have'),
  bitor: together('or', 'bits that one of them has'),
  bitxor: together('xor', 'bits in which they differ'),
  bitnot: {
    params: ['a'],
    summary: 'the other bits',
    build: (scope, span, [value]) => {
      if (value === undefined) return errorAt(span)
      return value.kind === 'scalar' ? onHost(scope, span, 'xor', value, -1n) : elementwise(scope, span, 'not', [value])
    },
  },
  shl: shifted('shl', 'bits moved up by n'),
  shr: shifted('shr', 'bits moved down by n; a signed number keeps its sign'),
  popcount: {
    params: ['a'],
    summary: 'how many bits are set',
    build: (scope, span, args) => elementwise(scope, span, 'popcount', args),
  },
}

const combine = (scope: Scope, span: Span, op: string, args: readonly Operand[]): Elab =>
  elementwise(scope, span, op, fitted(scope, span, args))

/** A host number and a constant, bit by bit. */
function onHost(scope: Scope, span: Span, op: string, value: ScalarElab, constant: bigint): ScalarElab {
  const id = emit(scope, span, op, [value.id, literal(scope, exact.rational(constant), 'int', span).id], {}, [value])
  return { kind: 'scalar', id: id ?? value.id, scalar: 'int', known: null, span: value.span }
}

/** Host numbers beside a tensor: their lowest 32 bits, read as the dtype of the tensor. Others would be limited to its range. */
function fitted(scope: Scope, span: Span, args: readonly Operand[]): readonly Operand[] {
  const beside = args.find((arg) => arg.kind === 'tensor')
  if (beside === undefined) return args
  const unsigned = computeDType(beside.type.dtype) === 'u32'
  return args.map((arg) => {
    if (arg.kind === 'tensor') return arg
    if (unsigned) return onHost(scope, span, 'and', arg, 0xffffffffn)
    const low = onHost(scope, span, 'and', arg, 0x7fffffffn)
    const sign = onHost(scope, span, 'and', arg, 0x80000000n)
    const id = emit(scope, span, 'sub', [low.id, sign.id])
    return { kind: 'scalar', id: id ?? low.id, scalar: 'int', known: null, span: arg.span }
  })
}

export const isBitFunction = (name: string): boolean => Object.hasOwn(bitFunctions, name)

/** A whole number: a host one, or a tensor of an integer dtype. */
export function wholeOperand(scope: Scope, name: string, value: Elab): Operand | null {
  const operand = plain(scope, value)
  const dense = operand === null ? null : unpacked(scope, operand)
  if (dense === null) return null
  const whole = dense.kind === 'scalar' ? dense.scalar === 'int' : ['i32', 'u32'].includes(computeDType(dense.type.dtype))
  if (whole) return dense
  const instead = isMask(dense)
    ? 'masks combine with `and`, `or`, `not`, and `!=`'
    : 'convert it first: `u32(x)` truncates, and a state or an input may hold integers'
  report(scope, 'ESP1241', value.span, { name, found: text(scope, value) }, { help: instead })
  return null
}
