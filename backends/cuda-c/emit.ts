/** From the kernels of a policy to one CUDA C file. */
import { cudaEntryName } from '../../abi/cuda-teams.ts'
import type { Func } from '../../compiler/ir/node.ts'
import { Names } from '../source/names.ts'
import { emitKernel } from './kernel.ts'
import { cudaLibrary } from './prelude/cuda-library.ts'
import { RESERVED } from './reserved.ts'

const TYPES = `typedef unsigned char u8;
typedef signed char i8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef long long i64;
typedef unsigned long long u64;`

/** Found by name; what goes before a module may say otherwise. */
const KERNEL = `#ifndef ESPALIER_KERNEL
#define ESPALIER_KERNEL extern "C" __global__
#endif`

const ONLY = `// -DESPALIER_ONLY=… leaves only these variants of kernels.
#ifdef ESPALIER_ONLY
ESPALIER_ONLY
#endif`

/** What the names of variants stand for: threads of a team, chunks of a row in registers. */
function variantsOf(texts: readonly string[]): readonly string[] {
  const named = new Set(texts.flatMap((text) => text.match(/(?<=^ESPALIER_\w+\()t\d+_c\d+/gm) ?? []))
  const lines = [...named].map((name) => `#define ESPALIER_${name} ${name.replace('t', '').replace('_c', ', ')}`)
  return lines.length === 0 ? [] : [lines.join('\n')]
}

/** What the kernels share, then the kernels in order, each with its entry points. */
export function emitCuda(kernels: readonly Func[]): string {
  const library = cudaLibrary()
  const names = new Names([...RESERVED, ...library.names(), ...kernels.map(({ name }) => cudaEntryName(name, null))])
  const texts = kernels.map((kernel) => emitKernel(kernel, names))
  const shared = library.neededBy(texts.join('\n'))
  return `${[TYPES, KERNEL, ...(shared === '' ? [] : [shared]), ...variantsOf(texts), ...texts, ONLY].join('\n\n')}\n`
}
