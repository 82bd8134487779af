/** Diagnostics ESP53xx: what a command is asked to run: targets, entries, inputs, corpora, passes. */
import { defineDiagnostics } from '../define.ts'

const POLICY = 'policy p(r: ratio = 50%) { entry e(W: f32[row, col]) { return mask: keep r of col by abs(W) } }\n'
const TWO_ENTRIES = `policy p {
  entry a(W: f32[row, col]) { return mask: keep 1 of col by abs(W) }
  entry b(W: f32[row, col]) { return mask: drop 1 of col by abs(W) }
}
`
const CASE =
  '[{ "case": "half", "policy": "magnitude", "set": { "sparsity": 0.5 }, "calls": [{ "entry": "prune", "inputs": { "W": "w.npy" } }] }]'

const near = (suggestion: string | null, fallback: string): string =>
  suggestion === null ? fallback : `Did you mean \`${suggestion}\`?`

export const runs = defineDiagnostics({
  ESP5301: {
    severity: 'error',
    title: 'target that is not available',
    message: (p: { target: string; available: readonly string[] }) =>
      `target \`${p.target}\` is not available here; available: ${p.available.join(', ')}`,
    help: () => 'Run `espalier doctor` to see what this machine can run.',
    explain:
      'A target may be unknown, not built yet, or need hardware or a runtime that this machine lacks. The exit status is 3.',
    example: {
      kind: 'command',
      wrong: 'espalier run std:magnitude --entry prune --target abacus --in W=w.npy',
      right: 'espalier run std:magnitude --entry prune --target reference --in W=w.npy',
    },
  },
  ESP5302: {
    severity: 'error',
    title: 'entry that is not said',
    message: (p: { policy: string; entries: readonly string[] }) =>
      `policy \`${p.policy}\` has ${p.entries.length} entries; which one is meant?`,
    help: (p) => `Add \`--entry ${p.entries.join('` or `--entry ')}\`.`,
    explain: 'A policy with one entry runs that entry; with several, `--entry` says which.',
    example: {
      kind: 'command',
      wrong: 'espalier run two.prune --target reference --in W=w.npy',
      right: 'espalier run two.prune --entry a --target reference --in W=w.npy',
      files: { 'two.prune': TWO_ENTRIES },
    },
  },
  ESP5303: {
    severity: 'error',
    title: 'unknown entry',
    message: (p: { policy: string; entry: string; suggestion: string | null }) =>
      `policy \`${p.policy}\` has no entry \`${p.entry}\``,
    help: (p) => near(p.suggestion, 'Run `espalier list` or `espalier explain FILE` for the entries.'),
    explain: 'Entries are what a policy can be called for; their names are in its text.',
    example: {
      kind: 'command',
      wrong: 'espalier run std:magnitude --entry prone --target reference --in W=w.npy',
      right: 'espalier run std:magnitude --entry prune --target reference --in W=w.npy',
    },
  },
  ESP5304: {
    severity: 'error',
    title: 'input without a tensor',
    message: (p: { entry: string; input: string; type: string }) => `\`${p.entry}\` needs a tensor for \`${p.input}\`: ${p.type}`,
    help: (p) => `Add \`--in ${p.input}=FILE\`, or give a file that has a tensor of that name.`,
    explain:
      'Every input of the entry needs a tensor; `--in FILE` binds those whose names match, `--in NAME=FILE#TENSOR` binds one.',
    example: {
      kind: 'command',
      wrong: 'espalier run policy.prune --target reference',
      right: 'espalier run policy.prune --target reference --in W=w.npy',
      files: { 'policy.prune': POLICY },
    },
  },
  ESP5305: {
    severity: 'error',
    title: 'tensor for no input',
    message: (p: { entry: string; input: string; suggestion: string | null }) => `\`${p.entry}\` has no input \`${p.input}\``,
    help: (p) => near(p.suggestion, 'Run `espalier explain FILE` for the inputs.'),
    explain: 'A tensor that no input takes is most often a misspelt name.',
    example: {
      kind: 'command',
      wrong: 'espalier run policy.prune --target reference --in W=w.npy X=w.npy',
      right: 'espalier run policy.prune --target reference --in W=w.npy',
      files: { 'policy.prune': POLICY },
    },
  },
  ESP5306: {
    severity: 'error',
    title: 'malformed corpus',
    message: (p: { path: string; where: string; problem: string }) => `\`${p.path}\`: ${p.where}${p.problem}`,
    help: () => 'The format is described in docs/conform.md.',
    explain: 'A manifest of cases is a list of `{ case, policy, set, calls }`, or an object with that list under `cases`.',
    example: {
      kind: 'command',
      wrong: 'espalier conform corpus.json --target reference',
      right: 'espalier conform cases.json --target reference',
      files: { 'corpus.json': '[{ "case": 1 }]', 'cases.json': CASE },
    },
  },
  ESP5307: {
    severity: 'error',
    title: 'no case selected',
    message: (p: { only: string }) => `no case of the corpus matches \`--only ${p.only}\``,
    help: () => 'The pattern is matched against the whole name of a case; `*` stands for any text.',
    explain: 'A run of nothing would count as passed.',
    example: {
      kind: 'command',
      wrong: 'espalier conform cases.json --target reference --only "wandas*"',
      right: 'espalier conform cases.json --target reference --only "ha*"',
      files: { 'cases.json': CASE },
    },
  },
  ESP5308: {
    severity: 'error',
    title: 'file without a policy',
    message: (p: { path: string }) => `\`${p.path}\` declares no policy`,
    help: () => 'Files that only hold functions can be checked and used by others, not run or built.',
    explain: 'Building and running need a `policy`; a file of `fn` declarations alone is a library.',
    example: {
      kind: 'command',
      wrong: 'espalier run math.prune --target reference --in W=w.npy',
      right: 'espalier run policy.prune --target reference --in W=w.npy',
      files: { 'math.prune': 'fn double(x) = x * 2\n', 'policy.prune': POLICY },
    },
  },
  ESP5309: {
    severity: 'error',
    title: 'unknown pass',
    message: (p: { pass: string; suggestion: string | null }) => `there is no pass \`${p.pass}\``,
    help: (p) => near(p.suggestion, 'Run `espalier dev --help` for the list.'),
    explain: 'Passes are named by their record in `compiler/passes`; the name is the one that dumps show.',
    example: {
      kind: 'command',
      wrong: 'espalier dev std:magnitude --stop-after=inlin',
      right: 'espalier dev std:magnitude --stop-after=inline',
    },
  },
  ESP5310: {
    severity: 'error',
    title: 'unknown code or file',
    message: (p: { subject: string; suggestion: string | null }) => `\`${p.subject}\` is neither a diagnostic's code nor a file`,
    help: (p) => near(p.suggestion, 'Codes look like ESP1004; policies of the standard library like std:wanda.'),
    explain: '`espalier explain` has a page for every diagnostic and the plan of every policy.',
    example: { kind: 'command', wrong: 'espalier explain ESP9999', right: 'espalier explain ESP5310' },
  },
  ESP5311: {
    severity: 'error',
    title: 'several policies where one is expected',
    message: (p: { path: string; policies: readonly string[] }) =>
      `\`${p.path}\` declares ${p.policies.length} policies; which one is meant?`,
    help: (p) => `Add \`--policy ${p.policies.join('` or `--policy ')}\`.`,
    explain: 'One artefact, and one run, is of one policy.',
    example: {
      kind: 'command',
      wrong: 'espalier run both.prune --target reference --in W=w.npy',
      right: 'espalier run both.prune --policy p --target reference --in W=w.npy',
      files: { 'both.prune': POLICY + POLICY.replace('policy p', 'policy q') },
    },
  },
  ESP5312: {
    severity: 'error',
    title: 'unknown policy of a file',
    message: (p: { path: string; policy: string; suggestion: string | null }) =>
      `\`${p.path}\` declares no policy \`${p.policy}\``,
    help: (p) => near(p.suggestion, 'Run `espalier explain FILE` for what is in the file.'),
    explain: '`--policy` chooses one of the policies that the file declares.',
    example: {
      kind: 'command',
      wrong: 'espalier run policy.prune --policy pp --target reference --in W=w.npy',
      right: 'espalier run policy.prune --policy p --target reference --in W=w.npy',
      files: { 'policy.prune': POLICY },
    },
  },
  ESP5313: {
    severity: 'error',
    title: 'pass at the wrong level',
    message: (p: { pass: string; takes: string; level: string }) =>
      `pass \`${p.pass}\` takes modules of level ${p.takes}, and is given one of level ${p.level}`,
    help: () => 'Put the passes that lead there before it; without `--passes` the whole pipeline runs.',
    explain:
      'A module is at one of the levels policy, sparse and kernel. Most passes stay on one level; `fuse` and `lower` lead to the next.',
    example: {
      kind: 'command',
      wrong: 'espalier dev std:magnitude --passes lower',
      right: 'espalier dev std:magnitude --passes inline,canonicalize',
    },
  },
  ESP5314: {
    severity: 'error',
    title: 'kernels that nvcc does not compile',
    message: (p: { architecture: string; reason: string }) =>
      `the kernels are not compiled for \`${p.architecture}\`: ${p.reason}`,
    help: () => 'Name GPUs as nvcc does, such as sm_90; without `--cubin` no compiler is needed.',
    explain:
      'A cubin is made by nvcc, which comes with the CUDA toolkit and has to be on PATH. `nvcc --list-gpu-code` names the GPUs that it compiles for; kernels need sm_80 or later. Where the machine that runs them has NVRTC, no cubin is needed.',
    example: {
      kind: 'command',
      wrong: 'espalier build std:magnitude --target cuda --cubin sm_1 --out built',
      right: 'espalier build std:magnitude --target cuda --out built',
    },
  },
})
