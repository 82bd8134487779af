/** The shared functions of CUDA modules. */
import { Library } from '../../source/library.ts'
import { combining } from './combining.ts'
import { kept } from './kept.ts'
import { numbers } from './numbers.ts'
import { team } from './team.ts'

export const cudaLibrary = (): Library =>
  new Library([numbers, team, combining, kept], /^(?:struct (\w+)|(?:__device__ __forceinline__|constexpr) [^(\n]*?(\w+)\()/m)
