/**
 * The C host of a policy from its manifest alone: a header, and the text that goes behind the kernels in the same `.cu`. Pure text;
 * what of it is shared is there as far as the policy uses it. The manifest must be a valid one of a target with grids.
 */
import type { Manifest } from '../../../abi/manifest.ts'
import { callFunctions } from './c-functions.ts'
import { callsOf, type CCall } from './c-call.ts'
import { headerText } from './c-header.ts'
import { kernelTables, launchesOf, scratchOf } from './c-launches.ts'
import { sharedDeclarations, type CLimits } from './c-library.ts'
import { cIdentifier } from './c-names.ts'

export interface CHost {
  readonly header: string
  readonly headerFile: string
  /** Comes before the kernels: behind these functions nobody needs to see them, and those of several policies go into one library. */
  readonly before: string
  /** Comes after the kernels; compilers for kernels alone skip it. */
  readonly source: string
}

const FOR_HOST = '#if !defined(ESPALIER_KERNELS_ONLY) && !defined(__CUDACC_RTC__)'

const BEFORE = `${FOR_HOST}
#define ESPALIER_KERNEL static __global__
#endif
`

export function emitCHost(manifest: Manifest): CHost {
  const calls = callsOf(manifest)
  const headerFile = `${manifest.policy}.h`
  const own = ownFunctions(manifest, calls)
  const source = [
    '// ---- The host: functions in C that check a call, compute its numbers and launch the kernels above.',
    FOR_HOST,
    `#include "${headerFile}"`,
    ['cuda_runtime_api.h', 'math.h', 'stdarg.h', 'stdio.h', 'string.h'].map((file) => `#include <${file}>`).join('\n'),
    sharedDeclarations(own, limitsOf(calls)),
    own,
    '#endif',
  ].join('\n\n')
  const header = headerText(manifest.policy, manifest.doc, manifest.espalier, calls)
  return { header, headerFile, before: BEFORE, source: `${source}\n` }
}

/** What the policy has for itself: tables of its kernels, and functions. */
export function ownFunctions({ policy }: Manifest, calls: readonly CCall[]): string {
  const lastError = `const char *${cIdentifier(policy)}_last_error(void) {\n  return es_message;\n}`
  return [...kernelTables(calls), ...calls.map(callFunctions), lastError].join('\n\n')
}

const most = (numbers: readonly number[]): number => Math.max(1, ...numbers)

/** Of the arrays that the calls need. */
export function limitsOf(calls: readonly CCall[]): CLimits {
  const sizes = calls.flatMap((call) => [...call.sizes.given, ...call.sizes.pinned])
  return {
    factors: most(sizes.map(({ atoms }) => atoms.length)),
    dims: most(calls.map((call) => call.sizes.given.length + call.sizes.pinned.length)),
    rows: most(calls.flatMap((call) => launchesOf(call).map(({ step }) => scratchOf(step).length))),
    rank: most(calls.flatMap(({ variant }) => variant.states.map(({ atoms }) => atoms.length))),
  }
}
