/** `describe` for tests that need something of the machine: skipped where it is missing, with the reason in the title, and failing in CI. */
import { describe, expect, test } from 'vitest'

/** `missing`: what to install; null when all is there. */
export function describeWhere(missing: string | null, title: string, body: () => void): void {
  if (missing === null) describe(title, body)
  else if ((process.env['CI'] ?? '') === '') describe.skip(`${title} (${missing})`, body)
  else test(title, () => expect.fail(missing))
}
