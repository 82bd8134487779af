/** Which kernels a policy has on many threads, and how many points each has at given extents: 0 is one that does not run. */
import { expect, test } from 'vitest'
import { evaluateScalars, kernelNumber, scalarValue } from '../../../abi/scalar-expr.ts'
import type { Backend } from '../../../backends/backend.ts'
import { cudaBackend } from '../../../backends/cuda-c/index.ts'
import { wgslBackend } from '../../../backends/wgsl/index.ts'
import { compilePolicy } from '../../support/differential.ts'

type Extents = Readonly<Record<string, number>>

interface Launched {
  readonly by: 'teams' | 'threads'
  readonly points: number
}

/** The launches of the only entry of `policy p(m: count = 4) { axes in = cluster * lane(m), wide = block * place(64) entry e(…) { return … } }`, at each of the extents. */
const launches = (signature: string, returned: string, ...at: readonly Extents[]): Promise<readonly (readonly Launched[])[]> =>
  launchesOf(wgslBackend, signature, returned, ...at)

async function launchesOf(
  backend: Backend,
  signature: string,
  returned: string,
  ...at: readonly Extents[]
): Promise<readonly (readonly Launched[])[]> {
  const text = `policy p(m: count = 4) { axes in = cluster * lane(m), wide = block * place(64) entry e(${signature}) { return ${returned} } }`
  const { manifest } = await compilePolicy({ text }, backend)
  const [variant] = manifest.entries[0]!.variants
  return at.map((extents) => {
    const slots = evaluateScalars(variant!.scalars, {
      param: () => ({ type: 'count', value: 4 }),
      extent: (axis) => extents[axis],
      kept: () => undefined,
    })
    return variant!.steps.flatMap((step) =>
      step.op === 'launch' && step.grid !== undefined
        ? [
            {
              by: step.grid.team ? 'teams' : 'threads',
              points: kernelNumber(scalarValue(slots, step.grid.points), 'i32'),
            } as const,
          ]
        : [],
    )
  })
}

const threads = (points: number): Launched => ({ by: 'threads', points })
const teams = (points: number): Launched => ({ by: 'teams', points })

test('a reduction over rows has parts, as many as the columns leave threads without work, and a kernel that joins them', async () => {
  const found = await launches(
    'X: f16[row, column]',
    's: sum[row](X), v: var[row](X)',
    { row: 65536, column: 4096 },
    { row: 200, column: 64 },
    { row: 3000, column: 64 },
    { row: 10_000_000, column: 1 },
    { row: 0, column: 5 },
  )
  expect(found).toEqual([
    [threads(32 * 4096), teams(4096), threads(0)],
    [threads(64), teams(0), threads(64)],
    [threads(12 * 64), teams(64), threads(0)],
    [threads(4096), teams(1), threads(0)],
    [threads(5), teams(0), threads(5)],
  ])
})

test('threads take several columns where rows begin at multiples of them, and are as many as without', async () => {
  const sizes = [
    { row: 65536, column: 4096 },
    { row: 65536, column: 4095 },
  ]
  const found = await launchesOf(cudaBackend, 'X: f16[row, column]', 's: sum[row](X)', ...sizes)
  expect(found).toEqual([
    [threads(0), threads(0), threads(128 * 1024), threads(0), threads(32 * 4096), threads(0)],
    [threads(0), threads(0), threads(0), threads(33 * 4095), threads(32 * 4095), threads(0)],
  ])
  expect(await launchesOf(cudaBackend, 'X: f32[row, column]', 's: sum[row](X)', sizes[0]!)).toEqual([
    [threads(0), threads(0), threads(64 * 2048), threads(0), threads(32 * 4096), threads(0)],
  ])
})

test('threads share the work of points that are few, and join their parts at once', async () => {
  const sizes = [
    { row: 2048, column: 4096 },
    { row: 2049, column: 4096 },
    { row: 64, column: 4 * 2 ** 13 - 4 },
    { row: 64, column: 4 * 2 ** 13 },
    { row: 64, column: 4 * 2 ** 15 - 4 },
    { row: 64, column: 4 * 2 ** 15 },
    { row: 64, column: 4095 },
  ]
  expect(await launchesOf(cudaBackend, 'X: f16[row, column]', 's: sum[row](X)', ...sizes)).toEqual([
    [threads(32 * 1024), threads(0), threads(0), threads(0), threads(0), threads(0)],
    [threads(0), threads(0), threads(33 * 1024), threads(0), threads(32 * 4096), threads(0)],
    [threads(32 * (2 ** 13 - 1)), threads(0), threads(0), threads(0), threads(0), threads(0)],
    [threads(0), threads(8 * 2 ** 13), threads(0), threads(0), threads(0), threads(0)],
    [threads(0), threads(8 * (2 ** 15 - 1)), threads(0), threads(0), threads(0), threads(0)],
    [threads(0), threads(0), threads(2 ** 15), threads(0), threads(0), threads(4 * 2 ** 15)],
    [threads(0), threads(0), threads(0), threads(4095), threads(0), threads(4095)],
  ])
  expect(await launchesOf(cudaBackend, 'X: f32[row, m, column]', 's: max[row](X)', { row: 8, m: 4, column: 8 })).toHaveLength(1)
})

test('points that are few have for themselves what a region finds for nobody else', async () => {
  const at = [
    { cluster: 3, row: 128, column: 64 },
    { cluster: 3, row: 129, column: 64 },
    { cluster: 3, row: 128, column: 63 },
  ]
  const signature = 's: f32[cluster, row], X: f32[cluster, row, column]'
  const only = 'y: sum[row](X * exp(s - max[row](s)))'
  expect(await launchesOf(cudaBackend, signature, only, ...at)).toEqual([
    [teams(0), threads(768), threads(0), threads(0), threads(0), threads(0), threads(0), threads(0)],
    [teams(3), threads(0), threads(3072), threads(0), threads(0), threads(0), threads(0), threads(0)],
    [teams(3), threads(0), threads(0), threads(0), threads(0), threads(2 * 189), threads(0), threads(189)],
  ])
  expect(await launchesOf(cudaBackend, signature, `${only}, top: max[row](s)`, at[0]!)).toEqual([
    [teams(3), threads(3072), threads(0), threads(0), threads(0), threads(0), threads(0)],
  ])
})

test('a reduction along rows has parts where rows are few and long, and is one kernel where they are not', async () => {
  const sizes = [
    { row: 8192, column: 4096 },
    { row: 4, column: 1_000_000 },
  ]
  expect(await launches('X: f32[row, column]', 's: sum[column](X)', ...sizes)).toEqual([
    [teams(8192), teams(0), teams(0)],
    [teams(0), teams(4 * 245), teams(4)],
  ])
  expect(await launches('X: f32[row, column]', 's: max[row, column](X)', ...sizes)).toEqual([
    [teams(0), teams(1024), teams(1)],
    [teams(0), teams(977), teams(1)],
  ])
})

test('what is known to be short, or goes over its elements again, stays whole', async () => {
  const size = { row: 64, column: 4, m: 4 }
  expect(await launches('X: f32[row, column]', 'y: softmax[column](X)', size)).toEqual([[teams(64)]])
  expect(await launches('X: f32[row, wide]', 's: sum[place](X)', { row: 64, wide: 128, block: 2, place: 64 })).toEqual([
    [teams(128)],
  ])
})

test('rows whose length is a parameter are the work of a thread each where they are short', async () => {
  const [short, long] = await launches(
    'W: f32[out, in]',
    'mask: keep 2 of lane by abs(W)',
    { out: 10, in: 12, cluster: 3, lane: 4 },
    { out: 10, in: 99, cluster: 3, lane: 33 },
  )
  expect(short).toEqual([teams(0), threads(30)])
  expect(long).toEqual([teams(30), threads(0)])
})

test('a selection over a whole tensor is the work of one team where the tensor is small', async () => {
  const found = await launches(
    'W: f32[row, column]',
    'W: if keep 50% of (row, column) by abs(W) then W else 0',
    { row: 128, column: 128 },
    { row: 129, column: 128 },
  )
  const [small, large] = found.map((all) => all.filter(({ points }) => points > 0))
  expect(small).toEqual([teams(1)])
  expect(large!.length).toBeGreaterThan(3)
  expect(large!.at(-1)).toEqual(teams(17))
})

test('what is divided by the length of its column is a kernel of its own, and so is what reads a total', async () => {
  const size = { row: 512, column: 128 }
  expect(await launches('X: f32[row, column]', 'y: X / norm[row](X)', size)).toEqual([
    [threads(2 * 128), teams(0), threads(128), teams(64)],
  ])
  expect(await launches('X: f32[row, column]', 'y: X / norm[row, column](X)', size)).toEqual([
    [teams(0), teams(16), teams(1), teams(64)],
  ])
})
