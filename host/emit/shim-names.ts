/** Names of the types and methods of a shim: unique, valid, and the policy's own where they can be. */
import { entryMethods } from '../../abi/entry-methods.ts'
import type { Manifest } from '../../abi/manifest.ts'
import { propertyName } from './text.ts'

export interface EntryNames {
  readonly entry: string
  /** As a property name. */
  readonly method: string
  /** Name of the interface of its inputs; null when it has none. */
  readonly inputs: string | null
  readonly outputs: string
  /** Type of its parameters. */
  readonly params: string
}

export interface ShimNames {
  readonly policy: string
  readonly params: string
  readonly entries: readonly EntryNames[]
}

export function shimNames(manifest: Manifest): ShimNames {
  const used = new Set<string>()
  const policy = pascal(manifest.policy)
  const params = unique(`${policy}Params`, used)
  const methods = entryMethods(manifest.entries)
  const entries = manifest.entries.map((entry, i) => {
    const base = pascal(entry.name)
    return {
      entry: entry.name,
      method: propertyName(methods[i] ?? entry.name),
      inputs: entry.inputs.length === 0 ? null : unique(`${base}Inputs`, used),
      outputs: unique(`${base}Outputs`, used),
      params: entry.args.length === 0 ? params : unique(`${base}Params`, used),
    }
  })
  return { policy: unique(`${policy}Policy`, used), params, entries }
}

function unique(name: string, used: Set<string>): string {
  let candidate = name
  while (used.has(candidate)) candidate += '2'
  used.add(candidate)
  return candidate
}

/** `heavy-hitters` and `heavy_hitters` as `HeavyHitters`. */
function pascal(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== '')
  const text = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
  return /^[A-Za-z]/.test(text) ? text : `P${text}`
}
