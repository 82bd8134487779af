/** `espalier conform` on a corpus of its own: what passes, what fails and how that is said, what is missing. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeTensors } from '../../../cli/files/tensor-file.ts'
import type { FileTensor } from '../../../cli/files/tensor.ts'
import { ensureBuilt, espalier, temporaryFolder } from './espalier.ts'

const folder = temporaryFolder()
const cwd = folder.path
const conform = (...words: string[]) =>
  espalier(['conform', 'cases.json', '--data', 'data', ...words], { cwd, env: { ESPALIER_CACHE: join(cwd, '.cache') } })

const f32 = (shape: readonly number[], values: readonly number[]): FileTensor => ({
  dtype: 'f32',
  shape,
  data: Float32Array.from(values),
})
const bool = (shape: readonly number[], values: readonly number[]): FileTensor => ({
  dtype: 'bool',
  shape,
  data: Uint8Array.from(values),
})

const prune = (expected: string, inputs: unknown = { W: 'in.safetensors#W[1]' }) => ({
  entry: 'prune',
  inputs,
  expect: { mask: `out.safetensors#${expected}` },
})
const magnitude = (name: string, ...calls: unknown[]) => ({ case: name, policy: 'magnitude', set: { sparsity: 0.5 }, calls })
const observe = (reference: string) => ({ entry: 'observe', inputs: { X: reference } })

const cases = [
  magnitude('right', prune('mask')),
  magnitude('wrong', prune('flipped')),
  magnitude('shape', prune('flat')),
  magnitude('stacked', prune('two', { W: ['in.safetensors#W[1]', 'in.safetensors#W[1]'] })),
  magnitude('earlier', { entry: 'compress', inputs: { W: 'in.safetensors#W[1]' } }, prune('mask', { W: '@0.nothing' })),
  magnitude('lost', prune('mask', { W: 'nowhere.npy' })),
  magnitude('refused', { ...prune('mask'), args: { sparsity: 7 } }),
  {
    case: 'state',
    policy: 'wanda',
    calls: [observe('in.safetensors#X'), { ...observe('in.safetensors#X'), expect: { seen: 'out.safetensors#seen' } }],
  },
  { case: 'unknown-policy', policy: 'telepathy', calls: [prune('mask')] },
  magnitude('unknown-entry', { entry: 'guess', inputs: {} }),
]

beforeAll(() => {
  ensureBuilt()
  writeFileSync(join(cwd, 'cases.json'), JSON.stringify({ cases }))
  const W = f32([2, 2, 2], [0, 0, 0, 0, 1, -4, 3, 2])
  writeTensors(join(cwd, 'data/in.safetensors'), new Map([['W', W], ['X', f32([3, 4], new Array<number>(12).fill(1))]])) // prettier-ignore
  const mask = [0, 1, 1, 0]
  const expected: [string, FileTensor][] = [
    ['mask', bool([2, 2], mask)],
    ['flipped', bool([2, 2], [0, 1, 0, 1])],
    ['flat', bool([4], mask)],
    ['two', bool([2, 2, 2], [...mask, ...mask])],
    ['seen', { dtype: 'i32', shape: [], data: Int32Array.of(2) }],
  ]
  writeTensors(join(cwd, 'out.safetensors'), new Map(expected))
})
afterAll(() => folder.remove())

test.each(['wasm', 'reference'])('every outcome, on %s', async (target) => {
  const { status, stdout, stderr } = await conform('--target', target)
  expect([status, stderr]).toEqual([1, ''])
  const lines = stdout.trimEnd().split('\n')
  expect(lines).toContain(`passed  right (${target})`)
  expect(lines).toContain(`passed  stacked (${target})`)
  expect(lines).toContain(`passed  state (${target})`)
  expect(stdout).toContain(
    `failed  wrong (${target})\n        call 0, mask: kept instead of dropped; 2 of 4 elements differ, first at [1, 0]\n`,
  )
  expect(stdout).toContain(`failed  shape (${target})\n        call 0, mask: shape [2, 2] instead of [4]\n`)
  expect(stdout).toContain(`failed  earlier (${target})\n        call 1: ESP5209`)
  expect(stdout).toContain(`failed  lost (${target})\n        call 0: ESP5101`)
  expect(stdout).toContain(`failed  refused (${target})\n        call 0: ESP4107`)
  expect(stdout).toContain(`missing unknown-policy (${target}): there is no policy std:telepathy yet`)
  expect(stdout).toContain(`missing unknown-entry (${target}): std:magnitude has no entry \`guess\` yet`)
  expect(lines.at(-1)).toBe('3 passed, 5 failed, 2 missing')
})

test('a selection, both targets, as JSON', async () => {
  const { status, stdout } = await conform('--target', 'wasm,reference', '--only', 'ri*,sta?e', '--json')
  expect(status).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({
    passed: 4,
    failed: 0,
    missing: 0,
    cases: [{ case: 'right', target: 'wasm' }, {}, {}, { case: 'state', target: 'reference' }],
  })
})

test.each([
  ['[{}]', '`case` must be a text'],
  ['[{"case": "a", "policy": "b"}]', '`calls` must be a list'],
  ['[{"case": "a", "policy": "b", "calls": [{"entry": "e", "inputs": {"W": 7}}]}]', '`W` has a value of the wrong kind'],
  ['{"cases": [], "cases": []}', 'occurs twice'],
  ['[', 'not JSON'],
  ['7', 'neither a list of cases'],
])('a malformed manifest: %s', async (text, words) => {
  writeFileSync(join(cwd, 'malformed.json'), text)
  const { status, stderr } = await espalier(['conform', 'malformed.json'], { cwd })
  expect(status).toBe(1)
  expect(stderr).toContain('[ESP5306]')
  expect(stderr).toContain(words)
})
