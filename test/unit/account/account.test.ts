/** Bytes of accounts against bytes counted by hand. */
import { describe, expect, test } from 'vitest'
import { formulaText } from '../../../compiler/account/quantity.ts'
import type { BufferAccount, EntryAccount } from '../../../compiler/account/account.ts'
import { fusedText } from '../../../compiler/account/fused.ts'
import { accountOfEntry } from '../../support/account.ts'
import { librarySource } from '../../support/library-source.ts'

const bytesOf = (buffers: readonly BufferAccount[]) => Object.fromEntries(buffers.map(({ name, bytes }) => [name, bytes.value]))
const reads = ({ kernels }: EntryAccount) => bytesOf(kernels.flatMap((kernel) => kernel.reads))
const writes = ({ kernels }: EntryAccount) => bytesOf(kernels.flatMap((kernel) => kernel.writes))

describe('policies of the library', () => {
  test('magnitude: three histograms, one count of ties and one mask read the matrix five times', () => {
    const { account } = accountOfEntry(librarySource('std:magnitude').text, { entry: 'prune', sizes: { out: 1024, in: 1024 } })
    expect(reads(account)).toEqual({ W: 5 * 4 * 1024 * 1024 })
    expect(writes(account)).toEqual({ mask: 1024 * 1024 })
    expect(account.least.value).toBe(5 * 1024 * 1024)
    expect(account.outputs).toMatchObject([{ form: 'mask', kept: { value: 512 * 1024 }, of: { value: 1024 * 1024 } }])
  })

  test('a matrix that stays in the cache is read once, however often it is walked', () => {
    const { account } = accountOfEntry(librarySource('std:magnitude').text, { entry: 'prune', sizes: { out: 64, in: 64 } })
    expect(reads(account)).toEqual({ W: 4 * 64 * 64 })
    expect(account.moved.value).toBe(account.least.value)
  })

  test('wanda: a row is selected while it is at hand, and the norm of the inputs is a row of scratch', () => {
    const sizes = { out: 2048, in: 1024 }
    const { account } = accountOfEntry(librarySource('std:wanda').text, { entry: 'prune', sizes })
    expect(reads(account)).toEqual({ power: 4 * 1024, W: 4 * 2048 * 1024 })
    expect(account.moved.value).toBe(4 * 1024 + 5 * 2048 * 1024)
    expect(account.least.value).toBe(account.moved.value)
  })

  test('mustafar compress: 256 bytes of a row in, 16 of bits and 39 elements out', () => {
    const sizes = { kv: 8, token: 1024, channel: 128 }
    const { account } = accountOfEntry(librarySource('std:mustafar').text, { entry: 'compress', sizes, float: 'f16' })
    const rows = 8 * 1024
    expect(reads(account)).toEqual({ K: rows * 256, V: rows * 256 })
    expect(writes(account)).toEqual({ 'K.words': rows * 16, K: rows * 78, 'V.words': rows * 16, V: rows * 78 })
    expect(account.moved.value).toBe(account.least.value)
    expect(account.outputs[0]).toMatchObject({
      form: 'packed',
      kept: { value: 39 },
      stored: { value: rows * 94 },
      dense: { value: rows * 256 },
    })
    expect(account.ragged).toEqual([])
  })

  test('mustafar attend: of packed inputs the packed bytes are needed', () => {
    const sizes = { kv: 8, group: 4, token: 1024, channel: 128, local: 32 }
    const densities = { K: 0.25, V: 0.25 }
    const { account } = accountOfEntry(librarySource('std:mustafar').text, { entry: 'attend', sizes, densities })
    const rows = 8 * 1024
    const packed = 4 * (rows + 1) + 16 * rows + 4 * 0.25 * 128 * rows
    const window = 4 * 8 * 32 * 128
    const query = 4 * 8 * 4 * 128
    expect(account.least.value).toBe(2 * (packed + window + query))
    expect(account.moved.value).toBeGreaterThanOrEqual(account.least.value)
    expect(account.moved.value).toBeLessThan(1.25 * account.least.value)
    expect(account.ragged).toEqual([])
  })

  test('streaming compress: only the kept tokens are read', () => {
    const sizes = { kv: 8, token: 4096, channel: 128 }
    const { account } = accountOfEntry(librarySource('std:streaming').text, { entry: 'compress', sizes })
    const kept = 4 * 8 * 2048 * 128
    expect(reads(account)).toEqual({ K: kept, V: kept })
    expect(account.least.value).toBe(4 * kept)
    expect(account.outputs[0]).toMatchObject({ form: 'compacted', kept: { value: 2048 }, of: { value: 4096 } })
  })
})

describe('attention', () => {
  const reduced = (input: string, reduction: string): string => `policy p {
  axes head = kv * group
  entry e(Q: f16[head, query, channel], K: f16[${input}]) { return best: ${reduction} }
}`
  const sizes = { kv: 8, group: 3, query: 64, token: 4096, channel: 128 }

  test.each([
    ['kv, token, channel', 'max[group, query](sum[channel](Q * K) else 0)'],
    ['kv, token, channel', 'sum[group, query](abs(sum[channel](Q * K)) where index(token) > index(query))'],
    ['token, kv, channel', 'max[group, query](sum[channel](Q * K) else 0)'],
  ])('keys [%s] are read once by %s, whatever the number of queries', (input, reduction) => {
    const { account } = accountOfEntry(reduced(input, reduction), { entry: 'e', sizes })
    expect(account.moved.value).toBe(account.least.value)
  })

  test('snapkv: a list of queries leaves attention its own grid, and no score leaves its row', () => {
    const { account } = accountOfEntry(librarySource('std:snapkv').text, { entry: 'select', sizes, float: 'f16' })
    expect(account.kernels.flatMap(({ writes }) => writes.map(({ name }) => name))).toEqual(['tokens'])
  })
})

const VARIANCE = (axes: string) => `policy p {
  entry e(X: f32[token, in]) {
    centre = mean[${axes}](X)
    return y: mean[${axes}](square(X - centre))
  }
}`

describe('two passes over one tensor', () => {
  test('are two reads when a pass is longer than the cache', () => {
    const { account } = accountOfEntry(VARIANCE('token, in'), { entry: 'e', sizes: { token: 1024, in: 1024 } })
    expect(reads(account)).toMatchObject({ X: 2 * 4 * 1024 * 1024 })
    expect(account.least.value).toBe(4 * 1024 * 1024 + 4)
  })

  test('are one read when each row is walked twice', () => {
    const { account } = accountOfEntry(VARIANCE('in'), { entry: 'e', sizes: { token: 1024, in: 1024 } })
    expect(reads(account)).toEqual({ X: 4 * 1024 * 1024 })
    expect(account.moved.value).toBe(account.least.value)
  })
})

describe('formulas', () => {
  const formulas = (text: string, entry: string) => {
    const { account, sized } = accountOfEntry(text, { entry })
    expect(sized).toBe(false)
    return [formulaText(account.moved), formulaText(account.least)]
  }

  test('name axes and parameters', () => {
    expect(formulas(librarySource('std:magnitude').text, 'prune')).toEqual(['21·out·in', '5·out·in'])
    expect(formulas(librarySource('std:wanda').text, 'prune')).toEqual(['5·out·in + 4·in', '5·out·in + 4·in'])
  })

  test('sizes that leave an axis open give formulas', () => {
    const { account, sized } = accountOfEntry(librarySource('std:wanda').text, { entry: 'prune', sizes: { in: 8 } })
    expect(sized).toBe(false)
    expect(formulaText(account.moved)).toBe('5·out·in + 4·in')
  })

  test('budgets are the arithmetic they stand for', () => {
    const { account } = accountOfEntry(librarySource('std:mustafar').text, { entry: 'compress', float: 'f16' })
    expect(account.kernels[0]?.writes.map(({ bytes }) => formulaText(bytes))).toEqual([
      '8·kv·token·ceil(channel/64)',
      '2·kv·token·(channel - floor(k_sparsity·channel))',
      '8·kv·token·ceil(channel/64)',
      '2·kv·token·(channel - floor(v_sparsity·channel))',
    ])
  })
})

test('a masked output saves nothing, and an input that is only there for its shape is not needed', () => {
  const text = `policy p {
    entry e(X, K: f32[token, channel]) { return X: X where last 8 of token }
  }`
  const { account } = accountOfEntry(text, { entry: 'e', sizes: { token: 1024, channel: 128 } })
  expect(reads(account)).toEqual({ X: 4 * 1024 * 128 })
  expect(account.outputs).toMatchObject([{ form: 'masked', kept: { value: 8 }, of: { value: 1024 } }])
})

test('a kernel is told in the words of the policy', () => {
  const { account } = accountOfEntry(librarySource('std:mustafar').text, { entry: 'compress' })
  expect(account.kernels.map(({ fused }) => fusedText(fused))).toEqual(['2 keep + 2 pack of K, V over (kv, token)'])
})
