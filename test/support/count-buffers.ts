/** How many buffers of a device were made from now on and not destroyed: what the device has, not what somebody says of it. */
export function countBuffers(device: GPUDevice): () => number {
  const open = new Set<GPUBuffer>()
  const { createBuffer } = device
  device.createBuffer = (descriptor) => {
    const buffer = createBuffer.call(device, descriptor)
    const { destroy } = buffer
    open.add(buffer)
    buffer.destroy = () => {
      open.delete(buffer)
      return destroy.call(buffer)
    }
    return buffer
  }
  return () => open.size
}
