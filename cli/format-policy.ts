/** A policy through Prettier, with the settings that hold where the file is: `.prettierrc`, `package.json`, `.editorconfig`. */
import { format, resolveConfig, resolveConfigFile, type Options } from 'prettier'
import { LineMap } from '../compiler/diagnostics/line-map.ts'
import type { Source } from '../compiler/frontend/source.ts'
import { DEFAULT_STYLE } from '../formatter/format.ts'
import { formatRange } from '../formatter/format-range.ts'
import * as plugin from '../formatter/prettier-plugin.ts'
import { refuse } from './refusal.ts'

type Settings = Pick<Options, 'printWidth' | 'tabWidth' | 'useTabs' | 'endOfLine'>

/** `path`: null for a text without a file; the settings of the working directory hold. */
export async function formatPolicy(text: string, path: string | null): Promise<string> {
  const filepath = path ?? 'stdin.prune'
  const settings = await settingsFor(filepath)
  return format(text, { ...settings, filepath, parser: 'prune', plugins: [plugin] })
}

/** Only the declarations or statements that touch lines `from` to `to`, counted from 1. */
export async function formatPolicyLines(source: Source, path: string | null, from: number, to: number): Promise<string> {
  const settings = await settingsFor(path ?? 'stdin.prune')
  const lines = new LineMap(source.text)
  const range = { start: lines.lineStart(from), end: lines.lineStart(to + 1) }
  const replacement = formatRange(source, range, { ...DEFAULT_STYLE, ...settings })
  if (replacement === null) return source.text
  return source.text.slice(0, replacement.start) + replacement.text + source.text.slice(replacement.end)
}

/** Refused (ESP5103) when a file of settings cannot be read or says something that is no setting. */
async function settingsFor(filepath: string): Promise<Settings> {
  try {
    const settings = (await resolveConfig(filepath, { editorconfig: true })) ?? {}
    const { printWidth, tabWidth, useTabs, endOfLine } = settings
    const used = Object.fromEntries(
      Object.entries({ printWidth, tabWidth, useTabs, endOfLine }).filter(([, value]) => value !== undefined),
    )
    await format('', { ...used, parser: 'prune', plugins: [plugin] })
    return used
  } catch (error) {
    const path = (await resolveConfigFile(filepath).catch(() => null)) ?? '.editorconfig'
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    return refuse('ESP5103', { path, reason })
  }
}
