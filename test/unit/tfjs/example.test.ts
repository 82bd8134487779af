/** The example runs as its documentation says. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { repositoryRoot } from '../../support/source-tree.ts'

const run = (...words: string[]) =>
  spawnSync(process.execPath, [join(repositoryRoot, 'examples/tfjs/main.mjs'), ...words], { encoding: 'utf8' })

test('selects what tf.topk selects and leaves nothing behind', () => {
  const { status, stdout, stderr } = run()
  expect([status, stderr]).toEqual([0, ''])
  expect(stdout).toContain('512 of 1024 tokens of each head by std:knorm')
  expect(stdout).toContain('1152 KiB of 6144 KiB')
  expect(stdout).toContain('3 tensors before, 3 after; 0 bytes held by the policies')
}, 60_000)

test('says what it takes', () => {
  const { status, stderr } = run('--backend', 'webgl')
  expect([status, stderr]).toEqual([1, expect.stringContaining('usage: node examples/tfjs/main.mjs')])
})
