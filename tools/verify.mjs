/**
 * Everything the repository promises, in one command: `npm test` (quick) and `npm run verify` (the same plus what only CI
 * needs). With arguments, only the tests are run and the arguments go to the test runner: `npm test -- test/unit/ir -t keep`.
 *
 * The last line is `N passed, N failed, N skipped`, counted from the runner's own report. With `--ci` (or CI set), a skip
 * that `test/expected-skips.json` does not name is a failure, and stale generated files are too.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const args = process.argv.slice(2)
const ci = args.includes('--ci') || (process.env.CI ?? '') !== ''
const testArgs = args.filter((arg) => arg !== '--ci')

const bin = (name) => join(root, 'node_modules', '.bin', name)

/** Runs one command; output is shown when it fails, or as it comes with `live`. Resolves to true on success. */
function step(title, command, commandArgs, live = false) {
  const started = performance.now()
  return new Promise((resolve) => {
    const env = ci ? { ...process.env, CI: '1' } : process.env
    const child = spawn(command, commandArgs, { cwd: root, env, stdio: live ? 'inherit' : ['ignore', 'pipe', 'pipe'] })
    const chunks = []
    child.stdout?.on('data', (chunk) => chunks.push(chunk))
    child.stderr?.on('data', (chunk) => chunks.push(chunk))
    child.on('error', (error) => chunks.push(Buffer.from(`${error.message}\n`)))
    child.on('close', (code) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1)
      console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${title} (${seconds} s)`)
      if (code !== 0) process.stdout.write(Buffer.concat(chunks))
      resolve(code === 0)
    })
  })
}

async function runTests(extra) {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-verify-'))
  const report = join(folder, 'report.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const ok = await step('tests', bin('vitest'), ['run', ...reporters, ...extra], true)
  const result = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : null
  rmSync(folder, { recursive: true, force: true })
  return { ok, result }
}

/** Tests that did not run and are not named in `test/expected-skips.json` as `file > full name`. */
function unexpectedSkips(result) {
  const path = join(root, 'test/expected-skips.json')
  const expected = new Set(existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : [])
  return result.testResults.flatMap((file) =>
    file.assertionResults
      .filter((test) => test.status !== 'passed' && test.status !== 'failed')
      .map((test) => `${file.name.slice(root.length)} > ${test.fullName}`)
      .filter((name) => !expected.has(name)),
  )
}

async function staticChecks() {
  mkdirSync(join(root, 'dist'), { recursive: true })
  const built = await step('build', process.execPath, ['tools/build.mjs'])
  const fresh = !ci || (await step('generated files are fresh', process.execPath, ['tools/gen.mjs', '--check']))
  const results = await Promise.all([
    step('types', bin('tsc'), ['--noEmit', '-p', '.']),
    step('lint', bin('eslint'), ['.', '--max-warnings', '0']).then(async (ok) => {
      const unused = await step('unused exports', bin('knip'), ['--no-progress'])
      const format = await step('format', bin('prettier'), ['--check', '.', '--log-level', 'warn'])
      return ok && unused && format
    }),
  ])
  return [built, fresh, ...results].every(Boolean)
}

const only = testArgs.length > 0
const checked = only || (await staticChecks())
const { ok, result } = await runTests(testArgs)
const skips = result === null || !ci || only ? [] : unexpectedSkips(result)
for (const skip of skips) console.log(`unexpected skip: ${skip}`)

const success = checked && ok && result !== null && skips.length === 0
if (!checked) console.log('the static checks above failed')
if (result === null) console.log('the test runner left no report')
else {
  const broken = result.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
  for (const file of broken) console.log(`could not run: ${file.name.slice(root.length)}`)
  const skipped = result.numTotalTests - result.numPassedTests - result.numFailedTests
  console.log(`${result.numPassedTests} passed, ${result.numFailedTests} failed, ${skipped} skipped`)
}
process.exitCode = success ? 0 : 1
