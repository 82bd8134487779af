/** Diagnostics ESP51xx: files that cannot be read or written, whatever is in them. */
import { defineDiagnostics } from '../define.ts'

const POLICY = 'policy p(r: ratio = 50%) { entry e(W: f32[row, col]) { return mask: keep r of col by abs(W) } }\n'

export const plainFiles = defineDiagnostics({
  ESP5101: {
    severity: 'error',
    title: 'file that does not exist',
    message: (p: { path: string; suggestion: string | null }) => `there is no file \`${p.path}\``,
    help: (p) => (p.suggestion === null ? 'Paths are relative to the current folder.' : `Did you mean \`${p.suggestion}\`?`),
    explain: 'Files are looked up relative to the current folder. A policy of the standard library is written `std:NAME`.',
    example: {
      kind: 'command',
      wrong: 'espalier check polcy.prune',
      right: 'espalier check policy.prune',
      files: { 'policy.prune': POLICY },
    },
  },
  ESP5102: {
    severity: 'error',
    title: 'folder where a file is expected',
    message: (p: { path: string }) => `\`${p.path}\` is a folder; a file is expected here`,
    explain: 'Policies and tensor files are read one by one. For a sharded model give its `*.safetensors.index.json`.',
    example: {
      kind: 'command',
      wrong: 'espalier check folder',
      right: 'espalier check folder/policy.prune',
      files: { 'folder/policy.prune': POLICY },
    },
  },
  ESP5103: {
    severity: 'error',
    title: 'file that cannot be read',
    message: (p: { path: string; reason: string }) => `\`${p.path}\` cannot be read: ${p.reason}`,
    explain: 'The operating system refused to open or read the file, or it is not a plain file.',
    example: {
      kind: 'command',
      wrong: 'espalier run std:magnitude --entry prune --target reference --in W=/dev/null',
      right: 'espalier run std:magnitude --entry prune --target reference --in W=w.npy',
    },
  },
  ESP5104: {
    severity: 'error',
    title: 'output that cannot be written',
    message: (p: { path: string; reason: string }) => `\`${p.path}\` cannot be written: ${p.reason}`,
    help: () => 'Nothing was left half-written: every file is written aside and renamed when it is complete.',
    explain:
      'The folder does not exist and cannot be made, is read-only, full, or something else stands where the output should go. ' +
      'Outputs are written aside and renamed, so a failure never leaves a half-written file.',
    example: {
      kind: 'command',
      wrong: 'espalier build std:magnitude --target wasm --out w.npy/out',
      right: 'espalier build std:magnitude --target wasm --out out',
    },
  },
  ESP5105: {
    severity: 'error',
    title: 'text that is not UTF-8',
    message: (p: { path: string; offset: number }) => `\`${p.path}\` is not UTF-8 text: byte ${p.offset} does not belong there`,
    help: () => 'Save the file as UTF-8, or check that it is the file you meant.',
    explain: 'Policies and manifests are UTF-8. Guessing another encoding would let the same bytes mean different programs.',
    example: {
      kind: 'command',
      wrong: 'espalier check w.npy',
      right: 'espalier check policy.prune',
      files: { 'policy.prune': POLICY },
    },
  },
  ESP5106: {
    severity: 'error',
    title: 'data that does not fit in memory',
    message: (p: { what: string; bytes: number; available: number }) =>
      `${p.what} needs ${mebibytes(p.bytes)} of memory and ${mebibytes(p.available)} can be had`,
    help: () =>
      'Take a slice of the tensor (`file#tensor[0]`), store it in a smaller dtype, or run on a machine with more memory.',
    explain:
      'Tensors are loaded whole, and a WebAssembly memory ends at 4 GiB. The sizes are known from the headers, so this is said ' +
      'before anything is loaded.',
    example: {
      kind: 'command',
      wrong: 'espalier run std:magnitude --entry prune --target reference --in W=enormous.npy',
      right: 'espalier run std:magnitude --entry prune --target reference --in W=w.npy',
    },
  },
  ESP5107: {
    severity: 'error',
    title: 'file that would be overwritten',
    message: (p: { path: string }) => `\`${p.path}\` is already there and is left as it is`,
    help: () => 'Choose another name, or move the file away.',
    explain: '`espalier new` starts something; it never replaces what somebody wrote.',
    example: {
      kind: 'command',
      wrong: 'espalier new mine',
      right: 'espalier new another',
      files: { 'mine.prune': POLICY },
    },
  },
  ESP5108: {
    severity: 'error',
    title: 'unknown policy of the standard library',
    message: (p: { name: string; suggestion: string | null }) => `the standard library has no policy \`${p.name}\``,
    help: (p) => (p.suggestion === null ? 'Run `espalier list` for all of them.' : `Did you mean \`std:${p.suggestion}\`?`),
    explain: '`std:NAME` stands for a policy that comes with Espalier; `espalier list` shows them.',
    example: { kind: 'command', wrong: 'espalier check std:magnitud', right: 'espalier check std:magnitude' },
  },
  ESP5109: {
    severity: 'error',
    title: 'name that cannot be a policy',
    message: (p: { name: string }) => `\`${p.name}\` cannot be the name of a policy`,
    help: () => 'Use letters, digits and `_`, starting with a letter, and no word of the language; `-` becomes `_`.',
    explain: 'The name becomes both the file name and the name of the policy in it.',
    example: { kind: 'command', wrong: 'espalier new 2of4', right: 'espalier new two_of_four' },
  },
})

function mebibytes(bytes: number): string {
  if (bytes >= 2 ** 40) return `${(bytes / 2 ** 40).toFixed(1)} TiB`
  return bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : `${Math.ceil(bytes / 2 ** 20)} MiB`
}
