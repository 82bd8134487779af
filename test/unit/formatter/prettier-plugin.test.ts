/** The plugin as Prettier loads it: from `dist/`, by its name, and as the command uses it. */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { format, type Options } from 'prettier'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureBuilt, espalier, temporaryFolder } from '../cli/espalier.ts'
import { repositoryRoot } from '../../support/source-tree.ts'

const folder = temporaryFolder()
const cwd = folder.path
const pluginPath = join(repositoryRoot, 'dist/prettier-plugin.js')
const MESSY = 'policy p{entry e(x:f32[a]){return y:x}}\n'
const NEAT = 'policy p {\n  entry e(x: f32[a]) { return y: x }\n}\n'
const BROKEN = 'policy p {\n  entry e(x f32[a]) { return y: x }\n}\n'

beforeAll(() => ensureBuilt())
afterAll(() => folder.remove())

const prettier = (text: string, options: Options): Promise<string> => format(text, { plugins: [pluginPath], ...options })
const read = (name: string): string => readFileSync(join(cwd, name), 'utf8')
const write = (files: Readonly<Record<string, string>>): void => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text)
}
const fmt = (line: string, input = '') => espalier(['fmt', ...line.split(' ')], { cwd, input })

describe('Prettier', () => {
  test('finds the language by file name, by parser, by fence', async () => {
    expect(await prettier(MESSY, { filepath: 'a/p.prune' })).toBe(NEAT)
    expect(await prettier(MESSY, { parser: 'prune' })).toBe(NEAT)
    const fences = (policy: string, broken: string) =>
      `- item\n\n  \`\`\`prune\n${policy}  \`\`\`\n\n\`\`\`prune\n${broken}\`\`\`\n`
    const indented = NEAT.replace(/^/gm, '  ').trimEnd() + '\n'
    expect(await prettier(fences(`  ${MESSY}`, BROKEN), { parser: 'markdown' })).toBe(fences(indented, BROKEN))
  })

  test('keeps to its own settings', async () => {
    const settings = { parser: 'prune', printWidth: 30, tabWidth: 4, endOfLine: 'crlf' } as const
    expect(await prettier(MESSY, settings)).toBe(
      'policy p {\r\n    entry e(x: f32[a]) {\r\n        return y: x\r\n    }\r\n}\r\n',
    )
  })

  test('says where a file does not parse', async () => {
    const error = await prettier(BROKEN, { filepath: 'p.prune' }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ loc: { start: { line: 2, column: 13 } } })
    expect(String(error)).toMatch(/ESP0101: expected .* but found `f32` \(2:13\)\n/)
  })

  test('from its command line, and by the name of the package', () => {
    write({ 'p.prune': MESSY })
    const prettierCommand = join(repositoryRoot, 'node_modules/prettier/bin/prettier.cjs')
    const shell = spawnSync(process.execPath, [prettierCommand, '--plugin', pluginPath, 'p.prune'], { cwd, encoding: 'utf8' })
    expect(shell).toMatchObject({ status: 0, stdout: NEAT })
    const script = `import('espalier/prettier-plugin').then(({ languages }) => console.log(languages[0].name))`
    const byName = spawnSync(process.execPath, ['-e', script], { cwd: repositoryRoot, encoding: 'utf8' })
    expect(byName).toMatchObject({ status: 0, stdout: 'Prune\n' })
  })
})

describe('espalier fmt', () => {
  test('formats files in place and names those that changed', async () => {
    write({ 'a.prune': MESSY, 'b.prune': NEAT })
    expect(await fmt('a.prune b.prune --check')).toEqual({ status: 1, stdout: 'a.prune\n', stderr: '' })
    expect(read('a.prune')).toBe(MESSY)
    expect(await fmt('a.prune b.prune')).toEqual({ status: 0, stdout: 'a.prune\n', stderr: '' })
    expect(read('a.prune')).toBe(NEAT)
    expect(await fmt('a.prune b.prune --check')).toEqual({ status: 0, stdout: '', stderr: '' })
  })

  test('stdin to stdout', async () => {
    expect(await fmt('-', MESSY)).toEqual({ status: 0, stdout: NEAT, stderr: '' })
    expect(await fmt('- --check', MESSY)).toEqual({ status: 1, stdout: '-\n', stderr: '' })
  })

  test('finds nothing to do in what `espalier new` writes', async () => {
    await espalier(['new', 'started'], { cwd })
    expect(await fmt('started.prune --check')).toEqual({ status: 0, stdout: '', stderr: '' })
  })

  test('leaves what does not parse as it is, and formats the rest', async () => {
    write({ 'a.prune': MESSY, 'broken.prune': BROKEN })
    const { status, stdout, stderr } = await fmt('broken.prune missing.prune a.prune')
    expect({ status, stdout }).toEqual({ status: 1, stdout: 'a.prune\n' })
    expect(stderr).toContain('broken.prune:2:13')
    expect(stderr).toContain('ESP5101')
    expect(read('broken.prune')).toBe(BROKEN)
    expect(await fmt('std:wanda')).toMatchObject({ status: 1, stdout: '' })
  })

  test('data for programs', async () => {
    write({ 'a.prune': MESSY, 'broken.prune': BROKEN })
    const { status, stdout } = await fmt('a.prune broken.prune - --json', MESSY)
    expect(status).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      files: [
        { path: 'a.prune', changed: true },
        { path: 'broken.prune', refused: true },
        { path: '-', changed: true, text: NEAT },
      ],
      diagnostics: [{ code: 'ESP0101' }],
    })
  })

  test('only some lines', async () => {
    write({ 'a.prune': `${MESSY}\n\n${MESSY.replace('policy p', 'policy q')}` })
    await fmt('a.prune --lines 1:1')
    expect(read('a.prune')).toBe(`${NEAT}\n\n${MESSY.replace('policy p', 'policy q')}`)
    expect(await fmt('a.prune --lines 3')).toMatchObject({ status: 2 })
    expect(await fmt('a.prune a.prune --lines 1:2')).toMatchObject({ status: 2 })
  })

  test('settings of the folder hold; what is wrong with them is said', async () => {
    write({ 'a.prune': MESSY, '.prettierrc': '{ "printWidth": 30, "tabWidth": 4 }' })
    await fmt('a.prune')
    expect(read('a.prune')).toBe('policy p {\n    entry e(x: f32[a]) {\n        return y: x\n    }\n}\n')
    write({ '.prettierrc': '{ "printWidth": "wide" }' })
    const { status, stderr } = await fmt('a.prune')
    expect(status).toBe(1)
    expect(stderr).toMatch(/ESP5103.*\.prettierrc.*printWidth/)
  })

  test('a text longer than the parser takes is refused, not cut', async () => {
    const long = `// ${'木'.repeat(1_200_000)}\n${MESSY}`
    write({ 'long.prune': long, '.prettierrc': '{}' })
    const { status, stderr } = await fmt('long.prune')
    expect(status).toBe(1)
    expect(stderr).toContain('ESP0114')
    expect(read('long.prune')).toBe(long)
  })
})
