/** Runs every `.pir` file beside this one, the examples of all passes and the examples of all ops. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { ops } from '../../compiler/ir/ops/index.ts'
import type { Level, Module } from '../../compiler/ir/node.ts'
import type { OpDef } from '../../compiler/ir/op.ts'
import { problemText } from '../../compiler/ir/problem.ts'
import { renumber } from '../../compiler/ir/substitute.ts'
import { readModule } from '../../compiler/ir/text/parse.ts'
import { printModule } from '../../compiler/ir/text/print.ts'
import { roundTripProblem } from '../../compiler/ir/text/round-trip.ts'
import { verifyModule } from '../../compiler/ir/verify.ts'
import { runPipeline } from '../../compiler/passes/manager.ts'
import { accepts, type Pass } from '../../compiler/passes/pass.ts'
import { checkText, type PirCase, readPirCase } from './directives.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const passFolder = fileURLToPath(new URL('../../compiler/passes/', import.meta.url))

const parse = (text: string, level: Level): Module => {
  const { module, problems } = readModule(text, { ops, level })
  if (module === null)
    throw new Error(problems.map(({ problem, span }) => `${problem} at ${text.slice(span.start, span.end + 30)}`).join('\n'))
  return module
}

const canonical = (module: Module): string => printModule({ ...module, funcs: module.funcs.map(renumber) })

const isPass = (value: unknown): value is Pass =>
  typeof value === 'object' && value !== null && 'run' in value && 'example' in value

/** Every pass that a file directly in compiler/passes exports. Passes made by functions are tested where they are made. */
async function allPasses(): Promise<ReadonlyMap<string, Pass>> {
  const files = readdirSync(passFolder).filter((file) => file.endsWith('.ts'))
  const modules = await Promise.all(files.map(async (file) => (await import(`${passFolder}${file}`)) as Record<string, unknown>))
  return new Map(modules.flatMap((each) => Object.values(each).filter(isPass)).map((pass) => [pass.name, pass]))
}

const passes = await allPasses()

const passNamed = (name: string): Pass => {
  const pass = passes.get(name)
  if (pass === undefined) throw new Error(`no pass named ${name}; there are ${[...passes.keys()].join(', ')}`)
  return pass
}

const lineOf = (text: string, offset: number): number => text.slice(0, offset).split('\n').length

function runCase({ source, run, level, checks, counts, errors }: PirCase): void {
  const module = parse(source, level)
  if (run.kind === 'verify') {
    const found = verifyModule(module, ops).map((problem) => ({
      line: problem.span === null ? 0 : lineOf(source, problem.span.start),
      text: problemText(problem),
    }))
    expect(found.map(({ line }) => line)).toEqual(errors.map(({ line }) => line))
    found.forEach(({ text }, i) => expect(text).toContain(errors[i]?.text))
  } else if (run.kind === 'roundtrip') {
    expect(verifyModule(module, ops).map(problemText)).toEqual([])
    expect(roundTripProblem(module, ops)).toBeNull()
    expect(checkText(printModule(module), { checks, counts })).toBeNull()
  } else {
    const result = runPipeline(module, run.names.map(passNamed), { ops, verify: 'roundtrip' })
    const text = printModule(result.module)
    expect(checkText(text, { checks, counts }), text).toBeNull()
  }
}

const files = readdirSync(here, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.pir'))
  .sort()

describe('.pir files', () => {
  test('there are some', () => expect(files.length).toBeGreaterThan(0))
  test.each(files)('%s', (file) => runCase(readPirCase(readFileSync(`${here}${file}`, 'utf8'))))
})

test('the examples of docs/pir.md read and verify', () => {
  const page = readFileSync(fileURLToPath(new URL('../../docs/pir.md', import.meta.url)), 'utf8')
  const blocks = [...page.matchAll(/```pir\n([^]*?)```/g)].map(([, text]) => text ?? '')
  expect(blocks.length).toBeGreaterThan(0)
  for (const block of blocks) {
    const module = parse(block, 'policy')
    expect(verifyModule(module, ops).map(problemText)).toEqual([])
    expect(roundTripProblem(module, ops)).toBeNull()
  }
})

test.each([
  ['unknown directive `chekc`', '; run: verify\n; chekc: x'],
  ['prose begins with', '; run: verify\n; some words'],
  ['the file tests nothing', '; check: x'],
  ['nothing is checked', '; run: pass inline'],
  ['cannot run `everything`', '; run: everything'],
  ['a second run', '; run: verify\n; roundtrip'],
  ['write `count: N TEXT`', '; run: verify\n; count: x'],
])('a bad directive is an error: %s', (message, text) => expect(() => readPirCase(text)).toThrow(message))

test.each<[string | null, string]>([
  [null, '; check: a\n; next: b\n; not: x\n; check: d\n; count: 1 c'],
  ['no `c` after', '; check: a\n; next: c'],
  ['no `a` after', '; check: b\n; check: a'],
  ['`c` is there', '; check: a\n; not: c\n; check: d'],
  ['`d` is there', '; check: c\n; not: d'],
  ['is on 1 lines, not 2', '; count: 2 a'],
])('checks: %s', (message, directives) => {
  const found = checkText('a\nb\nc\nd', readPirCase(`; run: pass x\n${directives}`))
  if (message === null) expect(found).toBeNull()
  else expect(found).toContain(message)
})

describe('the example of every pass', () => {
  test.each([...passes.values()].map((pass) => [pass.name, pass] as const))('%s', (_name, pass) => {
    const level = (['policy', 'sparse', 'kernel'] as const).find((each) => accepts(pass, each)) ?? 'policy'
    const before = parse(pass.example.before, level)
    const after = parse(pass.example.after, pass.to === 'same' ? level : pass.to)
    const result = runPipeline(before, [pass], { ops, verify: 'roundtrip' })
    expect(canonical(result.module)).toBe(canonical(after))
  })
})

describe('the example of every op', () => {
  const table: Readonly<Record<string, OpDef>> = ops
  test.each(Object.entries(table))('%s', (name, def) => {
    expect(def.name).toBe(name)
    const module = parse(def.example, def.levels[0] ?? 'policy')
    expect(verifyModule(module, ops).map(problemText)).toEqual([])
    expect(roundTripProblem(module, ops)).toBeNull()
    expect(printModule(module)).toMatch(new RegExp(`\\b${name}\\(`))
  })
})
