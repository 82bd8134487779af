/**
 * What policies reach on this machine's GPU at the sizes of real models, beside what a copy would need for the bytes that have to move:
 * `node bench/gpu/policies.mjs --target wgsl|cuda [--set core|all] [--only ID,…] [--seconds 200] [--out FILE] [--small]`. Inputs are made
 * on the device and stay there; times are the device's, medians, with the cache overwritten before each run. What has not begun
 * after the seconds is skipped and listed.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { median, printTable } from '../statistics.mjs'
import { leastBytes, prepare, titleOf, workloads } from './workloads.mjs'

const { values: options } = parseArgs({
  options: {
    target: { type: 'string', default: 'wgsl' },
    set: { type: 'string', default: 'core' },
    only: { type: 'string', default: '' },
    seconds: { type: 'string', default: '200' },
    runs: { type: 'string', default: '20' },
    out: { type: 'string' },
    small: { type: 'boolean', default: false },
  },
})
const OPEN = {
  wgsl: async () => (await import('./webgpu-machine.mjs')).openMachine(options),
  cuda: async () => (await import('./cuda-machine.mjs')).openMachine(options),
}
const open = OPEN[options.target]
if (open === undefined || !['core', 'all'].includes(options.set)) {
  console.error(`--target is one of ${Object.keys(OPEN).join(', ')}; --set is core or all`)
  process.exit(2)
}

const started = performance.now()
const machine = await open()
const copy = await machine.copyGbPerS()
console.log(`${machine.info.name}: a copy moves ${copy.toFixed(0)} GB/s`)

const rounded = (value, digits = 4) => Number(value.toFixed(digits))

async function measure(workload) {
  const bytes = leastBytes(workload)
  const floor = bytes / copy / 1e6
  const { call, share, release } = await prepare(machine, workload)
  try {
    const ordered = (await machine.times(call, Number(options.runs))).map((ms) => ms * share).sort((a, b) => a - b)
    const kernels = (await machine.kernels(call)).map((one) => ({ ...one, ms: rounded(one.ms * share) }))
    const ms = median(ordered)
    const at = Math.floor(ordered.length / 10)
    return {
      ...{ ms: rounded(ms), low: rounded(ordered[at]), high: rounded(ordered.at(-1 - at)), runs: ordered.length },
      ...{ bytes, gb_per_s: Math.round(bytes / ms / 1e6), floor_ms: rounded(floor), to_floor: rounded(ms / floor, 3), kernels },
    }
  } finally {
    release()
  }
}

const rows = []
const only = options.only.split(',').filter((id) => id !== '')
const chosen = workloads({ all: options.set === 'all', only, small: options.small ? 64 : 1 })
if (chosen.length === 0) throw new Error(`no workload is called ${options.only}`)
for (const workload of chosen) {
  const row = { id: workload.id, title: titleOf(workload) }
  if (performance.now() - started > Number(options.seconds) * 1000) rows.push({ ...row, skipped: 'no time left' })
  else
    rows.push({
      ...row,
      ...(await measure(workload).catch((error) => {
        console.log(error.stack)
        return { failed: error.message.split('\n')[0] }
      })),
    })
  const { ms, to_floor, kernels, failed, skipped } = rows.at(-1)
  console.log(row.id, ms === undefined ? (failed ?? skipped) : `${ms} ms, ${to_floor} of the floor`)
  for (const { name, ms: each, blocks, threads } of kernels ?? [])
    console.log(`  ${name} ${each} ms${blocks === undefined ? '' : `, ${blocks} blocks of ${threads}`}`)
  if (options.out !== undefined) write(options.out)
}

function write(path) {
  const result = { date: new Date().toISOString().slice(0, 10), target: options.target, device: machine.info }
  writeFileSync(path, `${JSON.stringify({ ...result, copy_gb_per_s: Math.round(copy), rows }, null, 2)}\n`)
}

console.log()
printTable(
  ['workload', 'ms', 'GB/s', 'of the floor'],
  rows.map(({ id, title, ms, gb_per_s, to_floor, failed, skipped }) =>
    ms === undefined
      ? [`${id}: ${title}`, (failed ?? skipped).slice(0, 50), '', '']
      : [`${id}: ${title}`, ms, gb_per_s, to_floor],
  ),
)
process.exit(0)
