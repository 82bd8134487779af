/**
 * Loads and stores. A buffer is the address of its first byte, an index counts elements and is read as unsigned. Elements are
 * decoded to and encoded from their compute dtype; the raw forms move bits.
 */
import { dtypeBytes } from '../../../abi/dtype.ts'
import type { DType } from '../../../compiler/ir/types.ts'
import type { MemoryOp } from '../../core.ts'
import { RESERVED_BYTES } from '../caps.ts'
import { i32, laneOp, op, vectorI32, type Expr } from '../expr.ts'
import { decodeBrain, decodeHalf, encodeBrain, encodeHalf } from '../half.ts'
import { bufferArg, lanes32, machineArg, resultType, type Emit, type OpContext } from './context.ts'

export const memory: Record<MemoryOp, Emit> = {
  load: (c) => [decode(c, bufferArg(c, 0).dtype, resultType(c).lanes, fetch(c, bufferArg(c, 0).dtype, resultType(c).lanes))],
  load_raw: (c) => [fetch(c, unsigned(bufferArg(c, 0).dtype), resultType(c).lanes)],
  store: (c) => {
    const { lanes } = machineArg(c, 2)
    put(c, lanes, encode(c, bufferArg(c, 0).dtype, lanes, c.arg(2)))
    return []
  },
  store_raw: (c) => {
    const { lanes } = machineArg(c, 2)
    const small = lanes > 1 && dtypeBytes(bufferArg(c, 0).dtype) < 4
    put(c, lanes, small ? lowBits(c, dtypeBytes(bufferArg(c, 0).dtype), c.arg(2)) : c.arg(2))
    return []
  },
  gather_lanes: (c) => [gather(c)],
  scatter_lanes: (c) => {
    scatter(c)
    return []
  },
}

/** Raw bits are never sign-extended. */
const unsigned = (dtype: DType): DType => (dtype === 'i8' ? 'u8' : dtype)

interface Address {
  readonly ptr: Expr
  readonly offset: number
}

/** A constant part of the index goes into the instruction, as far as that is safe: see RESERVED_BYTES. */
function address(base: Expr, index: Expr, size: 1 | 2 | 4): Address {
  let rest = index
  let offset = 0
  for (;;) {
    const [x, y] = rest.kind === 'op' && rest.op === 'i32.add' ? rest.args : []
    if (x === undefined || y?.kind !== 'const') break
    const bytes = Number(y.value) * size
    if (bytes < 0 || offset + bytes > RESERVED_BYTES) break
    offset += bytes
    rest = x
  }
  if (rest.kind === 'const') {
    const bytes = (Number(rest.value) >>> 0) * size
    if (offset + bytes <= RESERVED_BYTES) return { ptr: base, offset: offset + bytes }
  }
  const scaled = size === 1 ? rest : op('i32.shl', rest, i32(size === 2 ? 1 : 2))
  return { ptr: op('i32.add', base, scaled), offset }
}

const at = (c: OpContext): Address => address(c.arg(0), c.arg(1), dtypeBytes(bufferArg(c, 0).dtype))

const load = (name: string, { ptr, offset }: Address, align: number): Expr => ({
  kind: 'load',
  op: name,
  offset,
  align,
  args: [ptr],
  depth: 1,
})

/** Elements as they lie: small integers extended, halves as bits, bools as bytes. */
function fetch(c: OpContext, dtype: DType, lanes: number): Expr {
  const place = at(c)
  if (lanes === 1) return loadOne(dtype, place)
  if (dtypeBytes(dtype) === 4) return load('v128.load', place, 4)
  if (dtypeBytes(dtype) === 2) return load('v128.load16x4_u', place, 2)
  const sign = dtype === 'i8' ? 's' : 'u'
  return op(`i32x4.extend_low_i16x8_${sign}`, op(`i16x8.extend_low_i8x16_${sign}`, load('v128.load32_zero', place, 1)))
}

function loadOne(dtype: DType, place: Address): Expr {
  if (dtype === 'f32') return load('f32.load', place, 4)
  if (dtypeBytes(dtype) === 4) return load('i32.load', place, 4)
  if (dtypeBytes(dtype) === 2) return load('i32.load16_u', place, 2)
  return load(dtype === 'i8' ? 'i32.load8_s' : 'i32.load8_u', place, 1)
}

function decode(c: OpContext, dtype: DType, lanes: number, bits: Expr): Expr {
  switch (dtype) {
    case 'f16':
      return decodeHalf(lanes32(c, lanes), bits)
    case 'bf16':
      return decodeBrain(lanes32(c, lanes), bits)
    case 'bool':
      return lanes === 1 ? op('i32.ne', bits, i32(0)) : op('i32x4.ne', bits, c.writer.share(vectorI32(0)))
    default:
      return bits
  }
}

/** What `put` stores: vectors of small elements have nothing above the bits that count. */
function encode(c: OpContext, dtype: DType, lanes: number, value: Expr): Expr {
  switch (dtype) {
    case 'f16':
      return encodeHalf(lanes32(c, lanes), value)
    case 'bf16':
      return encodeBrain(lanes32(c, lanes), value)
    case 'bool':
      return lanes === 1 ? value : op('i32x4.shr_u', value, i32(31))
    case 'u8':
    case 'i8':
      return lanes === 1 ? value : lowBits(c, 1, value)
    default:
      return value
  }
}

const lowBits = (c: OpContext, size: 1 | 2 | 4, value: Expr): Expr =>
  op('v128.and', value, c.writer.share(vectorI32(size === 1 ? 0xff : 0xffff)))

function put(c: OpContext, lanes: number, value: Expr): void {
  const dtype = bufferArg(c, 0).dtype
  const place = at(c)
  const store = (name: string, align: number, stored: Expr, lane = -1): void =>
    c.writer.push({ kind: 'store', op: name, offset: place.offset, align, lane, ptr: place.ptr, value: stored })
  const size = dtypeBytes(dtype)
  if (lanes === 1) {
    if (size === 4) store(dtype === 'f32' ? 'f32.store' : 'i32.store', 4, value)
    else store(size === 2 ? 'i32.store16' : 'i32.store8', size, value)
    return
  }
  if (size === 4) return store('v128.store', 4, value)
  const narrow = c.writer.bind(value)
  const halves = op('i16x8.narrow_i32x4_u', narrow, narrow)
  if (size === 2) return store('v128.store64_lane', 2, halves, 0)
  const shared = c.writer.bind(halves)
  store('v128.store32_lane', 1, op('i8x16.narrow_i16x8_u', shared, shared), 0)
}

function laneAddresses(c: OpContext, lanes: number): Address[] {
  const size = dtypeBytes(bufferArg(c, 0).dtype)
  const indices = c.writer.share(c.arg(1))
  return Array.from({ length: lanes }, (_, lane) => {
    const index = lanes === 1 ? indices : laneOp('i32x4.extract_lane', lane, indices)
    return address(c.arg(0), index, size)
  })
}

function gather(c: OpContext): Expr {
  const { dtype } = bufferArg(c, 0)
  const { lanes } = resultType(c)
  const [first, ...rest] = laneAddresses(c, lanes)
  if (first === undefined || lanes === 1) return decode(c, dtype, 1, fetch(c, dtype, 1))
  if (dtypeBytes(dtype) < 4) {
    const start = op('i32x4.splat', loadOne(dtype, first))
    return decode(
      c,
      dtype,
      lanes,
      rest.reduce((vector, place, i) => laneOp('i32x4.replace_lane', i + 1, vector, loadOne(dtype, place)), start),
    )
  }
  return rest.reduce<Expr>(
    (vector, place, i) => ({
      kind: 'load-lane',
      op: 'v128.load32_lane',
      offset: place.offset,
      align: 4,
      lane: i + 1,
      args: [place.ptr, vector],
      depth: i + 2,
    }),
    load('v128.load32_zero', first, 4),
  )
}

function scatter(c: OpContext): void {
  const { dtype } = bufferArg(c, 0)
  const { lanes } = machineArg(c, 2)
  const size = dtypeBytes(dtype)
  const value = c.writer.share(encode(c, dtype, lanes, c.arg(2)))
  if (lanes === 1) return put(c, 1, value)
  for (const [lane, { ptr, offset }] of laneAddresses(c, lanes).entries())
    c.writer.push({ kind: 'store', op: `v128.store${size * 8}_lane`, offset, align: size, lane: (lane * 4) / size, ptr, value })
}
