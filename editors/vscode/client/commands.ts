/** The commands of the extension. Lenses give their place; from the palette it is the policy in front. */
import { commands, ProgressLocation, Uri, window, workspace, type Disposable } from 'vscode'
import type { Client } from './client.ts'
import type { Place } from './protocol.ts'
import { openView } from './views.ts'

const TARGETS = ['wasm', 'wgsl'] as const
const ENDING: Readonly<Record<string, string>> = { wasm: 'wat', wgsl: 'wgsl' }

export function registerCommands(client: Client): Disposable[] {
  const register = (name: string, run: (place: Place) => Promise<void>): Disposable =>
    commands.registerCommand(`espalier.${name}`, async (argument: unknown) => {
      try {
        await run(placeOf(argument))
      } catch (error) {
        void window.showErrorMessage(error instanceof Error ? error.message : String(error))
      }
    })
  return [
    register('showPass', (place) => showPass(client, place)),
    register('showKernel', showKernel),
    register('explain', explain),
    register('runTests', (place) => runTests(client, place)),
    register('restart', () => client.restart()),
    register('showOutput', () => Promise.resolve(client.output.show())),
  ]
}

/** A menu of the editor gives the address of the file. */
const placeOf = (argument: unknown): Place =>
  argument instanceof Uri ? { uri: argument.toString() } : typeof argument === 'object' && argument !== null ? argument : {}

export function policyAt({ uri }: Place): string {
  const document = window.activeTextEditor?.document
  const found = uri ?? (document?.languageId === 'prune' ? document.uri.toString() : undefined)
  if (found === undefined) throw new Error('Open a policy first.')
  return found
}

const fileName = (uri: string): string =>
  Uri.parse(uri)
    .path.replace(/^.*\//, '')
    .replace(/\.prune$/, '')

async function showPass(client: Client, place: Place): Promise<void> {
  const uri = policyAt(place)
  const first = { label: 'front end', description: 'what the policy means, before any pass', pass: null }
  const passes = (await client.passes()).map((pass, at) => ({ label: pass, description: String(at + 1), pass }))
  const picked = await window.showQuickPick([first, ...passes], { placeHolder: 'IR after which pass?' })
  if (picked === undefined) return
  const title = `${fileName(uri)} after ${picked.label.replaceAll('/', ' ')}.pir`
  await openView(title, { method: 'espalier/irAfterPass', params: { uri, pass: picked.pass } })
}

async function showKernel(place: Place): Promise<void> {
  const { entry, policy } = place
  const uri = policyAt(place)
  const target = place.target ?? workspace.getConfiguration('espalier').get<string>('target') ?? TARGETS[0]
  const what = entry ?? policy ?? fileName(uri)
  const params = { uri, target, ...(entry === undefined ? {} : { entry }), ...(policy === undefined ? {} : { policy }) }
  await openView(`${what}.${ENDING[target] ?? target}`, { method: 'espalier/kernel', params })
}

async function explain(place: Place): Promise<void> {
  const { entry } = place
  const uri = policyAt(place)
  const params = { uri, ...(entry === undefined ? {} : { entry }) }
  await openView(`plan of ${entry ?? fileName(uri)}.txt`, { method: 'espalier/explain', params })
}

/** All outcomes are in the output; a message has the sum. */
async function runTests(client: Client, place: Place): Promise<void> {
  const { name } = place
  const uri = policyAt(place)
  const progress = { location: ProgressLocation.Window, title: 'Espalier: running tests' }
  const outcomes = await window.withProgress(progress, () => client.runTests({ uri, ...(name === undefined ? {} : { name }) }))
  for (const { title, target, passed, message } of outcomes) {
    if (passed) client.output.info(`ok ${title} (${target})`)
    else client.output.error(`FAILED ${title} (${target}): ${message ?? ''}`)
  }
  const failed = outcomes.filter(({ passed }) => !passed)
  const targets = [...new Set(outcomes.map(({ target }) => target))].join(' and ')
  if (outcomes.length === 0) void window.showInformationMessage('There is no test here.')
  else if (failed.length === 0)
    void window.showInformationMessage(`${outcomes.length} of ${outcomes.length} passed on ${targets}.`)
  else {
    const [first] = failed
    const text = `${failed.length} of ${outcomes.length} failed. ${first?.title ?? ''}: ${first?.message ?? ''}`
    if ((await window.showErrorMessage(text, 'Show All')) !== undefined) client.output.show()
  }
}
