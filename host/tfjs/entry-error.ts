/** Errors as TensorFlow.js words them: the function first, then the argument. What the policy itself refuses is the `cause`. */

/** `Error in magnitude.prune: …` */
export const entryError = (called: string, text: string, cause?: unknown): Error =>
  new Error(`Error in ${called}: ${text}`, cause === undefined ? {} : { cause })

/** An error of the policy in these words, with its code at the end; any other error as it is. */
export function reworded(called: string, error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'EspalierError' || !('code' in error)) return error
  const code = String(error.code)
  return entryError(called, `${error.message.replace(`${code}: `, '')} (${code})`, error)
}
