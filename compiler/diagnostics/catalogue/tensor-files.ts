/** Diagnostics ESP52xx: .npy, .npz and .safetensors files that are broken, lie about their content, or hold what cannot be used. */
import { defineDiagnostics } from '../define.ts'

const run = (binding: string): string => `espalier run std:magnitude --entry prune --target reference --in ${binding}`

export const tensorFiles = defineDiagnostics({
  ESP5201: {
    severity: 'error',
    title: 'file that is no tensor file',
    message: (p: { path: string }) => `\`${p.path}\` is neither .npy, .npz nor .safetensors`,
    help: () => 'The content decides, not the ending; convert the file with numpy.save or safetensors.',
    explain:
      'The first bytes of the file match none of the formats that can be read: NumPy arrays and archives, and safetensors (sharded too).',
    example: { kind: 'command', wrong: run('W=text.txt'), right: run('W=w.npy'), files: { 'text.txt': 'not a tensor at all\n' } },
  },
  ESP5202: {
    severity: 'error',
    title: 'truncated file',
    message: (p: { path: string; what: string; needed: number; have: number }) =>
      `\`${p.path}\` ends too early: ${p.what} needs ${p.needed} bytes and ${p.have} are there`,
    help: () => 'The download or copy was probably interrupted; fetch the file again.',
    explain: 'Sizes in a header are checked against the size of the file before any tensor is read.',
    example: { kind: 'command', wrong: run('W=truncated.npy'), right: run('W=w.npy') },
  },
  ESP5203: {
    severity: 'error',
    title: 'malformed header',
    message: (p: { path: string; problem: string }) => `the header of \`${p.path}\` is malformed: ${p.problem}`,
    help: () => 'The file is damaged or was written by a faulty program; write it again.',
    explain: 'A header that cannot be understood completely is not understood at all: guessing would give numbers nobody stored.',
    example: { kind: 'command', wrong: run('W=malformed.npy'), right: run('W=w.npy') },
  },
  ESP5204: {
    severity: 'error',
    title: 'header that contradicts the data',
    message: (p: { path: string; tensor: string; problem: string }) => `tensor \`${p.tensor}\` of \`${p.path}\`: ${p.problem}`,
    help: () => 'The file is damaged or was written by a faulty program; write it again.',
    explain:
      'Shape, dtype and byte range of a tensor must agree with each other and with the file; ranges may neither overlap nor leave ' +
      'bytes unaccounted for.',
    example: { kind: 'command', wrong: run('W=lying.safetensors#W'), right: run('W=w.safetensors#W') },
  },
  ESP5205: {
    severity: 'error',
    title: 'name that occurs twice',
    message: (p: { path: string; name: string }) => `\`${p.path}\` has two entries named \`${p.name}\``,
    help: () => 'Write the file again with distinct names.',
    explain: 'Which of the two was meant cannot be known, and readers differ in the one they take.',
    example: { kind: 'command', wrong: run('W=twice.safetensors#W'), right: run('W=w.safetensors#W') },
  },
  ESP5206: {
    severity: 'error',
    title: 'dtype that cannot be read',
    message: (p: { path: string; tensor: string; dtype: string }) =>
      `tensor \`${p.tensor}\` of \`${p.path}\` has dtype ${p.dtype}, which cannot be read`,
    help: () =>
      'Convert it to f32, f16, bf16, i32, u32, i8, u8 or bool. f64 and other integers are converted when their values fit.',
    explain: 'The language has f32, f16, bf16, i32, u32, u8, i8 and bool. Complex numbers, texts and records are none of these.',
    example: { kind: 'command', wrong: run('W=complex.npy'), right: run('W=w.npy') },
  },
  ESP5207: {
    severity: 'error',
    title: 'integer out of range',
    message: (p: { path: string; tensor: string; index: number; value: string; dtype: string }) =>
      `element ${p.index} of \`${p.tensor}\` in \`${p.path}\` is ${p.value}, which ${p.dtype} cannot hold`,
    help: () => 'Store the values as 32-bit integers or as floating-point numbers.',
    explain: '64-bit integers are read as 32-bit ones when every value fits; nothing is wrapped or rounded silently.',
    example: { kind: 'command', wrong: run('W=wide.npy'), right: run('W=w.npy') },
  },
  ESP5208: {
    severity: 'error',
    title: 'tensor that is not in the file',
    message: (p: { path: string; name: string; suggestion: string | null }) => `\`${p.path}\` has no tensor \`${p.name}\``,
    help: (p) => (p.suggestion === null ? null : `Did you mean \`${p.suggestion}\`?`) ?? 'Names are compared exactly.',
    explain: 'A tensor is named `file#tensor`; without `#tensor` the file must hold one tensor, or one of the name of the input.',
    example: { kind: 'command', wrong: run('W=w.safetensors#w'), right: run('W=w.safetensors#W') },
  },
  ESP5209: {
    severity: 'error',
    title: 'malformed tensor reference',
    message: (p: { reference: string; problem: string }) => `\`${p.reference}\` names no tensor: ${p.problem}`,
    help: () => 'Write `file`, `file#tensor` or `file#tensor[0]`, where `[i]` takes one slice of the first axis.',
    explain: 'References are `file#tensor`, with `[i]` for one slice of the first axis; several of them go deeper.',
    example: { kind: 'command', wrong: run('W=stack.npy[9]'), right: run('W=stack.npy[1]') },
  },
  ESP5210: {
    severity: 'error',
    title: 'several tensors for one .npy file',
    message: (p: { path: string; count: number }) => `\`${p.path}\` would hold ${p.count} tensors; a .npy file holds one`,
    help: () => 'Write a .safetensors or .npz file, or a folder.',
    explain:
      'The ending of `--out` chooses the format: .safetensors and .npz hold many tensors, .npy one, a folder one .npy file each.',
    example: {
      kind: 'command',
      wrong: 'espalier run std:mustafar --entry compress --target reference --in K=k.npy V=k.npy --out o.npy',
      right: 'espalier run std:mustafar --entry compress --target reference --in K=k.npy V=k.npy --out o.safetensors',
    },
  },
  ESP5211: {
    severity: 'error',
    title: 'checksum that does not match',
    message: (p: { path: string; name: string }) => `\`${p.name}\` in \`${p.path}\` is damaged: its checksum does not match`,
    help: () => 'The download or copy was probably damaged; fetch the file again.',
    explain: 'Archives (.npz) carry a CRC-32 of every member, which is checked when the member is read whole.',
    example: { kind: 'command', wrong: run('W=damaged.npz#W'), right: run('W=w.npz#W') },
  },
  ESP5212: {
    severity: 'warning',
    title: 'values converted on reading',
    message: (p: { path: string; tensor: string; from: string; to: string }) =>
      `tensor \`${p.tensor}\` of \`${p.path}\` is ${p.from} and was converted to ${p.to}`,
    help: (p) => `Store it as ${p.to} to read it without a copy.`,
    explain:
      'The language has no 64-bit dtypes. f64 is rounded to f32, which may change the order of values that are nearly equal.',
    example: { kind: 'command', wrong: run('W=double.npy'), right: run('W=w.npy') },
  },
})
