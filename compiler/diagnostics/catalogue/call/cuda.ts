/** Diagnostics ESP49xx: policies on CUDA. */
import { callProblems } from '../../../../abi/call-problems.ts'
import { defineDiagnostics } from '../../define.ts'

const X = 'const X = { data: new Float32Array(4), shape: [1, 4] }\n'

export const cuda = defineDiagnostics({
  ESP4901: {
    severity: 'error',
    title: 'no GPU with CUDA',
    message: callProblems.ESP4901.message,
    explain:
      "A policy for CUDA calls NVIDIA's driver, `libcuda.so.1`, through the npm package `koffi`. Both are looked for when a policy is loaded, and not before. GPUs are numbered from 0 in the order of the driver, of which `CUDA_VISIBLE_DEVICES` shows a part.",
    example: { kind: 'cuda', wrong: 'await load({ device: 7 })', right: 'await load({ device: 0 })' },
  },
  ESP4902: {
    severity: 'error',
    title: 'no compiler for kernels on CUDA',
    message: callProblems.ESP4902.message,
    explain:
      'Kernels are CUDA C. NVRTC, a library of the CUDA toolkit, compiles those that are needed for the GPU that is there, each in the form that fits. Where it is not installed, `espalier build --cubin sm_90` has nvcc compile all of them for one kind of GPU into a cubin, which is found beside the kernels, or given to `load`.',
    example: {
      kind: 'cuda',
      wrong: `${X}process.env.ESPALIER_LIBNVRTC = 'libnothing.so'\nconst policy = await load()\nawait policy.scale({ X })`,
      right: `${X}process.env.ESPALIER_LIBNVRTC = 'libnothing.so'\nconst policy = await load({ cubin })\nawait policy.scale({ X })`,
    },
  },
  ESP4903: {
    severity: 'error',
    title: 'device pointer that cannot be an input',
    message: callProblems.ESP4903.message,
    explain:
      'Kernels read the memory where it is. It must have been allocated on the GPU of the policy, begin at a multiple of 16 bytes and hold all elements of its shape, without gaps.',
    example: {
      kind: 'cuda',
      wrong: "const policy = await load()\nawait policy.scale({ X: { pointer: 0x7f0000000010n, shape: [1, 4], dtype: 'f32' } })",
      right: `${X}const policy = await load()\nconst { Y } = await policy.scale({ X })\nawait policy.scale({ X: { pointer: Y.pointer, shape: [1, 4], dtype: 'f32' } })`,
    },
  },
  ESP4904: {
    severity: 'error',
    title: 'more elements than a kernel can count',
    message: callProblems.ESP4904.message,
    explain:
      'Kernels on CUDA number the elements of a buffer with 32 bits, as far as 2147483647 elements. Extra leading axes do not count: an entry runs once for each of their indices.',
    example: {
      kind: 'cuda',
      wrong:
        "const policy = await load()\nconst pointer = reserve(2 ** 33)\nawait policy.scale({ X: { pointer, shape: [2 ** 16, 2 ** 15], dtype: 'f32' } })",
      right:
        "const policy = await load()\nconst pointer = reserve(2 ** 33)\nawait policy.scale({ X: { pointer, shape: [2, 2], dtype: 'f32' } })",
    },
  },
  ESP4905: {
    severity: 'error',
    title: 'work that failed on the GPU',
    message: callProblems.ESP4905.message,
    explain:
      'The driver reports what a kernel did when something waits for it, so the message may name several that ran since. After a fault the driver refuses everything else that the process asks of this GPU; the instance and its tensors are lost. Kernels do not fault on anything that a call lets through: the compiler has a defect, or memory of the caller was freed too early.',
    example: {
      kind: 'cuda',
      wrong: `${X}const policy = await load({ source: trapping })\nconst { Y } = await policy.scale({ X })\nawait Y.data()`,
      right: `${X}const policy = await load()\nconst { Y } = await policy.scale({ X })\nawait Y.data()`,
    },
  },
  ESP4906: {
    severity: 'error',
    title: 'kernel that NVRTC refuses',
    message: callProblems.ESP4906.message,
    explain:
      'Kernels compile without warnings for GPUs from compute capability 8.0 on. When one does not, NVRTC is older than the GPU, the compiler has a defect, or the file was changed.',
    example: {
      kind: 'cuda',
      wrong: `${X}const policy = await load({ source: new TextEncoder().encode('void scale(') })\nawait policy.scale({ X })`,
      right: `${X}const policy = await load()\nawait policy.scale({ X })`,
    },
  },
})
