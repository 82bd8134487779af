/** Two layers of a cascade by std:spatten in singles, with any shim of it: in a page and in Node alike. */
const HEADS = 4
const KV = 2
const TOKENS = 32
const CHANNELS = 16

/** Numbers between -2 and 2, in another order for each seed. */
function singles(shape, seed) {
  let bits = seed
  const next = () => (bits = (Math.imul(bits, 1664525) + 1013904223) >>> 0) / 2 ** 30 - 2
  return { dtype: 'f32', shape, data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, next) }
}

/** Largest difference, relative to the largest of the tensor. */
export const tolerance = 1e-5

export async function results(shim) {
  const policy = await shim.load()
  const exact = {}
  const near = {}
  for (const [layer, ratios] of [{ keep_tokens: 0.6 }, { keep_tokens: 0.35, keep_heads: 0.5 }, { keep_tokens: 0.35 }].entries()) {
    const input = (extents, seed) => singles([...extents, CHANNELS], 100 * layer + seed)
    const cache = [KV, TOKENS]
    const given = { Q: input([HEADS, TOKENS], 1), K: input(cache, 2), V: input(cache, 3) }
    const { O, tokens, heads } = await policy.layer(given, ratios)
    for (const [name, mask] of Object.entries({ tokens, heads }))
      exact[`layer ${layer}, ${name}`] = Array.from(await mask.toFloat32())
    near[`layer ${layer}, O`] = Array.from(await O.toFloat32())
  }
  for (const state of ['token_importance', 'head_importance']) near[state] = Array.from((await policy.readState(state)).data)
  policy.release()
  return { exact, near }
}
