/** Diagnostics ESP48xx: policies on WebGPU. */
import { callProblems } from '../../../../abi/call-problems.ts'
import { defineDiagnostics } from '../../define.ts'

const X = 'const X = { data: new Float32Array(4), shape: [1, 4] }\n'
const buffer = (usage: string): string =>
  `const policy = await load({ device })
const buffer = device.createBuffer({ size: 16, usage: ${usage} })
await policy.scale({ X: { buffer, shape: [1, 4], dtype: 'f32' } })`

export const devices = defineDiagnostics({
  ESP4801: {
    severity: 'error',
    title: 'no WebGPU device',
    message: callProblems.ESP4801.message,
    explain:
      'Browsers offer WebGPU as `navigator.gpu` on secure pages, and an adapter only where there is a GPU that they trust. Node has none of its own: the npm package `webgpu` brings Dawn, which needs a driver of the machine. It is looked for only when a policy for WebGPU is loaded without a device.',
    example: {
      kind: 'device',
      wrong: 'await load({ gpu: { requestAdapter: async () => null } })',
      right: 'await load({ gpu: navigator.gpu })',
    },
  },
  ESP4802: {
    severity: 'error',
    title: 'GPU device that was lost',
    message: callProblems.ESP4802.message,
    explain:
      'A device goes when it is destroyed, when its driver is reset, or when the browser needs it no more. Everything on it goes with it. Calls that were running are rejected, and so is everything that is asked of the instance afterwards.',
    example: {
      kind: 'device',
      wrong: `${X}const policy = await load({ device })\ndevice.destroy()\nawait policy.scale({ X })`,
      right: `${X}const policy = await load({ device })\nawait policy.scale({ X })\ndevice.destroy()`,
    },
  },
  ESP4803: {
    severity: 'error',
    title: 'GPU buffer that cannot be an input',
    message: callProblems.ESP4803.message,
    explain:
      'Kernels read the buffer where it is. It must belong to the device of the instance, have the usage STORAGE, be neither mapped nor destroyed, and hold all elements of its shape, in whole words of 4 bytes.',
    example: { kind: 'device', wrong: buffer('GPUBufferUsage.COPY_DST'), right: buffer('GPUBufferUsage.STORAGE') },
  },
  ESP4804: {
    severity: 'error',
    title: 'GPU feature that is not there',
    message: callProblems.ESP4804.message,
    explain:
      'Features that are named are required; those that are not named are used where they are offered. A device has those features only that it was requested with.',
    example: {
      kind: 'device',
      wrong: "await load({ device, features: ['subgroups'] })",
      right: 'await load({ device })',
    },
  },
  ESP4805: {
    severity: 'error',
    title: 'beyond a limit of the GPU device',
    message: callProblems.ESP4805.message,
    explain:
      'Every device has the limits that the specification promises: buffers of 256 MiB, of which a kernel sees 128 MiB. Most adapters offer more, to those who ask when the device is requested.',
    example: {
      kind: 'device',
      wrong: 'await load({ gpu: navigator.gpu, limits: { maxBufferSize: 2 ** 52 } })',
      right: "await load({ gpu: navigator.gpu, limits: 'adapter' })",
    },
  },
  ESP4806: {
    severity: 'error',
    title: 'out of GPU memory',
    message: callProblems.ESP4806.message,
    explain:
      'The device could not make a buffer that the call needs. Other instances and other programs share its memory. The call is rejected as a whole, the state is as before, and buffers that were kept for later calls are destroyed, so that it may be tried again.',
    example: {
      kind: 'device',
      wrong: `${X}const policy = await load({ device: exhausted(device) })\nawait policy.scale({ X })`,
      right: `${X}const policy = await load({ device })\nawait policy.scale({ X })`,
    },
  },
  ESP4807: {
    severity: 'error',
    title: 'kernel that WebGPU refuses',
    message: callProblems.ESP4807.message,
    explain:
      'Kernels are compiled so that every implementation of WebGPU takes them. When one does not, the compiler has a defect, or the shader was changed.',
    example: {
      kind: 'device',
      wrong: `${X}const source = new TextEncoder().encode('fn scale(')
const policy = await load({ device, source })\nawait policy.scale({ X })`,
      right: `${X}const policy = await load({ device })\nawait policy.scale({ X })`,
    },
  },
  ESP4808: {
    severity: 'error',
    title: 'result that WebAssembly does not confirm',
    message: callProblems.ESP4808.message,
    explain:
      'With `verify`, calls are repeated on an instance for WebAssembly. What is kept, masks and integers must be equal; other numbers may differ by a tolerance, because sums are taken in another order.',
    example: {
      kind: 'device',
      wrong: `${X}const policy = await load({ device, verify: another })\nawait policy.scale({ X })`,
      right: `${X}const policy = await load({ device, verify: same })\nawait policy.scale({ X })`,
    },
  },
})
