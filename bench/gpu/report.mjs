/**
 * Joins what `peers.py` and `policies.mjs` wrote into the tables of a report, as Markdown on stdout:
 * `node bench/gpu/report.mjs --peers peers.json --cuda cuda.json [--wgsl wgsl.json]`. A file that is left out leaves its columns
 * empty. Floors are the bytes that have to move over the bandwidth of a copy, as measured in the run of the kernels.
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { leastBytes, titleOf, workloads } from './workloads.mjs'

const { values } = parseArgs({ options: { peers: { type: 'string' }, cuda: { type: 'string' }, wgsl: { type: 'string' } } })
const read = (path) => (path === undefined ? null : JSON.parse(readFileSync(path, 'utf8')))
const [peers, cuda, wgsl] = [values.peers, values.cuda, values.wgsl].map(read)
const runs = [cuda, wgsl, peers].filter((run) => run !== null)
if (runs.length === 0) {
  console.error('usage: node bench/gpu/report.mjs --peers FILE --cuda FILE [--wgsl FILE]')
  process.exit(2)
}

const copy = runs[0].copy_gb_per_s
const rowOf = (run, id) => run?.rows.find((row) => row.id === id) ?? null
const time = (ms) => (ms >= 1 ? `${ms.toFixed(2)} ms` : `${(ms * 1000).toFixed(ms < 0.01 ? 1 : 0)} µs`)
const ratio = (value) => value.toFixed(2)

/** The fastest peer that does the whole of a workload. */
function bestPeer(id) {
  const whole = (rowOf(peers, id)?.peers ?? []).filter(({ name, ms }) => ms !== undefined && !name.startsWith('part:'))
  return whole.sort((a, b) => a.ms - b.ms)[0] ?? null
}

function own(run, id) {
  const row = rowOf(run, id)
  if (row === null) return { text: '–', ms: null }
  return row.ms === undefined
    ? { text: row.failed === undefined ? 'not run' : 'failed', ms: null }
    : { text: time(row.ms), ms: row.ms }
}

function line(workload) {
  const { id, goal } = workload
  const floor = leastBytes(workload) / copy / 1e6
  const peer = bestPeer(id)
  const [inCuda, inWgsl] = [own(cuda, id), own(wgsl, id)]
  const over = (ms, by) => (ms === null || by === null || by === undefined ? '–' : ratio(ms / by))
  return [
    ...[id, titleOf(workload), peer === null ? '–' : `${time(peer.ms)}, ${peer.name}`, time(floor)],
    ...[inCuda.text, over(inCuda.ms, floor), peer === null ? '–' : over(peer.ms, inCuda.ms)],
    ...(wgsl === null ? [] : [inWgsl.text, over(inWgsl.ms, inCuda.ms)]),
    goal === undefined ? '' : `${time(goal * floor)} (${ratio(goal)})`,
  ]
}

function table(rows) {
  const head = ['', 'workload', 'best peer', 'floor', 'CUDA', 'of the floor', 'times faster than the peer']
  const header = [...head, ...(wgsl === null ? [] : ['WebGPU', 'of CUDA (W1)']), 'goal (of the floor)']
  const text = (cells) => `| ${cells.join(' | ')} |`
  console.log([text(header), `|${'---|'.repeat(header.length)}`, ...rows.map((row) => text(line(row)))].join('\n'))
}

const measured = new Set(runs.flatMap((run) => run.rows.map(({ id }) => id)))
const named = { CUDA: cuda, WebGPU: wgsl, PyTorch: peers }
for (const [name, run] of Object.entries(named)) {
  if (run === null) continue
  const { device, copy_gb_per_s, date } = run
  const torch = device.torch === undefined ? '' : `, torch ${device.torch}, cuDNN ${device.cudnn}`
  console.log(`- ${name}: ${device.name}${torch}, ${date}; a copy moves ${copy_gb_per_s.toFixed(0)} GB/s`)
}
console.log()
const core = workloads()
table(core.filter(({ id }) => measured.has(id)))
const others = workloads({ all: true }).filter(({ id }) => measured.has(id) && !core.some((row) => row.id === id))
if (others.length > 0) {
  console.log('\nOther shapes and the rest:\n')
  table(others)
}
