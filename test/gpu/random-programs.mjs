/**
 * Random programs on the evaluator and on this machine's GPU, from the root of the repository:
 * `node test/gpu/random-programs.mjs [cuda|wgsl] [--seconds 60] [--seed 1] [--statements 6] [--lines 16]`. So many lines of searches run side by
 * side, each from a seed of its own; one that fails shrinks the program and prints it. Exit status 1 when one did.
 */
import { parseArgs } from 'node:util'
import { newTally, search } from '../fuzz/random-programs.ts'
import { cudaMachine } from '../support/cuda-machine.ts'
import { wgslMachine } from '../support/wgsl-machine.ts'

const BATCH = 20

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    statements: { type: 'string', default: '6' },
    lines: { type: 'string', default: '16' },
  },
})

async function webgpu() {
  const { create } = await import('webgpu')
  const gpu = create([]) // must not be collected before the device
  const device = await (await gpu.requestAdapter()).requestDevice()
  const close = async () => {
    await device.queue.onSubmittedWorkDone()
    device.destroy()
    return gpu
  }
  return { machine: wgslMachine(() => device), close }
}

const { machine, close } = positionals[0] === 'wgsl' ? await webgpu() : { machine: cudaMachine, close: () => undefined }
const tally = newTally()
const started = performance.now()
const left = () => Number(values.seconds) - (performance.now() - started) / 1000
let seed = Number(values.seed)
let failures = 0

async function line() {
  while (left() > 0) {
    const failure = await search(
      { seed: seed++, programs: BATCH, statements: Number(values.statements), machine, seconds: left() },
      tally,
    )
    if (failure === null) continue
    failures += 1
    console.log(`${'='.repeat(80)}\n${failure}\n`)
  }
}

await Promise.all(Array.from({ length: Number(values.lines) }, line))
const rejected = [...tally.rejected.values()].reduce((total, { count }) => total + count, 0)
console.log(
  `${tally.programs} programs, ${rejected} of them rejected, ${tally.calls} runs, ${failures} failures on ${machine.backend.name}`,
)
await close()
process.exit(failures > 0 ? 1 : 0)
