/** `espalier new`: a starting policy with a test, in a file of its own. Never overwrites. */
import { existsSync } from 'node:fs'
import { RESERVED } from '../../compiler/frontend/keywords.ts'
import type { Command } from '../command.ts'
import { writeAside } from '../files/write.ts'
import { exitStatus, refuse } from '../refusal.ts'

export const newPolicy: Command = {
  spec: {
    name: 'new',
    summary: 'Start a policy: NAME.prune with one entry and one test.',
    examples: [
      { line: 'espalier new mine', does: 'write mine.prune' },
      { line: 'espalier test mine.prune', does: 'then run its test' },
    ],
    options: {},
    positional: { name: 'NAME', doc: 'Name of the policy; the file is NAME.prune in the current folder.', min: 1, max: 1 },
  },
  run(args, terminal) {
    const given = (args.positionals[0] ?? '').replace(/\.prune$/, '')
    const name = given.replaceAll('-', '_')
    if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name) || RESERVED.some((word) => word === name)) refuse('ESP5109', { name: given })
    const path = `${given}.prune`
    if (existsSync(path)) refuse('ESP5107', { path })
    writeAside(path, [startingPolicy(name)])
    terminal.err(`wrote ${path}; next: espalier test ${path}\n`)
    return exitStatus.ok
  },
}

const startingPolicy = (name: string): string => `/// Keeps the largest weights of every row.
policy ${name}(
  /// How much of each row is dropped.
  sparsity: ratio = 50%,
) {
  /// The mask of what is kept, and the weights with zeros elsewhere.
  entry prune(W: float[out, in]) {
    mask = drop sparsity of in by abs(W)
    return mask, pruned: W where mask
  }
}

test "keeps the two largest of four" for ${name} {
  prune(W = [[1, -5, 2, 7]])
  expect mask = [[0, 1, 0, 1]]
  expect pruned = [[0, -5, 0, 7]]
}
`
