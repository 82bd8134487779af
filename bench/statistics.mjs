/** What every benchmark does with its numbers: medians, a table on stdout, a file under bench/results/. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** Columns are as wide as they need to be; the first is flush left, the others flush right. */
export function printTable(header, rows) {
  const table = [header, ...rows].map((row) => row.map(String))
  const widths = header.map((_, i) => Math.max(...table.map((row) => row[i].length)))
  for (const row of table)
    console.log(row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('   '))
}

/** Times `runs` calls in milliseconds, after one that is not counted. */
export function time(runs, action) {
  action()
  return Array.from({ length: runs }, () => {
    const start = performance.now()
    action()
    return performance.now() - start
  })
}

export function writeResults(name, results) {
  const folder = fileURLToPath(new URL('results/', import.meta.url))
  const [cpu] = cpus()
  const machine = {
    cpu: cpu?.model ?? 'unknown',
    cpus: cpus().length,
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
  }
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${name}.json`)
  writeFileSync(path, JSON.stringify({ date: new Date().toISOString().slice(0, 10), machine, ...results }, null, 2) + '\n')
  console.log(`\nwritten to bench/results/${name}.json`)
}
