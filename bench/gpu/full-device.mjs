/** WebGPU devices with everything that an adapter offers. */

/** The limits of an adapter as an object: they are getters of a prototype, so only `in` sees their names. */
export function limitsOf(adapter) {
  const limits = {}
  for (const name in adapter.limits) limits[name] = adapter.limits[name]
  return limits
}

export async function openAll(adapter) {
  const device = await adapter.requestDevice({ requiredFeatures: [...adapter.features], requiredLimits: limitsOf(adapter) })
  device.addEventListener('uncapturederror', ({ error }) => console.log(`uncaptured: ${error.message}`))
  return device
}
