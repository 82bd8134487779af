/**
 * Decides whether a value is a manifest that this version can run, for manifests that come from elsewhere: read from a file, or
 * edited. A manifest that passes cannot make a host read outside its tables or loop.
 */
import { problem } from '../abi/espalier-error.ts'
import { ABI_VERSION, type Manifest } from '../abi/manifest.ts'
import { manifestShape } from './manifest/manifest-shape.ts'
import { referenceProblems } from './manifest/references.ts'
import type { ShapeProblem } from './manifest/shape.ts'

/** Everything that is wrong, by path; empty for a manifest. */
export function manifestProblems(value: unknown): readonly ShapeProblem[] {
  const found: ShapeProblem[] = []
  manifestShape(value, '', found)
  return found.length > 0 ? found : referenceProblems(value as Manifest)
}

/** The value as a manifest. Throws ESP4002 for one of another ABI, else ESP4001 with the first problem. */
export function requireManifest(value: unknown): Manifest {
  const abi = typeof value === 'object' && value !== null && 'abi' in value ? value.abi : ABI_VERSION
  if (typeof abi === 'number' && abi !== ABI_VERSION) throw problem('ESP4002', { expected: ABI_VERSION, got: String(abi) })
  const [first] = manifestProblems(value)
  if (first !== undefined) throw problem('ESP4001', { ...first, path: first.path === '' ? 'it' : first.path })
  return value as Manifest
}
