/** Sizes that a device refuses, found before anything is made: ESP4805 with what it is and how to ask for more. */
import { problem } from '../../../abi/espalier-error.ts'

export function requireBufferSize({ limits }: GPUDevice, bytes: number, what: string): void {
  if (bytes > limits.maxBufferSize)
    throw problem('ESP4805', { what, bytes, expected: limits.maxBufferSize, limit: 'maxBufferSize' })
}

export function requireBindable({ limits }: GPUDevice, bytes: number, what: string): void {
  if (bytes > limits.maxStorageBufferBindingSize)
    throw problem('ESP4805', { what, bytes, expected: limits.maxStorageBufferBindingSize, limit: 'maxStorageBufferBindingSize' })
}
