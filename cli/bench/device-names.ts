/** What runs a policy, as a report names it. */
import { cpus } from 'node:os'

export const processorName = (): string => cpus()[0]?.model.trim() ?? 'a processor'

/** Hosts tell more or less of an adapter. */
export function adapterName({ adapterInfo }: GPUDevice): string {
  const { description, device, architecture, vendor } = adapterInfo
  return [description, device, architecture, vendor].find((text) => text !== '') ?? 'a WebGPU adapter'
}
