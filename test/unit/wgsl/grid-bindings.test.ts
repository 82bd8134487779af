/** Which binding and which words of the uniform block each parameter of a kernel gets, the merging of many buffers included. */
import { expect, test } from 'vitest'
import {
  entryPointName,
  gridBindings,
  GROUP_SIZE_NAME,
  localWordsName,
  MAX_STORAGE_BINDINGS,
  POINTS_WORD,
  teamBytes,
  type GridAccess,
  type GridParam,
  WORKERS_WORD,
} from '../../../abi/grid-bindings.ts'

const groups = (params: readonly GridParam[]) => gridBindings(params).storage.map(({ access, params: of }) => [access, ...of])
const many = (count: number, access: GridAccess): GridAccess[] => Array.from({ length: count }, () => access)

test('words follow the parameters, two for f64 and scratch, and fill whole vectors', () => {
  const { slots, uniformWords } = gridBindings(['read', 'f64', 'i32', 'scratch', 'bool', 'readwrite'])
  expect(slots.map(({ word }) => word)).toEqual([2, 3, 5, 6, 8, 9])
  expect(slots.map(({ binding }) => binding)).toEqual([1, null, null, 3, null, 2])
  expect(uniformWords).toBe(12)
  expect([WORKERS_WORD, POINTS_WORD]).toEqual([0, 1])
  expect(gridBindings([])).toEqual({ slots: [], storage: [], uniformWords: 4 })
})

test('up to eight storage buffers have a binding each, in order, with scratch in the last', () => {
  expect(groups([...many(4, 'read'), ...many(3, 'readwrite'), 'scratch', 'scratch'])).toEqual([
    ...[0, 1, 2, 3].map((i) => ['read', i]),
    ...[4, 5, 6].map((i) => ['readwrite', i]),
    ['scratch', 7, 8],
  ])
})

test('beyond that the last read ones share a binding, then the last readwrite ones', () => {
  expect(groups([...many(8, 'read'), ...many(4, 'readwrite')])).toEqual([
    ['read', 0],
    ['read', 1],
    ['read', 2],
    ['read', 3, 4, 5, 6, 7],
    ...[8, 9, 10, 11].map((i) => ['readwrite', i]),
  ])
  expect(groups(['scratch', ...many(2, 'read'), ...many(9, 'readwrite')])).toEqual([
    ['read', 1, 2],
    ...[3, 4, 5, 6, 7].map((i) => ['readwrite', i]),
    ['readwrite', 8, 9, 10, 11],
    ['scratch', 0],
  ])
  expect(groups(many(12, 'readwrite'))).toHaveLength(MAX_STORAGE_BINDINGS)
})

test('every parameter is in one binding, and there are never more than eight', () => {
  for (let seed = 0; seed < 500; seed++) {
    const params = Array.from({ length: seed % 25 }, (_, i): GridAccess => {
      const choice = (seed * 7919 + i * 104729 + ((seed * i) % 13)) % 5
      return choice < 2 ? 'read' : choice < 4 ? 'readwrite' : 'scratch'
    })
    const { storage } = gridBindings(params)
    expect(storage.length).toBeLessThanOrEqual(MAX_STORAGE_BINDINGS)
    expect(storage.map(({ binding }) => binding)).toEqual(storage.map((_, i) => i + 1))
    expect(storage.flatMap((group) => group.params).sort((a, b) => a - b)).toEqual(params.map((_, i) => i))
    for (const group of storage) for (const param of group.params) expect(params[param]).toBe(group.access)
  }
})

test('names that WGSL does not take are changed, others are kept', () => {
  expect(entryPointName('prune_exact_0')).toBe('prune_exact_0')
  expect(entryPointName('__x_0')).toBe('kernel___x_0')
  expect(entryPointName('größe_1')).toBe('kernel_gr__e_1')
  expect(localWordsName('prune_0')).toBe('prune_0_local_words')
  expect(GROUP_SIZE_NAME).toBe('GROUP_SIZE')
  expect(teamBytes(256)).toBeLessThan(4096)
})
