// Searches for programs on which targets or passes disagree, for as long as asked:
//   node test/fuzz/soak.mjs [--programs 2000] [--seed 1] [--statements 10] [--batch 100]
// Every batch has a seed of its own and ends at its first failure, which is printed shrunk. Exit status 1 when there was one.
import { parseArgs } from 'node:util'
import { loadTypeScript } from '../../tools/load-typescript.mjs'

const { values } = parseArgs({
  options: {
    programs: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    statements: { type: 'string', default: '10' },
    batch: { type: 'string', default: '100' },
  },
})
const { search, newTally } = await loadTypeScript('test/fuzz/random-programs.ts')
const tally = newTally()
const batch = Number(values.batch)
let failures = 0
const start = performance.now()
for (let seed = Number(values.seed), done = 0; done < Number(values.programs); seed += 1, done += batch) {
  const failure = await search({ seed, programs: batch, statements: Number(values.statements) }, tally)
  if (failure === null) continue
  failures += 1
  console.log(`${'='.repeat(80)}\n${failure}\n`)
}
console.log(
  `${tally.programs} programs, ${tally.calls} runs , ${failures} failures, ${((performance.now() - start) / 1000).toFixed(0)} s`,
)
for (const { count, message, text } of tally.rejected.values()) console.log(`rejected ${count} times: ${message}\n${text}`)
for (const [message, count] of tally.refused) console.log(`refused by both ${count} times: ${message}`)
process.exitCode = failures > 0 ? 1 : 0
