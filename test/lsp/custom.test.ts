/** The requests beyond the protocol. Over the real server. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestOutcome } from '../../lsp/host.ts'
import { ensureBuilt } from '../unit/cli/espalier.ts'
import { Client } from './client.ts'

const URI = 'file:///policies/custom.prune'
const TEXT = `policy p {
  entry prune(W: f32[out, in]) { return mask: keep 2 of in by abs(W) }
  entry prune_all(W: f32[out, in]) { return y: W * 2 }
}
test "right" for p {
  prune(W = [[1, 2, 3, 4]])
  expect mask = [[0, 0, 1, 1]]
}
test "wrong" for p {
  prune(W = [[1, 2, 3, 4]])
  expect mask = [[1, 1, 0, 0]]
}
`
const client = new Client()

beforeAll(async () => {
  ensureBuilt()
  await client.start()
  await client.open(URI, TEXT)
})
afterAll(() => client.stop())

test('tests run on every target; the text is that of the editor', async () => {
  const all = await client.request<TestOutcome[]>('espalier/runTests', { uri: URI })
  expect(all.map(({ title, target, passed }) => `${title} ${target} ${passed}`)).toEqual([
    'right reference true',
    'right wasm true',
    'wrong reference false',
    'wrong wasm false',
  ])
  expect(all[2]?.message).toContain('custom.prune:11:3')
  const one = await client.request<TestOutcome[]>('espalier/runTests', { uri: URI, name: 'right' })
  expect(one).toHaveLength(2)
})

test('the IR after a pass', async () => {
  const passes = await client.request<string[]>('espalier/passes', {})
  expect(passes).toEqual(expect.arrayContaining(['inline', 'fuse', 'lower']))
  const before = await client.request<string>('espalier/irAfterPass', { uri: URI, pass: null })
  expect(before).toContain('module p policy')
  const after = await client.request<string>('espalier/irAfterPass', { uri: URI, pass: 'fuse' })
  expect(after).toContain('module p sparse')
  await expect(client.request('espalier/irAfterPass', { uri: URI, pass: 'nothing' })).rejects.toThrow(/there is no pass/)
})

test('the kernels of one entry, as a listing', async () => {
  const text = await client.request<string>('espalier/kernel', { uri: URI, entry: 'p.prune', target: 'wasm' })
  expect(text).toContain('(export "prune_0"')
  expect(text).not.toContain('prune_all')
  await expect(client.request('espalier/kernel', { uri: URI, entry: 'none', target: 'wasm' })).rejects.toThrow(/no entry/)
  await expect(client.request('espalier/kernel', { uri: URI, target: 'abacus' })).rejects.toThrow(/no listing/)
})

test('the plan of an entry', async () => {
  const text = await client.request<string>('espalier/explain', { uri: URI, entry: 'p.prune' })
  expect(text).toContain('p.prune: 1 kernel')
})

test('a file with errors has no plan, and the reason is said', async () => {
  const uri = 'file:///policies/broken.prune'
  await client.open(uri, TEXT.replace('abs(W)', 'asb(W)'))
  await expect(client.request('espalier/explain', { uri })).rejects.toThrow(/ESP1007/)
  await expect(client.request('espalier/irAfterPass', { uri, pass: null })).rejects.toThrow(/errors/)
})
