/**
 * The policies of `test/policies` on the evaluator and on this machine's first GPU through CUDA:
 * `node test/gpu/cuda-differences.mjs [NAME…]`, from the root of the repository. Several are compiled at a time: `UV_THREADPOOL_SIZE`
 * bounds how many.
 */
import { cudaMachine } from '../support/cuda-machine.ts'
import { differences } from '../support/differential.ts'
import { policyCases, policySettings } from '../support/policy-settings.ts'

const AT_A_TIME = 16

const names = process.argv.slice(2)
const cases = (names.length > 0 ? names : Object.keys(policySettings)).flatMap((name) =>
  policyCases(name).map((one) => ({ name, ...one })),
)
const started = performance.now()
const counts = { agree: 0, differ: 0 }

async function work() {
  for (let one = cases.shift(); one !== undefined; one = cases.shift()) {
    const { name, size, values, options } = one
    const found = await differences(options, cudaMachine).catch((error) => [String(error.message).slice(0, 500)])
    counts[found.length === 0 ? 'agree' : 'differ'] += 1
    if (found.length > 0)
      console.log(`${name}, ${size} extents, ${values} values: ${found.length} differences, first: ${found[0]}`)
  }
}

await Promise.all(Array.from({ length: AT_A_TIME }, work))
console.log(`${counts.agree} cases agree, ${counts.differ} do not, ${((performance.now() - started) / 1000).toFixed(0)} s`)
process.exit(counts.differ > 0 ? 1 : 0)
