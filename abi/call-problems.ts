/**
 * What can go wrong when a compiled policy is loaded or called: one row per code, with the sentence and its fix. The compiler's
 * catalogue and every host take the words from here. Parameters named `axis`, `expected` and `got` become fields of the error.
 */
export interface CallProblem<P> {
  readonly message: (params: P) => string
  readonly help: (params: P) => string | null
}

const define = <P extends object>(rows: { readonly [Code in keyof P]: CallProblem<P[Code]> }): typeof rows => rows

const meant = (p: { near: string | null }): string | null => (p.near === null ? null : `did you mean \`${p.near}\`?`)
const list = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.map((name) => `\`${name}\``).join(', '))
const dims = (shape: readonly number[]): string => `[${shape.join(', ')}]`

export const callProblems = define({
  ESP4001: {
    message: (p: { path: string; expected: string; got: string }) =>
      `the manifest is not usable: ${p.path} should be ${p.expected}, not ${p.got}`,
    help: () => 'build the policy again; manifests are not meant to be edited',
  },
  ESP4002: {
    message: (p: { expected: number; got: string }) =>
      `the artifact was built for ABI version ${p.got}, but this host speaks version ${p.expected}`,
    help: () => 'build the policy and its host with the same version of espalier',
  },
  ESP4003: {
    message: (p: { what: string; reason: string }) => `${p.what} cannot be loaded: ${p.reason}`,
    help: () =>
      'give load() the bytes, a Response or a URL of the file that was built with this manifest, or a WebAssembly.Module of it',
  },
  ESP4004: {
    message: (p: { kernel: string; policy: string }) =>
      `the WebAssembly module has no kernel \`${p.kernel}\`, which the manifest of \`${p.policy}\` names`,
    help: () => 'the module and the manifest come from different builds: build the policy again',
  },
  ESP4101: {
    message: (p: { entry: string; policy: string; known: readonly string[]; near: string | null }) =>
      `policy \`${p.policy}\` has no entry \`${p.entry}\`; it has ${list(p.known)}`,
    help: meant,
  },
  ESP4102: {
    message: (p: { input: string; entry: string; axes: string }) =>
      `\`${p.entry}\` needs input \`${p.input}\` ${p.axes}, which is not given`,
    help: (p) => `pass { ${p.input}: … }`,
  },
  ESP4103: {
    message: (p: { input: string; entry: string; known: readonly string[]; near: string | null }) =>
      `\`${p.entry}\` has no input \`${p.input}\`; its inputs are ${list(p.known)}`,
    help: meant,
  },
  ESP4104: {
    message: (p: { param: string; policy: string; known: readonly string[]; near: string | null }) =>
      `\`${p.policy}\` has no parameter \`${p.param}\`; its parameters are ${list(p.known)}`,
    help: meant,
  },
  ESP4105: {
    message: (p: { param: string; policy: string }) =>
      `parameter \`${p.param}\` of \`${p.policy}\` has no default and is not set`,
    help: (p) => `pass { ${p.param}: … } with the call, or set it once for the instance`,
  },
  ESP4106: {
    message: (p: { param: string; expected: string; got: string }) =>
      `parameter \`${p.param}\` should be ${p.expected}, not ${p.got}`,
    help: () => null,
  },
  ESP4107: {
    message: (p: { what: string; expected: string; got: string }) =>
      `${p.what} is ${p.got}, but a ratio lies between 0 and 1 (0 % and 100 %)`,
    help: (p) =>
      /^\d+$/.test(p.got) && Number(p.got) <= 100 ? `write ${p.got} % as '${p.got}%' or ${Number(p.got) / 100}` : null,
  },
  ESP4108: {
    message: (p: { what: string; expected: string; got: string }) => `${p.what} is ${p.got}, but a count is ${p.expected}`,
    help: () => null,
  },
  ESP4109: {
    message: (p: { param: string; got: string; expected: string; near: string | null }) =>
      `parameter \`${p.param}\` is one of ${p.expected}, not ${p.got}`,
    help: meant,
  },
  ESP4201: {
    message: (p: { tensor: string; entry: string; expected: string; got: string }) =>
      `\`${p.tensor}\` is ${p.got}, but \`${p.entry}\` was compiled for ${p.expected}`,
    help: (p) =>
      [p.got, p.expected].every((dtype) => /^(f32|f16|bf16)$/.test(dtype))
        ? `convert \`${p.tensor}\`, or build the policy with --dtype ${p.tensor}=${p.got}`
        : `convert \`${p.tensor}\` to ${p.expected}`,
  },
  ESP4202: {
    message: (p: { tensor: string; got: string; expected: string }) =>
      `\`${p.tensor}\` is a ${p.got}, which may mean ${p.expected}`,
    help: (p) => `say which: { data, shape, dtype: '${p.expected.split(' or ')[0] ?? ''}' }`,
  },
  ESP4203: {
    message: (p: { tensor: string; expected: string; got: string }) => `\`${p.tensor}\` is ${p.got}, not ${p.expected}`,
    help: () => null,
  },
  ESP4204: {
    message: (p: { tensor: string; shape: readonly number[]; expected: number; got: number }) =>
      `\`${p.tensor}\` has shape ${dims(p.shape)}, which is ${p.expected} elements, but its data has ${p.got}`,
    help: () => null,
  },
  ESP4205: {
    message: (p: {
      tensor: string
      shape: readonly number[]
      entry: string
      axes: readonly string[]
      expected: number
      got: number
    }) => `\`${p.tensor}\` has shape ${dims(p.shape)}, but \`${p.entry}\` expects ${p.expected} axes: [${p.axes.join(', ')}]`,
    help: () => null,
  },
  ESP4206: {
    message: (p: { entry: string; got: string; expected: string }) =>
      `\`${p.entry}\` was not compiled for ${p.got}; it was compiled for ${p.expected}`,
    help: () => 'convert the inputs, or build the policy for these dtypes with --dtype',
  },
  ESP4207: {
    message: (p: { tensor: string; entry: string; expected: string; got: string }) =>
      `\`${p.tensor}\` is ${p.got}, but \`${p.entry}\` takes ${p.expected}`,
    help: (p) =>
      p.expected.startsWith('a dense') ? `pass ${p.tensor}.dense()` : `pass what an entry of this policy packed as ${p.expected}`,
  },
  ESP4208: {
    message: (p: { tensor: string; part: string; expected: string; got: string }) =>
      `\`${p.tensor}\` does not fit: its ${p.part} should be ${p.expected}, not ${p.got}`,
    help: () => 'pack it with the same parameters and axes as the entry that reads it expects',
  },
  ESP4209: {
    message: (p: { tensor: string; expected: string; got: string }) =>
      `the shape of \`${p.tensor}\` is ${p.got}, but extents are ${p.expected}`,
    help: () => null,
  },
  ESP4301: {
    message: (p: { axis: string; expected: number; got: number; first: string; second: string }) =>
      `axis \`${p.axis}\` is ${p.expected} in ${p.first} but ${p.got} in ${p.second}`,
    help: () => null,
  },
  ESP4302: {
    message: (p: { axis: string; owner: string; expected: string; got: number; factor: number; factors: string }) =>
      `axis \`${p.axis}\` is ${p.got} in ${p.owner}, which is not a multiple of ${p.factors} = ${p.factor}`,
    help: (p) => `pad or cut \`${p.axis}\` to a multiple of ${p.factor}`,
  },
  ESP4303: {
    message: (p: { axis: string; entry: string }) =>
      `the extent of axis \`${p.axis}\` of \`${p.entry}\` is not known: no input shows it`,
    help: (p) => `give it when the policy or the state is created: { sizes: { ${p.axis}: … } }`,
  },
  ESP4304: {
    message: (p: { first: string; second: string; expected: string; got: string }) =>
      `the extra leading axes are ${p.expected} in ${p.first} but ${p.got} in ${p.second}`,
    help: () => 'inputs that have extra leading axes must agree on them; inputs without are shared',
  },
  ESP4305: {
    message: (p: { entry: string; tensor: string; got: string; reason: string }) =>
      `\`${p.tensor}\` has extra leading axes ${p.got}, but \`${p.entry}\` cannot be mapped over them: ${p.reason}`,
    help: () => 'call it once for each slice',
  },
  ESP4306: {
    message: (p: { first: string; second: string; expected: number; got: number }) =>
      `axis \`${p.first}\` is ${p.expected} and \`${p.second}\` is ${p.got}, but one is read at positions of the other`,
    help: (p) => `give tensors whose \`${p.first}\` and \`${p.second}\` are equally long`,
  },
  ESP4307: {
    message: (p: { param: string; entry: string; axis: string; expected: number; got: number }) =>
      `\`${p.param}\` of \`${p.entry}\` is ${p.got}, but axis \`${p.axis}\` has ${
        p.expected === 0 ? 'no positions' : `the positions 0 to ${p.expected - 1}`
      }`,
    help: () => null,
  },
  ESP4401: {
    message: (p: { operation: string; reason: string }) =>
      `a number that the policy computes from its parameters is not defined: ${p.operation} ${p.reason}`,
    help: () => 'check the parameters and extents of this call',
  },
  ESP4402: {
    message: (p: { expected: string; got: string }) =>
      `a kernel needs ${p.expected}, but the parameters of this call make it ${p.got}`,
    help: () => null,
  },
  ESP4501: {
    message: (p: { what: string; bytes: number; used: number; limit: number }) =>
      `out of memory: ${p.what} needs ${size(p.bytes)}, with ${size(p.used)} of at most ${size(p.limit)} in use`,
    help: () => 'release tensors that are no longer needed, or process the input in parts',
  },
  ESP4502: {
    message: (p: { what: string; expected: string; got: string }) =>
      `${p.what} would be ${p.got}; WebAssembly memory ends at ${p.expected}`,
    help: () => 'process the input in parts',
  },
  ESP4503: {
    message: (p: { what: string }) => `${p.what} was released and cannot be used any more`,
    help: () => 'release tensors after their last use; data copied out with toFloat32() or data.slice() stays valid',
  },
  ESP4601: {
    message: (p: { state: string; policy: string; known: readonly string[]; near: string | null }) =>
      `\`${p.policy}\` has no state \`${p.state}\`; it has ${list(p.known)}`,
    help: meant,
  },
  ESP4602: {
    message: (p: { state: string; expected: string; got: string }) =>
      `the saved state \`${p.state}\` should be ${p.expected}, not ${p.got}`,
    help: () => null,
  },
  ESP4603: {
    message: (p: { policy: string }) => `the state given to this call was not made by this instance of \`${p.policy}\``,
    help: () => 'create it with policy.state(); use save() and restore() to carry values between instances',
  },
  ESP4604: {
    message: (p: { state: string; axis: string }) => `state \`${p.state}\` has no extent of axis \`${p.axis}\` yet`,
    help: (p) => `call an entry that shows \`${p.axis}\`, or give { sizes: { ${p.axis}: … } }`,
  },
  ESP4701: {
    message: (p: { kernel: string; reason: string }) => `kernel \`${p.kernel}\` stopped: ${p.reason}`,
    help: () => 'this is a defect of the compiler; the state is unchanged. Please report it with the policy and the shapes',
  },
  ESP4801: {
    message: (p: { policy: string; reason: string }) => `no WebGPU device for \`${p.policy}\`: ${p.reason}`,
    help: () =>
      'in a browser, use one with WebGPU on a page served by https or localhost; in Node, install the npm package `webgpu` and a Vulkan, Metal or D3D12 driver; or give load() a { device }',
  },
  ESP4802: {
    message: (p: { policy: string; reason: string }) => `the GPU device of \`${p.policy}\` was lost: ${p.reason}`,
    help: () => 'load the policy again, on a new device; values that were not read are gone',
  },
  ESP4803: {
    message: (p: { tensor: string; expected: string; got: string }) =>
      `the GPU buffer of \`${p.tensor}\` ${p.got}, but it must ${p.expected}`,
    help: () => null,
  },
  ESP4804: {
    message: (p: { feature: string; got: readonly string[] }) =>
      `the GPU adapter does not offer \`${p.feature}\`; it offers ${list(p.got)}`,
    help: () => 'leave features out, and what is offered is used',
  },
  ESP4805: {
    message: (p: { what: string; bytes: number; expected: number; limit: string }) =>
      `${p.what} needs ${size(p.bytes)}, and the limit \`${p.limit}\` of the GPU device is ${size(p.expected)}`,
    help: (p) =>
      `load the policy with { limits: 'adapter' }, or request the device with requiredLimits: { ${p.limit}: … }; else process the input in parts`,
  },
  ESP4806: {
    message: (p: { what: string; bytes: number; used: number }) =>
      `the GPU device is out of memory: ${p.what} needs ${size(p.bytes)}, with ${size(p.used)} in use by this instance`,
    help: () => 'release tensors that are no longer needed, or process the input in parts',
  },
  ESP4807: {
    message: (p: { kernel: string; reason: string; place: string }) =>
      `WebGPU refuses kernel \`${p.kernel}\`${p.place}: ${p.reason}`,
    help: () => 'this is a defect of the compiler; the state is unchanged. Please report it with the policy and the device',
  },
  ESP4808: {
    message: (p: { entry: string; tensor: string; got: string; expected: string; where: string }) =>
      `\`${p.tensor}\` of \`${p.entry}\` is ${p.got} on the GPU and ${p.expected} on WebAssembly${p.where}`,
    help: () => 'this is a defect of the compiler, or of the driver. Please report it with the policy, the inputs and the device',
  },
  ESP4901: {
    message: (p: { policy: string; reason: string }) => `no GPU with CUDA for \`${p.policy}\`: ${p.reason}`,
    help: () => 'CUDA needs an NVIDIA GPU with its driver, and the npm package `koffi`; `espalier doctor` shows what is there',
  },
  ESP4902: {
    message: (p: { policy: string; device: string; architecture: string; reason: string }) =>
      `the kernels of \`${p.policy}\` are not compiled for ${p.device} (${p.architecture}), and NVRTC, which would compile them, is not there: ${p.reason}`,
    help: (p) =>
      `name NVRTC in ESPALIER_LIBNVRTC, or compile the kernels with nvcc: espalier build … --target cuda --cubin ${p.architecture}`,
  },
  ESP4903: {
    message: (p: { tensor: string; expected: string; got: string }) =>
      `the device pointer of \`${p.tensor}\` ${p.got}, but it must ${p.expected}`,
    help: () => null,
  },
  ESP4904: {
    message: (p: { what: string; got: number; expected: number }) =>
      `${p.what} has ${p.got} elements, and kernels count to ${p.expected}`,
    help: () => 'process the input in parts',
  },
  ESP4905: {
    message: (p: { what: string; reason: string; isFatal: boolean }) => `${p.what} failed on the GPU: ${p.reason}`,
    help: (p) =>
      p.isFatal
        ? 'nothing can be done with this GPU until the process is started again. With CUDA_LAUNCH_BLOCKING=1 the kernel is known; please report it with the policy and the shapes'
        : 'the state is unchanged. Please report it with the policy, the shapes and the GPU',
  },
  ESP4906: {
    message: (p: { kernel: string; reason: string }) => `NVRTC refuses kernel \`${p.kernel}\`: ${p.reason}`,
    help: () =>
      'an NVRTC that is older than the GPU does not know it: name a newer one in ESPALIER_LIBNVRTC. Else this is a defect of the compiler; please report it with the policy',
  },
})

export type CallCode = keyof typeof callProblems & string
export type CallParams<C extends CallCode> = Parameters<(typeof callProblems)[C]['message']>[0]

/** Bytes for people: `1.5 GiB`. */
function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const
  let index = 0
  let value = bytes
  while (value >= 1024 && index < units.length - 1) {
    value /= 1024
    index++
  }
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${units[index] ?? ''}`
}
