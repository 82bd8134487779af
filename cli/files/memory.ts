/** Says that something does not fit before it is loaded, instead of letting the process be killed half-way. */
import { freemem } from 'node:os'
import { refuse } from '../refusal.ts'

/** Small loads are never refused: the figure for free memory is an estimate. */
const ALWAYS = 64 * 2 ** 20
/** Typed arrays of V8 end here, whatever the machine has. */
const LARGEST_ARRAY = 2 ** 33 - 1

export function requireMemory(what: string, bytes: number): void {
  if (bytes <= ALWAYS) return
  const available = Math.min(LARGEST_ARRAY, availableMemory())
  if (bytes > available) refuse('ESP5106', { what, bytes, available })
}

/** What can still be allocated, in bytes: the limit of a container counts as well as the machine's memory. */
export function availableMemory(): number {
  const limit = process.constrainedMemory?.() ?? 0
  const free = freemem()
  return limit > 0 && limit < Number.MAX_SAFE_INTEGER ? Math.min(free, Math.max(0, limit - process.memoryUsage.rss())) : free
}
