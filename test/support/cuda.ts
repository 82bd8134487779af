/**
 * CUDA for tests: the first GPU of this machine, with NVRTC. There is none where CI runs, so the tests of a `describeCuda` are skipped
 * without one there too, and counted (docs/adr/0026). `espalier doctor` says what is missing.
 */
import { describe } from 'vitest'
import { findCuda, findNvrtc } from '../../cli/gpu-findings.ts'

const found = [await findCuda(), await findNvrtc()]
const isThere = found.every((one) => !('missing' in one))

/** `describe` for tests that need a GPU with CUDA. */
export function describeCuda(title: string, body: () => void): void {
  if (isThere) describe(title, body)
  else describe.skip(`${title} (no GPU with CUDA)`, body)
}
