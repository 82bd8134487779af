/** Broken, lying and hostile tensor files: each gives its diagnostic, none crashes, and random damage never does. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { memorySource, type ByteSource } from '../../../cli/files/byte-source.ts'
import { npyBytes } from '../../../cli/files/npy.ts'
import { npzBytes } from '../../../cli/files/npz.ts'
import { safetensorsBytes } from '../../../cli/files/safetensors.ts'
import { detect, readTensor, storedTensor } from '../../../cli/files/tensor-file.ts'
import type { FileTensor } from '../../../cli/files/tensor.ts'
import { Refusal } from '../../../cli/refusal.ts'
import { join, npy, safetensors } from './raw-files.ts'

const readAll = (source: ByteSource): FileTensor[] => {
  const file = detect(source)
  return file.names.map((name) => readTensor(storedTensor(file, name), [], name))
}

/** The code and message of the refusal. */
function refusal(name: string, bytes: Uint8Array): { code: string; message: string } {
  try {
    readAll(memorySource(name, bytes))
  } catch (error) {
    if (error instanceof Refusal) return { code: error.diagnostic.code, message: error.message }
    throw error
  }
  return { code: 'read', message: '' }
}

const row = (dtype: string, shape: string, begin: number, end: number) =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`

describe('safetensors', () => {
  const one = (rowText: string) => safetensors(`{"x":${rowText}}`, new Uint8Array(8))
  test.each<[string, Uint8Array, string, string]>([
    ['nothing', new Uint8Array(0), 'ESP5202', 'the length of the header'],
    ['shorter than its header', safetensors('{}', new Uint8Array(0), 500n), 'ESP5202', 'the header'],
    ['an enormous header', safetensors('{}', new Uint8Array(0), 2n ** 62n), 'ESP5203', 'claims to be'],
    ['a header that is no JSON', safetensors('{"x":', new Uint8Array(0)), 'ESP5203', 'not JSON'],
    ['a header that is not UTF-8', safetensors(Uint8Array.of(0x7b, 0xff, 0x7d), new Uint8Array(0)), 'ESP5203', 'not UTF-8'],
    ['a header that is a list', safetensors('[]', new Uint8Array(0)), 'ESP5203', 'no JSON object'],
    [
      'a name twice',
      safetensors(`{"x":${row('F32', '[1]', 0, 4)},"x":${row('F32', '[1]', 4, 8)}}`, new Uint8Array(8)),
      'ESP5205',
      '`x`',
    ],
    ['a row that is no object', one('7'), 'ESP5204', 'no JSON object'],
    ['no dtype', one('{"shape":[2],"data_offsets":[0,8]}'), 'ESP5204', 'dtype'],
    ['a negative extent', one(row('F32', '[-2]', 0, 8)), 'ESP5204', 'extents'],
    ['a fractional extent', one(row('F32', '[1.5]', 0, 8)), 'ESP5204', 'extents'],
    ['one offset', one('{"dtype":"F32","shape":[2],"data_offsets":[0]}'), 'ESP5204', 'pair'],
    ['offsets that run backwards', one(row('F32', '[2]', 8, 0)), 'ESP5204', 'backwards'],
    ['a shape too small for its bytes', one(row('F32', '[1]', 0, 8)), 'ESP5204', 'takes 4 bytes'],
    ['a shape too large for its bytes', one(row('F32', '[3]', 0, 8)), 'ESP5204', 'takes 12 bytes'],
    ['a shape whose product overflows', one(row('F32', '[4294967296,4294967296]', 0, 8)), 'ESP5204', 'too many'],
    ['an overflow that a zero hides', one(row('F32', '[9007199254740991,0]', 0, 8)), 'ESP5204', 'takes 0 bytes'],
    ['data outside the file', one(row('F32', '[4]', 0, 16)), 'ESP5202', '16'],
    [
      'overlap',
      safetensors(`{"x":${row('F32', '[2]', 0, 8)},"y":${row('F32', '[1]', 4, 8)}}`, new Uint8Array(8)),
      'ESP5204',
      'overlap',
    ],
    ['a hole', safetensors(`{"x":${row('F32', '[1]', 4, 8)}}`, new Uint8Array(8)), 'ESP5204', 'belong to no tensor'],
    ['bytes left over', safetensors(`{"x":${row('F32', '[1]', 0, 4)}}`, new Uint8Array(8)), 'ESP5203', 'at the end'],
    ['an unknown dtype', one(row('F4', '[2]', 0, 8)), 'ESP5206', 'F4'],
    ['complex numbers', one(row('C64', '[1]', 0, 8)), 'ESP5206', 'C64'],
    [
      'integers beyond 32 bits',
      safetensors(`{"x":${row('I64', '[1]', 0, 8)}}`, Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0)),
      'ESP5207',
      '4294967296',
    ],
    ['metadata that is no text', safetensors('{"__metadata__":{"a":1}}', new Uint8Array(0)), 'ESP5203', 'texts'],
    ['deep nesting', safetensors(`{"x":${'['.repeat(100000)}`, new Uint8Array(0)), 'ESP5203', 'nested'],
  ])('%s', (_, bytes, code, words) => {
    const refused = refusal('a.safetensors', bytes)
    expect(refused.code).toBe(code)
    expect(refused.message).toContain(words)
    expect(refused.message).toContain('a.safetensors')
  })
})

describe('npy', () => {
  const fields = (descr: string, shape: string) => `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}, }`
  test.each<[string, Uint8Array, string, string]>([
    ['a magic number alone', npy('', new Uint8Array(0)).slice(0, 7), 'ESP5202', 'the header'],
    ['a header cut off', npy(fields("'<f4'", '(2,)'), new Uint8Array(8)).slice(0, 30), 'ESP5202', 'the header'],
    ['a version from the future', npy(fields("'<f4'", '(2,)'), new Uint8Array(8), 9), 'ESP5203', 'version 9'],
    ['no dictionary', npy('[1, 2]', new Uint8Array(0)), 'ESP5203', 'dictionary'],
    ['code instead of a literal', npy("__import__('os')", new Uint8Array(0)), 'ESP5203', 'dictionary'],
    ['a missing field', npy("{'descr': '<f4'}", new Uint8Array(0)), 'ESP5203', 'exactly'],
    ['a negative extent', npy(fields("'<f4'", '(-1,)'), new Uint8Array(0)), 'ESP5203', 'extents'],
    ['a record', npy(fields("[('a', '<f4')]", '(1,)'), new Uint8Array(4)), 'ESP5203', 'records'],
    ['objects', npy(fields("'|O'", '(1,)'), new Uint8Array(8)), 'ESP5206', '|O'],
    ['texts', npy(fields("'<U3'", '(1,)'), new Uint8Array(12)), 'ESP5206', '<U3'],
    ['too little data', npy(fields("'<f4'", '(4,)'), new Uint8Array(8)), 'ESP5202', 'needs 16 bytes and 8'],
    ['too much data', npy(fields("'<f4'", '(1,)'), new Uint8Array(8)), 'ESP5204', '8 follow'],
    ['an overflowing product', npy(fields("'<f4'", '(4294967296, 4294967296)'), new Uint8Array(8)), 'ESP5204', 'too many'],
    ['deep nesting', npy(fields("'<f4'", '('.repeat(30000)), new Uint8Array(8)), 'ESP5203', 'dictionary'],
  ])('%s', (_, bytes, code, words) => {
    const refused = refusal('a.npy', bytes)
    expect(refused.code).toBe(code)
    expect(refused.message).toContain(words)
  })
})

const tensor: FileTensor = { dtype: 'f32', shape: [4], data: Float32Array.of(1, 2, 3, 4) }

describe('npz', () => {
  const good = join(npzBytes(new Map([['x', tensor]])))
  const damaged = (change: (bytes: Uint8Array, view: DataView) => void) => {
    const bytes = good.slice()
    change(bytes, new DataView(bytes.buffer))
    return bytes
  }
  const directoryAt = good.length - (56 + 20 + 22) - (46 + 5 + 28)
  test.each<[string, Uint8Array, string, string]>([
    ['the directory missing', good.slice(0, 150), 'ESP5202', 'directory'],
    ['damaged data', damaged((bytes) => (bytes[directoryAt - 1]! ^= 1)), 'ESP5211', 'x.npy'],
    ['an unknown compression', damaged((_, view) => view.setUint16(directoryAt + 10, 12, true)), 'ESP5203', 'disagrees'],
    ['encryption', damaged((_, view) => view.setUint16(directoryAt + 8, 1, true)), 'ESP5203', 'encrypted'],
    [
      'a member behind the directory',
      damaged((_, view) => view.setBigUint64(directoryAt + 46 + 5 + 20, 10n ** 9n, true)),
      'ESP5203',
      'behind',
    ],
    ['a directory that is not there', damaged((_, view) => view.setUint32(directoryAt, 0, true)), 'ESP5203', 'cut off'],
    [
      'a million members',
      damaged((_, view) => view.setBigUint64(good.length - 98 + 32, 10n ** 6n, true)),
      'ESP5203',
      '1000000 members',
    ],
    [
      'a size beyond the file',
      damaged((_, view) => view.setBigUint64(directoryAt + 46 + 5 + 12, 10n ** 6n, true)),
      'ESP5203',
      'runs into',
    ],
  ])('%s', (_, bytes, code, words) => {
    const refused = refusal('a.npz', bytes)
    expect(refused.code).toBe(code)
    expect(refused.message).toContain(words)
  })

  test('names twice', () => {
    const two = join(npzBytes(new Map([['x', tensor], ['y', tensor]]))) // prettier-ignore
    const bytes = two.slice()
    bytes.forEach((byte, at) => void (byte === 0x79 && bytes[at + 1] === 0x2e && (bytes[at] = 0x78)))
    expect(refusal('a.npz', bytes).code).toBe('ESP5205')
  })
})

test('text, HTML and nothing are no tensor files', () => {
  for (const text of ['x,y\n1,2\n', '<!doctype html>', '{"a": 1}']) {
    expect(refusal('a.bin', new TextEncoder().encode(text)).code).toBe('ESP5201')
  }
})

test('damage anywhere gives a diagnostic or other numbers, never a crash', () => {
  const files = [
    join(npyBytes(tensor)),
    join(npzBytes(new Map([['x', tensor]]))),
    join(safetensorsBytes(new Map([['x', tensor]]))),
  ]
  const damage = fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(fc.constantFrom(...files), damage, fc.nat(400), (file, changes, cut) => {
      const bytes = cut % 3 === 0 ? file.slice(0, cut) : file.slice()
      for (const [at, value] of changes) bytes[at % Math.max(1, bytes.length)] = value
      expect(['read', 'ESP52']).toContain(
        refusal('a.npz', bytes)
          .code.slice(0, 5)
          .replace(/^ESP51/, 'ESP52'),
      )
    }),
    { numRuns: 2000 },
  )
})
