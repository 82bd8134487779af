/** Reading and writing tensor files: round trips, layouts, dtypes that are converted, slices, references. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dtypeBytes, dtypeNames } from '../../../abi/dtype.ts'
import { memorySource } from '../../../cli/files/byte-source.ts'
import { crc32 } from '../../../cli/files/crc32.ts'
import { npyBytes, openNpy } from '../../../cli/files/npy.ts'
import { npzBytes, openNpz } from '../../../cli/files/npz.ts'
import { openSafetensors, safetensorsBytes } from '../../../cli/files/safetensors.ts'
import { elementCount, tensorData, type FileTensor } from '../../../cli/files/tensor.ts'
import { detect, openTensorFile, readTensor, storedTensor, writeTensors } from '../../../cli/files/tensor-file.ts'
import { join as joinBytes, npy } from './raw-files.ts'

let folder = ''
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'espalier-files-'))))
afterAll(() => rmSync(folder, { recursive: true }))

const f32 = (shape: number[], values: number[]): FileTensor => ({ dtype: 'f32', shape, data: Float32Array.from(values) })

const anyTensor: fc.Arbitrary<FileTensor> = fc
  .record({
    dtype: fc.constantFrom(...dtypeNames),
    shape: fc.array(fc.nat(4), { maxLength: 4 }),
    seed: fc.uint8Array({ minLength: 4 * 256, maxLength: 4 * 256 }),
  })
  .map(({ dtype, shape, seed }) => {
    const bytes = seed.slice(0, elementCount(shape) * dtypeBytes(dtype))
    return { dtype, shape, data: tensorData(dtype, dtype === 'bool' ? bytes.map((byte) => byte & 1) : bytes, dtypeBytes(dtype)) }
  })

const bits = ({ dtype, shape, data }: FileTensor) => ({
  dtype,
  shape,
  bytes: [...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)],
})

describe('round trips keep every bit', () => {
  test('npy', () => {
    fc.assert(
      fc.property(anyTensor, (tensor) => {
        const stored = openNpy(memorySource('a.npy', joinBytes(npyBytes(tensor))), 'a')
        expect(bits(readTensor(stored, [], 'a'))).toEqual(bits(tensor))
      }),
    )
  })

  const named = fc
    .dictionary(fc.stringMatching(/^[\w.]{1,12}$/), anyTensor, { maxKeys: 5 })
    .map((object) => new Map(Object.entries(object)))

  test('npz', () => {
    fc.assert(
      fc.property(named, (tensors) => {
        const file = openNpz(memorySource('a.npz', joinBytes(npzBytes(tensors))))
        expect(file.names).toEqual([...tensors.keys()])
        for (const [name, tensor] of tensors) expect(bits(readTensor(storedTensor(file, name), [], name))).toEqual(bits(tensor))
      }),
    )
  })

  test('safetensors', () => {
    fc.assert(
      fc.property(named, (tensors) => {
        const file = openSafetensors(memorySource('a.safetensors', joinBytes(safetensorsBytes(tensors, { note: 'kept' }))))
        expect([...file.names].sort()).toEqual([...tensors.keys()].sort())
        expect(file.metadata.get('note')).toBe('kept')
        for (const [name, tensor] of tensors) expect(bits(readTensor(storedTensor(file, name), [], name))).toEqual(bits(tensor))
      }),
    )
  })

  test('a name that JavaScript treats specially is a name like any other', () => {
    const tensors = new Map([['__proto__', f32([1], [7])]])
    const file = openSafetensors(memorySource('a', joinBytes(safetensorsBytes(tensors))))
    expect(readTensor(storedTensor(file, '__proto__'), [], '').data[0]).toBe(7)
    expect(file.tensor('constructor')).toBeNull()
  })
})

describe('npy', () => {
  const read = (bytes: Uint8Array) => readTensor(openNpy(memorySource('a.npy', bytes), 'a'), [], 'a')

  test('Fortran order is turned into row-major, slices too', () => {
    const columns = new Uint8Array(Float32Array.of(1, 4, 2, 5, 3, 6).buffer)
    const stored = openNpy(memorySource('a.npy', npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", columns)), 'a')
    expect([...readTensor(stored, [], 'a').data]).toEqual([1, 2, 3, 4, 5, 6])
    expect([...readTensor(stored, [1], 'a').data]).toEqual([4, 5, 6])
  })

  test('big-endian, versions 2 and 3, Python 2 longs, double quotes', () => {
    const big = Uint8Array.of(0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0)
    expect([...read(npy("{'descr': '>f4', 'fortran_order': False, 'shape': (2L,)}", big)).data]).toEqual([1, -2])
    const header = '{"descr": "<i2", "fortran_order": False, "shape": (2,)}'
    for (const version of [2, 3]) expect([...read(npy(header, Uint8Array.of(1, 0, 255, 255), version)).data]).toEqual([1, -1])
  })

  test('f64 is rounded to f32, 64-bit integers are narrowed when they fit, bool bytes become 0 and 1', () => {
    const doubles = read(
      npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2,)}", new Uint8Array(Float64Array.of(0.1, -2).buffer)),
    )
    expect(doubles).toMatchObject({ dtype: 'f32', data: Float32Array.of(0.1, -2) })
    const longs = read(
      npy("{'descr': '<i8', 'fortran_order': False, 'shape': (2,)}", new Uint8Array(BigInt64Array.of(-5n, 2147483647n).buffer)),
    )
    expect(longs).toMatchObject({ dtype: 'i32', data: Int32Array.of(-5, 2147483647) })
    const bools = read(npy("{'descr': '|b1', 'fortran_order': False, 'shape': (3,)}", Uint8Array.of(0, 1, 2)))
    expect([...bools.data]).toEqual([0, 1, 1])
  })

  test('no axes and empty axes', () => {
    expect(read(npy("{'descr': '<f4', 'fortran_order': False, 'shape': ()}", new Uint8Array(4))).data.length).toBe(1)
    expect(read(npy("{'descr': '<f4', 'fortran_order': True, 'shape': (0, 3)}", new Uint8Array(0)))).toMatchObject({
      shape: [0, 3],
    })
  })
})

describe('npz', () => {
  test('deflated members', () => {
    const content = joinBytes(
      npyBytes(
        f32(
          [256],
          Array.from({ length: 256 }, (_, i) => i % 7),
        ),
      ),
    )
    const packed = Uint8Array.from(deflateRawSync(content))
    const file = openNpz(memorySource('a.npz', deflatedZip('x.npy', packed, content)))
    expect(readTensor(storedTensor(file, 'x'), [5], 'x').data[0]).toBe(5)
  })

  test('the checksum is that of zip', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926)
  })
})

/** A plain (not zip64) archive with one deflated member. */
function deflatedZip(name: string, packed: Uint8Array, content: Uint8Array): Uint8Array {
  const nameBytes = new TextEncoder().encode(name)
  const fields = new Uint8Array(26)
  const view = new DataView(fields.buffer)
  view.setUint16(0, 20, true)
  view.setUint16(4, 8, true)
  view.setUint32(10, crc32(content), true)
  view.setUint32(14, packed.length, true)
  view.setUint32(18, content.length, true)
  view.setUint16(22, nameBytes.length, true)
  const local = joinBytes([Uint8Array.of(0x50, 0x4b, 3, 4), fields, nameBytes, packed])
  const entry = joinBytes([Uint8Array.of(0x50, 0x4b, 1, 2, 20, 0), fields, new Uint8Array(14), nameBytes])
  const end = new Uint8Array(22)
  const endView = new DataView(end.buffer)
  end.set([0x50, 0x4b, 5, 6])
  endView.setUint16(8, 1, true)
  endView.setUint16(10, 1, true)
  endView.setUint32(12, entry.length, true)
  endView.setUint32(16, local.length, true)
  return joinBytes([local, entry, end])
}

describe('on disk', () => {
  test('the content decides the format, not the ending', () => {
    const path = join(folder, 'odd.npy')
    writeFileSync(path, joinBytes(safetensorsBytes(new Map([['x', f32([2], [1, 2])]]))))
    const file = openTensorFile(path)
    expect(file.names).toEqual(['x'])
    file.close()
  })

  test('a shard index reads only the shards that are asked for', () => {
    writeTensors(join(folder, 'one.safetensors'), new Map([['a', f32([2, 2], [1, 2, 3, 4])]]))
    const index = { metadata: { total_size: 32 }, weight_map: { a: 'one.safetensors', b: 'missing.safetensors' } }
    writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify(index))
    const file = openTensorFile(join(folder, 'model.safetensors.index.json'))
    expect([...readTensor(storedTensor(file, 'a'), [1], 'a').data]).toEqual([3, 4])
    expect(() => storedTensor(file, 'b')).toThrow('there is no file')
    file.close()
  })

  test('a slice of a large file reads the slice alone', () => {
    const reads: number[] = []
    const bytes = joinBytes(safetensorsBytes(new Map([['x', f32([1000, 8], new Array<number>(8000).fill(1))]])))
    const plain = memorySource('x', bytes)
    const watched = {
      ...plain,
      read: (at: number, length: number, what: string) => (reads.push(length), plain.read(at, length, what)),
    }
    readTensor(storedTensor(detect(watched), 'x'), [999], 'x')
    expect(reads.at(-1)).toBe(32)
    expect(Math.max(...reads)).toBeLessThan(200)
  })

  test('the ending of the output chooses the format; nothing is left aside', () => {
    const tensors = new Map([['x', f32([2], [1, 2])]])
    const out = join(folder, 'out')
    for (const name of ['a.npy', 'a.npz', 'a.safetensors', 'folder']) writeTensors(join(out, name), tensors)
    expect(readdirSync(out).sort()).toEqual(['a.npy', 'a.npz', 'a.safetensors', 'folder'])
    expect(readdirSync(join(out, 'folder'))).toEqual(['x.npy'])
    expect(readFileSync(join(out, 'a.npy')).length).toBe(136)
  })
})
