/** Names, team sizes and their choice: what the emitter of CUDA C and its hosts agree on. */
import { expect, test } from 'vitest'
import {
  blockThreads,
  chooseVariant,
  cudaEntryName,
  onlyOptions,
  scratchWords,
  teamsPerBlock,
  teamVariants,
  THREAD_BLOCK,
  variantName,
  vectorWidth,
  type CudaBuffer,
} from '../../../abi/cuda-teams.ts'

const half: CudaBuffer = { access: 'read', dtype: 'f16' }
const float: CudaBuffer = { access: 'read', dtype: 'f32' }
const mask: CudaBuffer = { access: 'readwrite', dtype: 'bool' }
const row: CudaBuffer = { access: 'lane', dtype: 'f32' }
const keys: CudaBuffer = { access: 'lane', dtype: 'i32' }
const halfKeys: CudaBuffer = { access: 'lane', dtype: 'f16' }
const scratch: CudaBuffer = { access: 'scratch', dtype: 'f32' }

const chosen = (buffers: readonly CudaBuffer[], width: number | null, points = 100000) =>
  Object.values(chooseVariant(buffers, { width, points, multiprocessors: 132 }))

test('vectors are 16 bytes of the narrowest numbers; a mask beside floats is not one of them', () => {
  expect(vectorWidth([half, row])).toBe(8)
  expect(vectorWidth([float, half])).toBe(8)
  expect(vectorWidth([float, mask, scratch])).toBe(4)
  expect(vectorWidth([mask])).toBe(8)
  expect(vectorWidth([scratch])).toBe(4)
})

test('rows in registers take as few threads as hold them; longer rows are in memory', () => {
  expect(chosen([half, row], 128)).toEqual([16, 1])
  expect(chosen([half, row], 129)).toEqual([32, 1])
  expect(chosen([float, row], 128)).toEqual([32, 1])
  expect(chosen([float, row], 4096)).toEqual([128, 8])
  expect(chosen([half, row], 8192)).toEqual([256, 4])
  expect(chosen([float, row], 32768)).toEqual([1024, 8])
  expect(chosen([float, row], 32769)).toEqual([256, 0])
  expect(chosen([float, row], null)).toEqual([256, 0])
  expect(chosen([half, row, row], 32768, 64)).toEqual([1024, 0])
})

test('long loops take the largest team, however many there are', () => {
  expect(chosen([float], 65535)).toEqual([256, 0])
  expect(chosen([float, scratch], 65536)).toEqual([1024, 0])
  expect(chosen([float], null)).toEqual([256, 0])
})

test('sums of products are the work of a warp, whose registers hold those of two, four or eight words', () => {
  const sums: CudaBuffer = { access: 'lane', dtype: 'u32' }
  expect(chosen([half, sums], 512)).toEqual([32, 2])
  expect(chosen([half, sums, scratch], 1024)).toEqual([32, 4])
  expect(chosen([half, sums], 1536)).toEqual([32, 8])
  expect(chosen([half, sums], 4096)).toEqual([32, 0])
  expect(chosen([half, sums], null, 4)).toEqual([32, 0])
})

test('small teams that select have few threads with many keys, more of halves', () => {
  expect(chosen([half, halfKeys], 33)).toEqual([2, 4])
  expect(chosen([half, halfKeys], 128)).toEqual([4, 4])
  expect(chosen([half, halfKeys], 129)).toEqual([8, 3])
  expect(chosen([half, halfKeys], 1025)).toEqual([128, 2])
  expect(chosen([half, keys], 128)).toEqual([8, 2])
  expect(chosen([float, keys], 128)).toEqual([8, 4])
  expect(chosen([float, keys], 513)).toEqual([32, 8])
  expect(chosen([float, keys], 1025)).toEqual([128, 4])
  expect(chosen([float, keys, row, row, row, row], 128)).toEqual([16, 2])
})

test('no variant asks for more registers than threads have', () => {
  const all = [
    [half, row],
    [float, row],
    [half, halfKeys, halfKeys],
    [float, keys, row],
    [half, row, row],
    [float, row, row, row],
  ]
  for (const buffers of all)
    for (const { threads, chunks } of teamVariants(buffers)) {
      const rows = buffers.filter(({ access }) => access === 'lane').length
      expect(chunks * rows * vectorWidth(buffers)).toBeLessThanOrEqual(threads === 1024 ? 32 : 64)
    }
})

test('without rows, teams have two vectors for each thread, and fewer points get larger teams', () => {
  expect(chosen([float], 64)).toEqual([8, 0])
  expect(chosen([float], 65)).toEqual([32, 0])
  expect(chosen([half, mask], 4096)).toEqual([256, 0])
  expect(chosen([float], null)).toEqual([256, 0])
  expect(chosen([float], null, 1)).toEqual([1024, 0])
  expect(chosen([float], 512, 1)).toEqual([128, 0])
  expect(chosen([float], 100, 1)).toEqual([32, 0])
  expect(chosen([float], 8, 1)).toEqual([8, 0])
})

test('a variant that is chosen is one that is compiled', () => {
  for (const buffers of [[half, row], [half, halfKeys], [float, keys, row], [float], [half]])
    for (const width of [null, 0, 1, 100, 1000, 10000, 100000])
      for (const points of [1, 100, 10000])
        expect(teamVariants(buffers)).toContainEqual(chooseVariant(buffers, { width, points, multiprocessors: 132 }))
})

test('blocks: small teams share one', () => {
  expect(THREAD_BLOCK).toBe(256)
  expect([teamsPerBlock({ threads: 16, chunks: 1 }), blockThreads({ threads: 16, chunks: 1 })]).toEqual([8, 128])
  expect([teamsPerBlock({ threads: 32, chunks: 1 }), blockThreads({ threads: 32, chunks: 1 })]).toEqual([4, 128])
  expect([teamsPerBlock({ threads: 256, chunks: 4 }), blockThreads({ threads: 256, chunks: 4 })]).toEqual([1, 256])
})

test('entry points and the options that leave only some of them', () => {
  const team = { threads: 16, chunks: 1 }
  expect(variantName(team)).toBe('t16_c1')
  expect(cudaEntryName('prune_nm_1', null)).toBe('prune_nm_1')
  expect(cudaEntryName('prune_1', team)).toBe('prune_1__t16_c1')
  expect(onlyOptions([{ kernel: 'prune_1', team }])).toEqual(['-DESPALIER_ONLY=ESPALIER_prune_1(t16_c1)'])
  expect(onlyOptions([{ kernel: 'fill_0', team: null }])).toEqual(['-DESPALIER_ONLY=', '-DESPALIER_fill_0'])
})

test('rows need memory only where they are not in registers', () => {
  const buffers = [half, row, scratch, mask, scratch]
  expect(scratchWords(buffers, [0, 100, 20, 0, 3], { threads: 16, chunks: 1 })).toBe(24)
  expect(scratchWords(buffers, [0, 100, 20, 0, 3], { threads: 256, chunks: 0 })).toBe(124)
})
