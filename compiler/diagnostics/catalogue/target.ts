/** Diagnostics ESP3xxx: limits of the compiler and of targets. */
import { defineDiagnostics } from '../define.ts'

export const target = defineDiagnostics({
  ESP3001: {
    severity: 'error',
    title: 'tensor larger than the target can hold',
    message: (p: { tensor: string; entry: string; shape: string; bytes: string; target: string; limit: string }) =>
      `\`${p.tensor}\` of \`${p.entry}\` is ${p.shape}, ${p.bytes} bytes; one buffer of target ${p.target} holds at most ${p.limit}`,
    help: () =>
      'leave out a size in `axes` and give the entry a part of the tensor per call, store it in a smaller dtype, or build for another target',
    explain:
      'Sizes that are pinned in `axes` are known when a policy is compiled, so a tensor that can never fit is refused then, and not when its memory is asked for. WebAssembly addresses 4 GiB with 32 bits; other targets have limits of their own. Sizes that are not pinned are checked at every call.',
    example: {
      kind: 'policy',
      wrong:
        'policy p {\n  axes out = block * row(131072), in = group * lane(16384)\n  entry e(W: f32[row, lane]) {\n    return mask: keep 50% of lane by abs(W)\n  }\n}',
      right:
        'policy p {\n  axes in = group * lane(16384)\n  entry e(W: f32[row, lane]) {\n    return mask: keep 50% of lane by abs(W)\n  }\n}',
    },
  },
})
