/**
 * How the compiled kernels of a CUDA C file are called beside it: `prune.1f0c5b2a9d3e.sm_90.cubin`. The name has a digest of the text,
 * so that what was compiled from another text is never taken for it.
 */
export async function cubinName(artifact: string, source: Uint8Array<ArrayBuffer>, architecture: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', source))
  const hex = [...digest.subarray(0, 6)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${artifact.replace(/\.cu$/, '')}.${hex}.${architecture}.cubin`
}
