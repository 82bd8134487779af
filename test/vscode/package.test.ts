/** The manifest of the extension against what it names: files, commands of lenses, the language server's own words. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { filesBelow, readSource, repositoryRoot } from '../support/source-tree.ts'

const FOLDER = 'editors/vscode'
const manifest = JSON.parse(readSource(`${FOLDER}/package.json`)) as {
  readonly version: string
  readonly icon: string
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[]
    readonly menus: Readonly<Record<string, readonly { readonly command: string }[]>>
    readonly problemMatchers: readonly { readonly pattern: readonly Readonly<Record<string, string | number>>[] }[]
  }
}
const commands = manifest.contributes.commands.map(({ command }) => command)

describe('the manifest', () => {
  test('has the version of the compiler', () => {
    expect(manifest.version).toBe((JSON.parse(readSource('package.json')) as { version: string }).version)
  })

  test('names files that exist', () => {
    const named = [...JSON.stringify(manifest.contributes).matchAll(/"(\.\/[\w./-]+)"/g)].map((match) => match[1] ?? '')
    expect(named.length).toBeGreaterThan(3)
    expect([manifest.icon, ...named].filter((path) => !existsSync(join(repositoryRoot, FOLDER, path)))).toEqual([])
  })

  test('declares every command that code registers, a lens carries or a menu shows', () => {
    const client = filesBelow(`${FOLDER}/client`, ['.ts']).map(readSource).join('\n')
    const registered = [...client.matchAll(/register\('(\w+)'/g)].map((match) => `espalier.${match[1]}`)
    const whole = [...client.matchAll(/registerCommand\('(espalier\.\w+)'/g)].map((match) => match[1] ?? '')
    expect([...registered, ...whole].sort()).toEqual([...commands].sort())
    const lenses = [...readSource('lsp/requests/code-lenses.ts').matchAll(/'(espalier\.\w+)'/g)].map((match) => match[1])
    const menus = Object.values(manifest.contributes.menus).flatMap((items) => items.map(({ command }) => command))
    expect([...lenses, ...menus].filter((command) => command === undefined || !commands.includes(command))).toEqual([])
  })
})

test('the problem matcher reads what `espalier check` writes', () => {
  const [first, second] = manifest.contributes.problemMatchers[0]?.pattern ?? []
  const lines = ['error[ESP1101]: no axis of this policy is called `ix`', '  --> policies/a b.prune:5:57']
  const head = new RegExp(String(first?.['regexp'])).exec(lines[0] ?? '')
  const place = new RegExp(String(second?.['regexp'])).exec(lines[1] ?? '')
  expect(head?.slice(1)).toEqual(['error', 'ESP1101', 'no axis of this policy is called `ix`'])
  expect(place?.slice(1)).toEqual(['policies/a b.prune', '5', '57'])
})

describe('onEnter', () => {
  const { onEnterRules, indentationRules } = JSON.parse(readSource(`${FOLDER}/language-configuration.json`)) as {
    readonly onEnterRules: readonly { readonly beforeText: string; readonly action: { readonly appendText: string } }[]
    readonly indentationRules: { readonly increaseIndentPattern: string; readonly decreaseIndentPattern: string }
  }

  test('a documentation comment goes on', () => {
    const rule = onEnterRules.find(({ beforeText }) => new RegExp(beforeText).test('  /// What it is.'))
    expect(rule?.action.appendText).toBe('/// ')
  })

  test.each(['policy a {', 'policy a(', '  entry e(W: float[out, in]) {', ') {'])('%s opens', (line) => {
    expect(line).toMatch(new RegExp(indentationRules.increaseIndentPattern))
  })

  test.each(['  x = abs(W)', '  entry e(W: float[out, in]) { return W }', '  // for (the', '}'])('%s does not open', (line) => {
    expect(line).not.toMatch(new RegExp(indentationRules.increaseIndentPattern))
  })
})
