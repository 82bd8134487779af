/** Attention over packed rows on many threads: how many kernels there are, and what is in each. */
import { expect, test } from 'vitest'
import { wgslCaps } from '../../../backends/wgsl/caps.ts'
import { blockNodes } from '../../../compiler/ir/walk.ts'
import { ops } from '../../../compiler/ir/ops/index.ts'
import { runPipeline } from '../../../compiler/passes/manager.ts'
import { pipelineFor } from '../../../compiler/passes/pipelines.ts'
import { compilePolicy } from '../../support/differential.ts'

const policy = (v: string, body: string): string => `
policy p(k: count = 3) {
  axes head = kv * group
  entry e(Q: float[head, d], K: bitmap(64) float[kv, t, d], V: ${v} float[kv, t, d], M: bool[t]) {
${body}
  }
}`

async function kernels(text: string): Promise<readonly (readonly string[])[]> {
  const { policyModule } = await compilePolicy({ text })
  const passes = pipelineFor(wgslCaps)
  const upTo = passes.findIndex((pass) => pass.name === 'fuse')
  const { module } = runPipeline(policyModule, passes.slice(0, upTo + 1), { ops })
  const regions = module.funcs.flatMap((func) => func.body.nodes.filter((node) => node.op === 'region'))
  const telling = ['unpack', 'fold_parts', 'fold_softmax', 'reduce']
  return regions.map((region) => [...blockNodes(region.regions[0]!)].map(({ op }) => op).filter((op) => telling.includes(op)))
}

const attention = '    return O: sum[t](softmax[t](sum[d](Q * K)) * V)'

test('scores and packed rows are computed where they are folded', async () => {
  expect(await kernels(policy('bitmap(64)', attention))).toEqual([
    ['unpack', 'reduce', 'unpack', 'fold_parts'],
    ['reduce', 'reduce'],
    ['reduce'],
  ])
})

test('rows of a format without random access are unpacked before', async () => {
  expect(await kernels(policy('indices', attention))).toEqual([
    ['unpack'],
    ['unpack', 'reduce', 'fold_parts'],
    ['reduce', 'reduce'],
    ['reduce'],
  ])
})

test('what is returned too is in memory before', async () => {
  const found = await kernels(policy('bitmap(64)', `    s = sum[d](Q * K)\n    return O: sum[t](softmax[t](s) * V), s`))
  expect(found).toEqual([['unpack'], ['reduce'], ['unpack', 'fold_parts'], ['reduce', 'reduce'], ['reduce']])
})

test('scores along an axis that is counted are folded in one piece', async () => {
  const found = await kernels(`
policy p(k: count = 3) {
  entry e(Q: float[d], K: float[t, d], M: bool[t]) {
    L = compact K by M as left
    P = pack L by (keep k of d by abs(L)) as bitmap(64)
    return O: sum[left](softmax[left](sum[d](Q * P)) * P)
  }
}`)
  expect(found.flat()).toContain('fold_softmax')
  expect(found.flat()).not.toContain('fold_parts')
})
