/** The words of a command line: what each form means, and which refusal each mistake gets. */
import { describe, expect, test } from 'vitest'
import { pairs, parseArguments } from '../../../cli/arguments.ts'
import type { CommandSpec } from '../../../cli/command-spec.ts'
import { Refusal } from '../../../cli/refusal.ts'

const spec: CommandSpec = {
  name: 'make',
  summary: '',
  examples: [],
  options: {
    json: { kind: 'flag', doc: '' },
    out: { kind: 'value', value: 'DIR', doc: '' },
    in: { kind: 'list', value: 'FILE', doc: '' },
  },
  positional: { name: 'FILE', doc: '', min: 1, max: 2 },
}

const parse = (...words: string[]) => parseArguments(spec, words)

function code(...words: string[]): string {
  try {
    parse(...words)
  } catch (error) {
    if (error instanceof Refusal) return error.diagnostic.code
    throw error
  }
  return 'accepted'
}

describe('forms', () => {
  test('values follow as the next word or after `=`', () => {
    expect(parse('a', '--out', 'x').value('out')).toBe('x')
    expect(parse('--out=x', 'a')).toMatchObject({ positionals: ['a'] })
    expect(parse('--out=-x=1', 'a').value('out')).toBe('-x=1')
    expect(parse('a').value('out')).toBeNull()
  })

  test('lists read on to the next option and may be repeated', () => {
    const args = parse('a', '--in', 'x', 'y', '--json', '--in=z')
    expect(args.list('in')).toEqual(['x', 'y', 'z'])
    expect(args.flag('json')).toBe(true)
  })

  test('`-` is a word, `--` ends the options', () => {
    expect(parse('-', '--', '--json')).toMatchObject({ positionals: ['-', '--json'] })
    expect(parse('--in', '-', '--', 'a').list('in')).toEqual(['-'])
  })

  test('help asks for nothing else', () => {
    expect(parse('--help').help).toBe(true)
    expect(parse('-h').help).toBe(true)
  })

  test('a prototype is no option', () => {
    expect(code('a', '--constructor')).toBe('ESP5002')
    expect(code('a', '--__proto__=1')).toBe('ESP5002')
  })
})

test.each([
  ['ESP5002', ['a', '--jsno']],
  ['ESP5002', ['a', '-x']],
  ['ESP5003', ['a', '--out']],
  ['ESP5003', ['a', '--in', '--json']],
  ['ESP5004', []],
  ['ESP5004', ['--in', 'a']],
  ['ESP5005', ['a', 'b', 'c']],
  ['ESP5006', ['a', '--json=1']],
  ['ESP5008', ['a', '--out=x', '--out=y']],
])('%s for %j', (expected, words) => {
  expect(code(...words)).toBe(expected)
})

test('a near miss is suggested', () => {
  expect(() => parse('a', '--jsno')).toThrow('has no option `--jsno`')
  try {
    parse('a', '--jsno')
  } catch (error) {
    expect((error as Refusal).diagnostic.help).toBe('Did you mean `--json`?')
    expect((error as Refusal).exit).toBe(2)
  }
})

test('pairs', () => {
  expect(pairs('--set', ['a=1,b=2', 'c=x=y'], '')).toEqual([['a', '1'], ['b', '2'], ['c', 'x=y']]) // prettier-ignore
  expect(() => pairs('--set', ['a'], 'NAME=VALUE')).toThrow('expected NAME=VALUE')
  expect(() => pairs('--set', ['=1'], 'NAME=VALUE')).toThrow('expected NAME=VALUE')
})
