/**
 * Selection speed: f32 [65536, 128], each row keeps its 38 largest magnitudes, one thread. The compiled policy against a C
 * program of the same algorithm, and TensorFlow.js beside them. All three must keep the same elements.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compiledPolicy } from '../compiled-policy.mjs'
import { normals } from '../normals.mjs'
import { median, printTable, time, writeResults } from '../statistics.mjs'
import { openTensorFlow, selections } from './tfjs.mjs'

const [rows, columns, k] = [65536, 128, 38]
const shape = [rows, columns]
const [rounds, runsPerRound] = [3, 7]

/** The C program as a function from runs to times, or null where there is no gcc for this machine. */
function buildPeer(folder, data) {
  const program = join(folder, 'peer')
  const source = fileURLToPath(new URL('peer.c', import.meta.url))
  const built = spawnSync('gcc', ['-O3', '-msse4.1', '-Wall', '-o', program, source], { encoding: 'utf8' })
  if (built.status !== 0) {
    console.error(`the C program cannot be compiled: ${built.error?.message ?? built.stderr}`)
    return null
  }
  const [input, output] = [join(folder, 'in.f32'), join(folder, 'out.f32')]
  writeFileSync(input, data)
  return {
    run: (runs) => {
      const words = [input, output, rows, columns, k, runs].map(String)
      const { status, stdout } = spawnSync(program, words, { encoding: 'utf8' })
      if (status !== 0) throw new Error(`the C program failed with status ${status}`)
      return stdout.trim().split('\n').map(Number)
    },
    result: () => new Float32Array(readFileSync(output).buffer),
  }
}

/** Elements that are kept by one and not by the other, counting rows where the cut goes through equal magnitudes apart. */
function compareSets(name, mine, other, data) {
  let tied = 0
  for (let row = 0; row < rows; row++) {
    const at = row * columns
    const differ = mine.subarray(at, at + columns).some((x, i) => x !== other[at + i])
    if (!differ) continue
    const magnitudes = [...data.subarray(at, at + columns)].map(Math.abs).sort((a, b) => b - a)
    if (magnitudes[k - 1] !== magnitudes[k]) throw new Error(`${name} keeps other elements in row ${row}`)
    tied++
  }
  return tied
}

const data = normals(rows * columns, 1)
const folder = mkdtempSync(join(tmpdir(), 'espalier-bench-'))
try {
  const policy = await compiledPolicy(new URL('keep.prune', import.meta.url))
  const resident = policy.tensor('f32', shape, data)
  const prune = () => policy.call('prune', { X: resident }, { k }).Y.release()
  const copied = () => {
    const { Y } = policy.call('prune', { X: { data, shape } }, { k })
    const values = Y.data.slice()
    Y.release()
    return values
  }
  const peer = buildPeer(folder, data)
  const times = { peer: [], resident: [], copied: [], topk: [], tfjs: [] }
  for (let round = 0; round < rounds; round++) {
    if (peer !== null) times.peer.push(...peer.run(runsPerRound))
    times.resident.push(...time(runsPerRound, prune))
    times.copied.push(...time(runsPerRound, copied))
  }
  const mine = copied()
  const checks = {}
  if (peer !== null)
    checks['rows where the C program differs, all ties'] = compareSets('the C program', mine, peer.result(), data)
  const tf = await openTensorFlow()
  if (tf !== null) {
    const peers = selections(tf, data, shape, k)
    times.topk.push(...time(15, peers.topk))
    times.tfjs.push(...time(15, peers.prune))
    checks['rows where TensorFlow.js differs, all ties'] = compareSets('TensorFlow.js', mine, peers.result(), data)
  }
  report(times, checks)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function report(times, checks) {
  const names = {
    peer: 'C, gcc -O3 -msse4.1, same algorithm',
    resident: 'compiled policy, tensors in its memory',
    copied: 'compiled policy, copied in and out',
    topk: 'TensorFlow.js wasm, topk alone',
    tfjs: 'TensorFlow.js wasm, topk and where',
  }
  const measured = Object.keys(names).filter((name) => times[name].length > 0)
  const medians = Object.fromEntries(measured.map((name) => [name, median(times[name])]))
  const ratio = (name) => (medians.peer === undefined ? null : medians[name] / medians.peer)
  console.log(`f32 [${shape.join(', ')}], keep ${k} of each row by magnitude, one thread, medians\n`)
  printTable(
    ['', 'ms', 'of C', 'least ms', 'runs'],
    measured.map((name) => [
      names[name],
      medians[name].toFixed(2),
      ratio(name)?.toFixed(2) ?? '-',
      Math.min(...times[name]).toFixed(2),
      times[name].length,
    ]),
  )
  console.log('')
  for (const [what, count] of Object.entries(checks)) console.log(`${what}: ${count}`)
  const results = measured.map((name) => ({
    what: names[name],
    median_ms: medians[name],
    of_c: ratio(name),
    runs: times[name].length,
    times_ms: times[name],
  }))
  writeResults('selection', { workload: { dtype: 'f32', shape, keep: k, threads: 1 }, results, checks })
}
