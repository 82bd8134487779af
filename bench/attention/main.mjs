/**
 * Decode attention over a packed prefix: `attend` of `std:mustafar` at several sparsities, beside the same step over the
 * dense cache, compiled by the same compiler. Both must give the same numbers where nothing is dropped.
 */
import { loadTypeScript } from '../../tools/load-typescript.mjs'
import { compiledPolicy } from '../compiled-policy.mjs'
import { normals } from '../normals.mjs'
import { median, printTable, time, writeResults } from '../statistics.mjs'

const [kv, group, token, local, channel] = [8, 4, 4096, 32, 128]
const sparsities = [0.5, 0.7, 0.9]
const [rounds, runsPerRound] = [3, 5]

const { encodeData } = await loadTypeScript('abi/dtype.ts')
const f16 = () => 'f16'
const packed = await compiledPolicy(new URL('../../stdlib/mustafar.prune', import.meta.url), f16)
const dense = await compiledPolicy(new URL('dense.prune', import.meta.url), f16)

const shapes = {
  Q: [kv * group, channel],
  K: [kv, token, channel],
  V: [kv, token, channel],
  K_local: [kv, local, channel],
  V_local: [kv, local, channel],
}
const elements = (shape) => shape.reduce((x, y) => x * y)
const inputsOf = (policy) =>
  Object.fromEntries(
    Object.entries(shapes).map(([name, shape], seed) => [
      name,
      policy.tensor('f16', shape, encodeData('f16', normals(elements(shape), seed + 1))),
    ]),
  )

const attend = (policy, inputs) => () => {
  const { O } = policy.call('attend', inputs)
  const values = O.toFloat32()
  O.release()
  return values
}

const given = inputsOf(packed)
const steps = [['dense', attend(dense, inputsOf(dense)), 2 * 2 * kv * token * channel]]
for (const sparsity of [0, ...sparsities]) {
  const { K, V } = packed.call('compress', { K: given.K, V: given.V }, { k_sparsity: sparsity, v_sparsity: sparsity })
  steps.push([`packed, ${sparsity * 100} % dropped`, attend(packed, { ...given, K, V }), K.bytes + V.bytes])
}
const [expected, whole] = [steps[0][1](), steps[1][1]()]
const difference = expected.reduce((most, x, i) => Math.max(most, Math.abs(x - whole[i])), 0)
if (!(difference < 1e-5)) throw new Error(`packed and dense attention differ by ${difference}`)

const times = steps.map(() => [])
for (let round = 0; round < rounds; round++) steps.forEach(([, step], i) => times[i].push(...time(runsPerRound, step)))
const results = steps.map(([name, , bytes], i) => ({
  name,
  cache_bytes: bytes,
  median_ms: median(times[i]),
  of_dense: median(times[i]) / median(times[0]),
  times_ms: times[i],
}))
console.log(`f16, ${kv * group} heads over ${kv}, ${token} + ${local} tokens, ${channel} channels, one thread\n`)
printTable(
  ['cache', 'MiB', 'ms', 'of dense', 'least ms'],
  results.map((row) => [
    row.name,
    (row.cache_bytes / 2 ** 20).toFixed(1),
    row.median_ms.toFixed(1),
    row.of_dense.toFixed(2),
    Math.min(...row.times_ms).toFixed(1),
  ]),
)
writeResults('attention', { workload: { dtype: 'f16', heads: kv * group, kv, token, local, channel, threads: 1 }, results })
