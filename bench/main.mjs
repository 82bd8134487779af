/** Runs every benchmark, or those named: `npm run bench -- selection`. */
const benchmarks = {
  selection: './selection/main.mjs',
  cascade: './cascade/main.mjs',
  attention: './attention/main.mjs',
  'cold-start': './cold-start.mjs',
  lsp: './lsp/main.mjs',
}

const words = process.argv.slice(2)
const unknown = words.filter((word) => !(word in benchmarks))
if (unknown.length > 0) {
  console.error(`no benchmark \`${unknown.join('`, `')}\`: there are ${Object.keys(benchmarks).join(' and ')}`)
  process.exit(2)
}
for (const name of words.length > 0 ? words : Object.keys(benchmarks)) {
  console.log(`\n== ${name} ==\n`)
  await import(benchmarks[name])
}
