/** The examples of ESP5xxx are command lines: the wrong one reports its code and the right exit status, the right one nothing. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { command } from '../../../compiler/diagnostics/catalogue/command.ts'
import type { DiagnosticDef } from '../../../compiler/diagnostics/define.ts'
import { ensureBuilt, espalier, temporaryFolder, type Outcome } from './espalier.ts'
import { writeExampleFiles } from './example-files.ts'

const folders: { remove(): void }[] = []
beforeAll(ensureBuilt)
afterAll(() => folders.forEach((folder) => folder.remove()))

/** The words after `espalier`; double quotes keep a word together. */
const words = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '').slice(1)

function prepare(files: Readonly<Record<string, string>> = {}): string {
  const folder = temporaryFolder()
  folders.push(folder)
  writeExampleFiles(folder.path)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder.path, name)), { recursive: true })
    writeFileSync(join(folder.path, name), text)
  }
  return folder.path
}

const expectedStatus = (code: string, severity: string): number => {
  if (severity === 'warning') return 0
  if (code.startsWith('ESP50')) return 2
  return code === 'ESP5301' ? 3 : 1
}

/** Many examples are right in the same way: each way is run once. */
const rights = new Map<string, Promise<Outcome>>()

function runRight(line: string, files: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const key = JSON.stringify([line, files])
  const known = rights.get(key)
  if (known !== undefined) return known
  const cwd = prepare(files)
  const running = espalier(words(line), { cwd, env: { ESPALIER_CACHE: join(cwd, 'cache') } })
  rights.set(key, running)
  return running
}

describe.concurrent('examples of the catalogue', () => {
  for (const [code, row] of Object.entries(command) as [string, DiagnosticDef<never>][]) {
    const { example } = row
    test(`${code}: ${row.title}`, async () => {
      if (example.kind !== 'command') throw new Error(`${code} has no command for an example`)
      const cwd = prepare(example.files)
      const env = { ESPALIER_CACHE: join(cwd, 'cache') }
      const wrong = await espalier(words(example.wrong), { cwd, env })
      expect(wrong.stderr).toContain(`[${code}]`)
      expect([...wrong.stderr.matchAll(/\[(ESP\d+)\]/g)].map(([, found]) => found)).toEqual([code])
      expect(wrong.status).toBe(expectedStatus(code, row.severity))
      const right = await runRight(example.right, example.files)
      expect(right.stderr).not.toMatch(/\[ESP\d+\]/)
      expect(right.status).toBe(0)
    })
  }
})
