/** `compress` of std:mustafar in halves, then `attend` over the result, by any shim of it: in a page and in Node alike. */
const KV = 2
const TOKENS = 16
const LOCAL = 4
const CHANNELS = 64

/** Halves between 1 and 2, with signs and in another order for each step: every row has ties. */
const halves = (shape, step) => ({
  dtype: 'f16',
  shape,
  data: Uint16Array.from(
    { length: shape.reduce((a, b) => a * b) },
    (_, i) => 0x3c00 + ((i * step) % 1021) + (i % 3 === 0 ? 0x8000 : 0),
  ),
})

/** Largest difference of a half, relative to the largest of the tensor. */
export const tolerance = 2e-3

export async function results(shim) {
  const policy = await shim.load()
  const cache = (tokens, step) => halves([KV, tokens, CHANNELS], step)
  const { K, V } = await policy.compress({ K: cache(TOKENS, 37), V: cache(TOKENS, 101) })
  const Q = halves([2 * KV, CHANNELS], 53)
  const { O } = await policy.attend({ Q, K, V, K_local: cache(LOCAL, 71), V_local: cache(LOCAL, 29) })
  const exact = { 'K, kept': [K.kept], 'V, kept': [V.kept] }
  for (const [name, tensor] of Object.entries({ K, V })) {
    const parts = typeof tensor.parts === 'function' ? await tensor.parts() : tensor.parts
    for (const [part, data] of Object.entries(parts)) exact[`${name}, ${part}`] = Array.from(data, String)
  }
  const near = { O: Array.from(await O.toFloat32()) }
  policy.release()
  return { exact, near }
}
