/** Loads and stores of every dtype, and addresses. */
import { describe, expect, test } from 'vitest'
import type { DType } from '../../../compiler/ir/types.ts'
import { emitWasm } from '../../../backends/wasm/emit.ts'
import { RESERVED_BYTES } from '../../../backends/wasm/caps.ts'
import { AT, buffer, kernelOf, machine, start } from './kernel.ts'

const i32 = machine('i32')

/** The number an f16 stands for, by definition. */
function halfValue(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023]
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25)
}
const bitsOf = (value: number): number => new Uint32Array(new Float32Array([value]).buffer)[0] as number
const floatOf = (bits: number): number => new Float32Array(new Uint32Array([bits]).buffer)[0] as number

/** Copies n elements from one buffer to another through their compute dtype, one or four at a time. */
const copy = (from: DType, to: DType, lanes: number, op: 'load' | 'load_raw' = 'load') =>
  kernelOf('copy', { from: buffer(from, 'read'), to: buffer(to, 'write'), n: i32 }, (b, { from, to, n }) => {
    b.for(b.constant(0), n.id, lanes, [], (i) => {
      const value = b.emit(op, [from.id, i], { lanes })
      b.emitAll(op === 'load' ? 'store' : 'store_raw', [to.id, i, value])
      return []
    })
  })

async function copying(from: DType, to: DType, lanes: number, op: 'load' | 'load_raw' = 'load') {
  const { memory, call } = await start([copy(from, to, lanes, op)])
  return <S extends ArrayBufferView & ArrayLike<number>, T>(
    source: S,
    make: (buffer: ArrayBuffer, offset: number, length: number) => T,
  ): T => {
    new Uint8Array(memory.buffer).set(new Uint8Array(source.buffer, source.byteOffset, source.byteLength), AT(0))
    call.copy?.(AT(0), AT(1), source.length)
    return make(memory.buffer as ArrayBuffer, AT(1), source.length)
  }
}
const f32s = (b: ArrayBuffer, at: number, n: number) => new Float32Array(b, at, n)
const u32s = (b: ArrayBuffer, at: number, n: number) => new Uint32Array(b, at, n)
const u16s = (b: ArrayBuffer, at: number, n: number) => new Uint16Array(b, at, n)
const u8s = (b: ArrayBuffer, at: number, n: number) => new Uint8Array(b, at, n)

const ALL_16 = Uint16Array.from({ length: 65536 }, (_, i) => i)
const firstDifference = (n: number, got: (i: number) => number, want: (i: number) => number): string | null => {
  for (let i = 0; i < n; i += 1) if (!Object.is(got(i), want(i))) return `at ${i}: got ${got(i)}, not ${want(i)}`
  return null
}

describe.each([1, 4])('%i lanes', (lanes) => {
  test('all halves decode exactly', async () => {
    const decoded = (await copying('f16', 'f32', lanes))(ALL_16, f32s)
    expect(firstDifference(65536, (i) => decoded[i] as number, halfValue)).toBeNull()
  })

  test('all halves survive decoding and encoding; NaN stays NaN', async () => {
    const back = (await copying('f16', 'f16', lanes))(ALL_16, u16s)
    for (let i = 0; i < 65536; i += 1) {
      if (Number.isNaN(halfValue(i))) expect(halfValue(back[i] as number)).toBeNaN()
      else if (back[i] !== i) expect.fail(`${i} became ${back[i]}`)
    }
  })

  test('encoding to f16 rounds to nearest even on both sides of every boundary', async () => {
    const inputs: number[] = []
    const wanted: number[] = []
    for (let half = 0; half < 0x7c00; half += 1) {
      const next = half + 1 === 0x7c00 ? 65536 : halfValue(half + 1)
      const middle = bitsOf((halfValue(half) + next) / 2)
      for (const sign of [0, 1]) {
        inputs.push(...[middle - 1, middle, middle + 1].map((bits) => (sign * 2 ** 31 + bits) >>> 0))
        wanted.push(...[half, half + (half & 1), half + 1].map((bits) => sign * 0x8000 + bits))
      }
    }
    inputs.push(
      bitsOf(65504),
      bitsOf(65536),
      bitsOf(1e30),
      bitsOf(Infinity),
      bitsOf(-Infinity),
      0x80000000,
      0,
      1,
      0x80000001,
      bitsOf(-1e30),
    )
    wanted.push(0x7bff, 0x7c00, 0x7c00, 0x7c00, 0xfc00, 0x8000, 0, 0, 0x8000, 0xfc00)
    while (inputs.length % 4 !== 0) {
      inputs.push(0)
      wanted.push(0)
    }
    const encoded = (await copying('f32', 'f16', lanes))(Uint32Array.from(inputs), u16s)
    expect(
      firstDifference(
        wanted.length,
        (i) => encoded[i] as number,
        (i) => wanted[i] as number,
      ),
    ).toBeNull()
    const nans = (await copying('f32', 'f16', lanes))(Uint32Array.of(0x7fc00000, 0x7f800001, 0xffffffff, 0x7f801000), u16s)
    for (const nan of nans) expect(halfValue(nan)).toBeNaN()
  })

  test('bf16 decodes exactly and encodes to nearest even on both sides of every boundary', async () => {
    const decoded = (await copying('bf16', 'f32', lanes))(ALL_16, f32s)
    expect(
      firstDifference(
        65536,
        (i) => decoded[i] as number,
        (i) => floatOf(i * 65536),
      ),
    ).toBeNull()
    const inputs: number[] = []
    const wanted: number[] = []
    for (let brain = 0; brain < 0x7f80; brain += 1)
      for (const sign of [0, 0x8000]) {
        inputs.push(...[0x7fff, 0x8000, 0x8001, 0].map((low) => ((sign + brain) * 65536 + low) >>> 0))
        wanted.push(...[brain, brain + (brain & 1), brain + 1, brain].map((bits) => sign + bits))
      }
    inputs.push(0x7f800000, 0xff800000, 0, 0)
    wanted.push(0x7f80, 0xff80, 0, 0)
    const encoded = (await copying('f32', 'bf16', lanes))(Uint32Array.from(inputs), u16s)
    expect(
      firstDifference(
        wanted.length,
        (i) => encoded[i] as number,
        (i) => wanted[i] as number,
      ),
    ).toBeNull()
    const nans = (await copying('f32', 'bf16', lanes))(Uint32Array.of(0x7fc00000, 0x7f800001, 0xffffffff, 0x7fffffff), u16s)
    for (const nan of nans) expect(floatOf(nan * 65536)).toBeNaN()
  })

  test('small integers extend by their sign and wrap when stored', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
    expect([...(await copying('u8', 'u32', lanes))(bytes, u32s)]).toEqual([...bytes])
    const signed = (await copying('i8', 'i32', lanes))(bytes, (b, at, n) => new Int32Array(b, at, n))
    expect([...signed]).toEqual([...new Int8Array(bytes.buffer)])
    const wide = Uint32Array.of(0, 255, 256, 257, 0xffffffff, 0x80000000, 0x7fffffff, 128)
    expect([...(await copying('u32', 'u8', lanes))(wide, u8s)]).toEqual([0, 255, 0, 1, 255, 0, 255, 128])
    expect([...(await copying('i32', 'i8', lanes))(wide, u8s)]).toEqual([0, 255, 0, 1, 255, 0, 255, 128])
  })

  test('bools are any non-zero byte and are stored as 0 and 1', async () => {
    expect([...(await copying('bool', 'bool', lanes))(Uint8Array.of(0, 1, 2, 255, 128, 0, 0, 1), u8s)]).toEqual([
      0, 1, 1, 1, 1, 0, 0, 1,
    ])
  })

  test('raw forms move bits as they are', async () => {
    const bytes = Uint8Array.of(0, 1, 2, 255, 128, 127, 254, 3)
    for (const dtype of ['u8', 'i8', 'bool'] as const) {
      expect([...(await copying(dtype, 'u32', lanes, 'load_raw'))(bytes, u32s)]).toEqual([...bytes])
      expect([...(await copying(dtype, dtype, lanes, 'load_raw'))(bytes, u8s)]).toEqual([...bytes])
    }
    for (const dtype of ['f16', 'bf16'] as const) {
      const back = (await copying(dtype, dtype, lanes, 'load_raw'))(ALL_16, u16s)
      expect(
        firstDifference(
          65536,
          (i) => back[i] as number,
          (i) => i,
        ),
      ).toBeNull()
      expect([...(await copying('u32', dtype, lanes, 'load_raw'))(Uint32Array.of(0xffff1234, 0x8000ffff, 1, 0), u16s)]).toEqual([
        0x1234, 0xffff, 1, 0,
      ])
    }
    const words = Uint32Array.of(0x7f800001, 0xffffffff, 0, 0x80000000)
    for (const dtype of ['f32', 'i32', 'u32'] as const)
      expect([...(await copying(dtype, dtype, lanes, 'load_raw'))(words, u32s)]).toEqual([...words])
  })

  test.each(['f32', 'f16', 'bf16', 'i32', 'u32', 'u8', 'i8', 'bool'] as const)(
    '%s gathers and scatters at any index',
    async (dtype) => {
      const permute = kernelOf(
        'k',
        { from: buffer(dtype, 'read'), to: buffer(dtype), at: buffer('i32', 'read'), n: i32 },
        (b, { from, to, at, n }) => {
          b.for(b.constant(0), n.id, lanes, [], (i) => {
            const where = b.load(at, i, lanes)
            b.emitAll('scatter_lanes', [to.id, where, b.emit('gather_lanes', [from.id, where])])
            return []
          })
        },
      )
      const { memory, call } = await start([permute])
      const size = { f32: 4, i32: 4, u32: 4, f16: 2, bf16: 2, u8: 1, i8: 1, bool: 1 }[dtype]
      const count = 64
      const source = Uint8Array.from({ length: count * size }, (_, i) => (dtype === 'bool' ? i % 2 : (i * 37 + 5) % 120))
      new Uint8Array(memory.buffer).set(source, AT(0))
      const indices = Int32Array.from({ length: 32 }, (_, i) => (i * 29) % count)
      new Int32Array(memory.buffer, AT(2), 32).set(indices)
      call.k?.(AT(0), AT(1), AT(2), 32)
      const chosen = new Set(indices)
      const wanted = source.map((byte, i) => (chosen.has(Math.floor(i / size)) ? byte : 0))
      expect([...u8s(memory.buffer as ArrayBuffer, AT(1), source.length)]).toEqual([...wanted])
    },
  )
})

test('scattering twice to one place keeps the last lane', async () => {
  const kernel = kernelOf('k', { to: buffer('i32') }, (b, { to }) => {
    const where = b.constant(3, 'i32', 4)
    b.emitAll('scatter_lanes', [to.id, where, b.emit('iota', [], { lanes: 4 })])
  })
  const { memory, call } = await start([kernel])
  call.k?.(AT(0))
  expect([...new Int32Array(memory.buffer, AT(0), 5)]).toEqual([0, 0, 0, 3, 0])
})

test('a constant part of an index is folded into the instruction and means the same', async () => {
  const kernel = kernelOf('k', { from: buffer('i32'), to: buffer('i32'), at: i32 }, (b, { from, to, at }) => {
    const offsets = [0, 1, 255, 256, 257, 100000, -1, -300]
    offsets.forEach((offset, i) => b.store(to, b.constant(i), b.load(from, b.emit('add', [at.id, b.constant(offset)]))))
    b.store(to, b.constant(8), b.load(from, b.emit('add', [b.emit('add', [at.id, b.constant(2)]), b.constant(3)])))
    b.store(to, b.constant(9), b.load(from, b.constant(300)))
  })
  const { memory, call } = await start([kernel])
  const source = new Int32Array(memory.buffer, AT(0), 200000)
  source.forEach((_, i) => (source[i] = i))
  call.k?.(AT(0), AT(1), 1000)
  expect([...new Int32Array(memory.buffer, AT(1), 10)]).toEqual([1000, 1001, 1255, 1256, 1257, 101000, 999, 700, 1005, 300])
  const { wat } = await emitWasm([kernel], { wat: true })
  expect(wat).toContain('offset=1020')
  expect(wat).toContain('offset=20')
})

test('a negative index that a constant lifts into the buffer does not wrap, with the buffer as low as hosts may put one', async () => {
  const kernel = kernelOf('k', { from: buffer('i32'), to: buffer('i32'), at: i32 }, (b, { from, to, at }) => {
    b.store(to, b.constant(0), b.load(from, b.emit('add', [at.id, b.constant(256)])))
  })
  const { memory, call } = await start([kernel])
  new Int32Array(memory.buffer, RESERVED_BYTES, 1)[0] = 77
  call.k?.(RESERVED_BYTES, AT(1), -256)
  expect(new Int32Array(memory.buffer, AT(1), 1)[0]).toBe(77)
})

test('addresses beyond 2 GiB are unsigned', async () => {
  const kernel = kernelOf('k', { data: buffer('u8'), words: buffer('f32'), n: i32 }, (b, { data, words, n }) => {
    const [last] = [b.emit('sub', [n.id, b.constant(1)])]
    b.store(data, last as number, b.emit('add', [b.load(data, last as number), b.constant(1, 'u32')]))
    const quarter = b.emit('shr', [b.emit('bitcast', [last as number], { to: 'u32' }), b.constant(2)])
    b.store(words, b.emit('sub', [quarter, b.constant(7, 'u32')]), b.constant(1.5, 'f32'))
  })
  const pages = 40000
  const { memory, call } = await start([kernel], pages)
  const bytes = pages * 65536
  expect(bytes).toBeGreaterThan(2 ** 31)
  new Uint8Array(memory.buffer)[bytes - 1] = 41
  call.k?.(1024, 0, (bytes - 1024) | 0)
  expect(new Uint8Array(memory.buffer)[bytes - 1]).toBe(42)
  expect(new Float32Array(memory.buffer, (Math.floor((bytes - 1025) / 4) - 7) * 4, 1)[0]).toBe(1.5)
})

test('vector loops with scalar tails cover every length', async () => {
  const kernel = kernelOf('k', { x: buffer('f16', 'read'), y: buffer('f32', 'write'), n: i32 }, (b, { x, y, n }) => {
    const whole = b.emit('and', [n.id, b.constant(-4)])
    b.for(b.constant(0), whole, 4, [], (i) => (b.store(y, i, b.emit('neg', [b.load(x, i, 4)])), []))
    b.for(whole, n.id, 1, [], (i) => (b.store(y, i, b.emit('neg', [b.load(x, i)])), []))
  })
  const { memory, call } = await start([kernel])
  for (let n = 0; n <= 13; n += 1) {
    new Uint16Array(memory.buffer, AT(0), 16).forEach((_, i, halves) => (halves[i] = 0x3c00 + i * 64))
    const out = new Float32Array(memory.buffer, AT(1), 16).fill(9)
    call.k?.(AT(0), AT(1), n)
    expect([...out]).toEqual(Array.from({ length: 16 }, (_, i) => (i < n ? -halfValue(0x3c00 + i * 64) : 9)))
  }
})
