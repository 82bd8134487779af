/**
 * Cascade pruning: the time of a `layer` call of `spatten` when all, half or a quarter of the tokens are alive. What is
 * alive is decided by the call before it, by attention, so the dropped tokens lie scattered; heads all stay.
 */
import { compiledPolicy } from '../compiled-policy.mjs'
import { normals } from '../normals.mjs'
import { median, printTable, time, writeResults } from '../statistics.mjs'

const [kv, group, channel] = [2, 4, 64]
const lengths = [512, 1024]
const alive = [1, 0.5, 0.25]
const [rounds, runsPerRound] = [3, 3]

/** An instance whose first layer has left `fraction` of the tokens, and its next layer as a function. */
async function secondLayer(tokens, fraction) {
  const policy = await compiledPolicy(new URL('../../stdlib/spatten.prune', import.meta.url))
  const tensor = (shape, seed) =>
    policy.tensor(
      'f32',
      shape,
      normals(
        shape.reduce((x, y) => x * y),
        seed,
      ),
    )
  const inputs = {
    Q: tensor([kv * group, tokens, channel], 1),
    K: tensor([kv, tokens, channel], 2),
    V: tensor([kv, tokens, channel], 3),
  }
  const layer = (keep_tokens) => {
    const { O, tokens: mask, heads } = policy.call('layer', inputs, { keep_tokens })
    const left = mask.toFloat32().reduce((sum, kept) => sum + kept, 0)
    for (const tensor of [O, mask, heads]) tensor.release()
    return left
  }
  const left = layer(fraction)
  if (left !== tokens * fraction) throw new Error(`${left} of ${tokens} tokens are alive`)
  return () => layer(1)
}

const results = []
for (const tokens of lengths) {
  const calls = []
  for (const fraction of alive) calls.push(await secondLayer(tokens, fraction))
  const times = alive.map(() => [])
  for (let round = 0; round < rounds; round++) calls.forEach((call, i) => times[i].push(...time(runsPerRound, call)))
  const medians = times.map(median)
  alive.forEach((fraction, i) =>
    results.push({ tokens, alive: fraction, median_ms: medians[i], of_all: medians[i] / medians[0], times_ms: times[i] }),
  )
}
console.log(`f32, ${kv * group} heads over ${kv}, ${channel} channels, one thread: the second layer, medians\n`)
printTable(
  ['tokens', 'alive', 'ms', 'of all alive', 'least ms'],
  results.map((row) => [
    row.tokens,
    `${row.alive * 100} %`,
    row.median_ms.toFixed(1),
    row.of_all.toFixed(2),
    Math.min(...row.times_ms).toFixed(1),
  ]),
)
writeResults('cascade', {
  workload: { dtype: 'f32', heads: kv * group, kv, channel, policy: 'std:spatten', threads: 1 },
  results,
})
