/** nvcc for tests: compiles CUDA C for GPUs that need not be there, warnings being errors, and says what kernels take of one. */
import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeWhere } from './describe-where.ts'

const missing = spawnSync('nvcc', ['--version']).status === 0 ? null : 'no nvcc: install the CUDA toolkit, 12 or later'

/** `describe` for tests that need nvcc. */
export const describeNvcc = (title: string, body: () => void): void => describeWhere(missing, title, body)

/** What a kernel takes: registers of a thread, bytes of its stack and of spilled registers, bytes of shared memory of a block. */
export interface Resources {
  readonly registers: number
  readonly stack: number
  readonly spilled: number
  readonly shared: number
}

type Architecture = 'sm_80' | 'sm_90'

/** The entry points that a module has, in its order: kernels of threads, and each with its variants those of teams. */
export function entriesOf(source: string): {
  readonly threads: readonly string[]
  readonly teams: ReadonlyMap<string, readonly string[]>
} {
  const threads = [...source.matchAll(/^#if .*defined\(ESPALIER_(\w+)\)$/gm)].map(([, name]) => name as string)
  const teams = new Map<string, string[]>()
  for (const [, kernel, variant] of source.matchAll(/^ESPALIER_(\w+)\((\w+)\)$/gm)) {
    const variants = teams.get(kernel as string) ?? []
    teams.set(kernel as string, [...variants, variant as string])
  }
  return { threads, teams }
}

/** The definitions that leave the kernels of threads and of those of teams what `choose` gives. */
export function definitions(source: string, choose: (variants: readonly string[]) => readonly string[]): readonly string[] {
  const { threads, teams } = entriesOf(source)
  const chosen = [...teams].flatMap(([kernel, variants]) => choose(variants).map((variant) => `ESPALIER_${kernel}(${variant})`))
  return [`-DESPALIER_ONLY=${chosen.join(' ')}`, ...threads.map((name) => `-DESPALIER_${name}`)]
}

/** What kernels take, by entry point; nothing with `-ptx`, which is as far as warnings go. Rejects with what nvcc says. */
export async function compileCuda(
  source: string,
  architecture: Architecture,
  options: readonly string[],
  result: '-ptx' | '-cubin',
): Promise<ReadonlyMap<string, Resources>> {
  const folder = mkdtempSync(join(tmpdir(), 'nvcc-'))
  try {
    const file = join(folder, 'policy.cu')
    writeFileSync(file, source)
    const fixed = [result, '--fmad=false', '-Werror', 'all-warnings', '-Xptxas', '-v', '-o', join(folder, 'policy.out')]
    return resourcesOf(await run('nvcc', [...fixed, `-arch=${architecture}`, ...options, file]))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Puts files into one library: rejects when two of them define the same. */
export async function linkCuda(files: Readonly<Record<string, string>>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'nvcc-'))
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
    const sources = Object.keys(files).filter((name) => name.endsWith('.cu'))
    const fixed = ['-shared', '-Xcompiler', '-fPIC', '-Werror', 'all-warnings', '-arch=sm_80', '-o', join(folder, 'both.so')]
    await run('nvcc', [...fixed, ...sources.map((name) => join(folder, name))])
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const LONGEST_MS = 280_000

const run = (command: string, args: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(command, args, { encoding: 'utf8', maxBuffer: 2 ** 26, timeout: LONGEST_MS }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout + stderr)
      else reject(new Error(error.killed === true ? `${command} was not done after ${LONGEST_MS} ms` : stdout + stderr))
    })
  })

function resourcesOf(report: string): ReadonlyMap<string, Resources> {
  const number = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? 0)
  return new Map(
    report.split(/Compiling entry function '/).slice(1).map((text) => [
      text.slice(0, text.indexOf("'")),
      {
        registers: number(text, /Used (\d+) registers/),
        stack: number(text, /(\d+) bytes stack frame/),
        spilled: number(text, /(\d+) bytes spill stores/),
        shared: number(text, /(\d+) bytes smem/),
      },
    ]),
  ) // prettier-ignore
}
