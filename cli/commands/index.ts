/** The commands in the order of the overview. Each is loaded when it is asked for, so that none pays for another. */
import type { Command } from '../command.ts'

export interface CommandEntry {
  readonly name: string
  readonly summary: string
  readonly load: () => Promise<Command>
}

export const commands: readonly CommandEntry[] = [
  { name: 'check', summary: 'Report what is wrong with policies.', load: async () => (await import('./check.ts')).check },
  {
    name: 'build',
    summary: 'Compile a policy: kernels, manifest and a typed host shim.',
    load: async () => (await import('./build.ts')).build,
  },
  { name: 'run', summary: 'Run an entry of a policy on tensors from files.', load: async () => (await import('./run.ts')).run },
  {
    name: 'explain',
    summary: 'Explain a diagnostic, or the plan of a policy.',
    load: async () => (await import('./explain.ts')).explain,
  },
  { name: 'list', summary: 'List the policies of the standard library.', load: async () => (await import('./list.ts')).list },
  {
    name: 'test',
    summary: 'Run the test blocks of policies on every target.',
    load: async () => (await import('./test.ts')).test,
  },
  {
    name: 'conform',
    summary: 'Run a corpus of cases and compare with its results.',
    load: async () => (await import('./conform.ts')).conform,
  },
  { name: 'new', summary: 'Start a policy: a file with a test.', load: async () => (await import('./new.ts')).newPolicy },
  { name: 'doctor', summary: 'Show what this machine can run.', load: async () => (await import('./doctor.ts')).doctor },
  {
    name: 'dev',
    summary: 'Run passes over a policy or IR text and print what they do.',
    load: async () => (await import('./dev.ts')).dev,
  },
  { name: 'fmt', summary: 'Format policies.', load: async () => (await import('./fmt.ts')).fmt },
  {
    name: 'bench',
    summary: 'Measure an entry: time, bytes, share of a plain copy.',
    load: async () => (await import('./bench.ts')).bench,
  },
  { name: 'lsp', summary: 'Serve an editor (Language Server Protocol).', load: async () => (await import('./lsp.ts')).lsp },
]
