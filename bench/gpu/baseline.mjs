/**
 * What the GPU of this machine can do at best, in WGSL through Dawn and in CUDA: the numbers that kernels are measured against.
 * `node bench/gpu/baseline.mjs [--mib 1024] [--out FILE]`. A part that cannot run says why and the other goes on.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { cudaBaseline } from './cuda-baseline.mjs'
import { webgpuBaseline } from './webgpu-baseline.mjs'

const { values } = parseArgs({ options: { mib: { type: 'string', default: '1024' }, out: { type: 'string' } } })
const mib = Number(values.mib)

async function part(name, run) {
  console.log(`\n== ${name} ==\n`)
  const started = performance.now()
  try {
    return { ...(await run()), seconds: Number(((performance.now() - started) / 1000).toFixed(1)) }
  } catch (error) {
    console.log(error.stack)
    return { failed: error.message }
  }
}

const results = {
  date: new Date().toISOString().slice(0, 10),
  node: process.version,
  cuda: await part('CUDA', () => cudaBaseline(mib)),
  webgpu: await part('WebGPU', () => webgpuBaseline(mib)),
}
if (values.out !== undefined) writeFileSync(values.out, JSON.stringify(results, null, 2) + '\n')
process.exit(0)
