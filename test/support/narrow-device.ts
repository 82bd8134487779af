/** A device that says it can be given less than it can. */
export function narrow(device: GPUDevice, lower: Readonly<Partial<Record<keyof GPUSupportedLimits, number>>>): GPUDevice {
  const limits = new Proxy(device.limits, {
    get: (target, name) =>
      (lower as Readonly<Record<PropertyKey, unknown>>)[name] ?? (Reflect.get(target, name, target) as unknown),
  })
  return new Proxy(device, {
    get(target, name) {
      if (name === 'limits') return limits
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value
    },
  })
}
