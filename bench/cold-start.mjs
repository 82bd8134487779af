/**
 * Cold processes: `check`, a first `build` and the same again from the cache, each the median of ten processes, and where
 * the time of a build goes (`--time`). The cache of every first build is empty.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { median, printTable, writeResults } from './statistics.mjs'

const RUNS = 10
const command = fileURLToPath(new URL('../dist/espalier.js', import.meta.url))
if (!existsSync(command)) {
  console.error('dist/espalier.js is missing: run `npm run build`')
  process.exit(1)
}

const folder = mkdtempSync(join(tmpdir(), 'espalier-cold-'))
const build = ['build', 'std:mustafar', '--target', 'wasm', '--out', join(folder, 'out'), '--time']

/** One process: wall milliseconds from outside, and the steps that `--time` prints. */
function run(words, cache) {
  const env = { ...process.env, ESPALIER_CACHE: join(folder, cache) }
  const start = performance.now()
  const { status, stderr } = spawnSync(process.execPath, [command, ...words], { encoding: 'utf8', env })
  const wall = performance.now() - start
  if (status !== 0) throw new Error(`espalier ${words.join(' ')} ended with status ${status}\n${stderr}`)
  const steps = [...stderr.matchAll(/^(\S.*?) +([\d.]+) ms$/gm)].map(([, name, ms]) => [name, Number(ms)])
  return { wall, steps: Object.fromEntries(steps) }
}

/** Kinds take turns, so that a slow moment of the machine falls on all of them. */
function measure() {
  const runs = { nothing: [], check: [], first: [], again: [] }
  run(['--version'], 'warm-up')
  for (let i = 0; i < RUNS; i++) {
    const start = performance.now()
    spawnSync(process.execPath, ['-e', '0'])
    runs.nothing.push({ wall: performance.now() - start, steps: {} })
    runs.check.push(run(['check', 'std:mustafar'], `cache-${i}`))
    runs.first.push(run(build, `cache-${i}`))
    runs.again.push(run(build, `cache-${i}`))
  }
  return runs
}

function report(runs) {
  const names = {
    nothing: 'node -e 0, for comparison',
    check: 'espalier check std:mustafar',
    first: 'espalier build std:mustafar --target wasm',
    again: 'the same again, from the cache',
  }
  const limits = { check: 200, first: 1200, again: 350 }
  const medians = Object.fromEntries(Object.entries(runs).map(([kind, list]) => [kind, median(list.map(({ wall }) => wall))]))
  const least = Object.fromEntries(Object.entries(runs).map(([kind, list]) => [kind, Math.min(...list.map(({ wall }) => wall))]))
  console.log(`cold processes, medians of ${RUNS}\n`)
  printTable(
    ['', 'median ms', 'least ms', 'limit ms'],
    Object.keys(names).map((kind) => [names[kind], medians[kind].toFixed(0), least[kind].toFixed(0), limits[kind] ?? '']),
  )
  const steps = [...new Set([...runs.first, ...runs.again].flatMap((one) => Object.keys(one.steps)))]
  const stepMedian = (kind, step) => median(runs[kind].map((one) => one.steps[step] ?? 0))
  console.log('\nwhere the time of a build goes, medians in ms\n')
  printTable(
    ['', 'first', 'again'],
    steps.map((step) => [step, stepMedian('first', step).toFixed(1), stepMedian('again', step).toFixed(1)]),
  )
  const rows = Object.keys(names).map((kind) => ({
    what: names[kind],
    median_ms: medians[kind],
    times_ms: runs[kind].map(({ wall }) => wall),
  }))
  const table = Object.fromEntries(
    steps.map((step) => [step, { first_ms: stepMedian('first', step), again_ms: stepMedian('again', step) }]),
  )
  writeResults('cold-start', { results: rows, steps: table })
}

try {
  report(measure())
} finally {
  rmSync(folder, { recursive: true, force: true })
}
