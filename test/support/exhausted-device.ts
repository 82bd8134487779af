/** A device that has no memory left, as far as it says: every scope for that finds an error. */
export function exhausted(device: GPUDevice): GPUDevice {
  const filters: GPUErrorFilter[] = []
  const replaced: Readonly<Record<PropertyKey, unknown>> = {
    pushErrorScope(filter: GPUErrorFilter): void {
      filters.push(filter)
      device.pushErrorScope(filter)
    },
    async popErrorScope(): Promise<unknown> {
      const filter = filters.pop()
      const error = await device.popErrorScope()
      return filter === 'out-of-memory' ? { message: 'no memory is left' } : error
    },
  }
  return new Proxy(device, {
    get(target, name) {
      if (name in replaced) return replaced[name]
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value
    },
  })
}
