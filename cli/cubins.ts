/** The kernels of a CUDA C file compiled by nvcc, one cubin for each kind of GPU. Throws ESP5314 when nvcc is missing or refuses. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cubinName } from '../abi/cubin-name.ts'
import { refuse } from './refusal.ts'

/** What NVRTC is given, too. */
const OPTIONS: readonly string[] = ['-cubin', '-std=c++17', '--fmad=false', '-DESPALIER_KERNELS_ONLY']

/** By the names that hosts look for. */
export async function compileCubins(
  artifact: string,
  source: Uint8Array<ArrayBuffer>,
  architectures: readonly string[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-nvcc-'))
  try {
    const input = join(folder, artifact)
    writeFileSync(input, source)
    const compiled = architectures.map(async (architecture) => {
      const output = join(folder, `${architecture}.cubin`)
      await nvcc([...OPTIONS, `-arch=${architecture}`, '-o', output, input], architecture)
      return [await cubinName(artifact, source, architecture), new Uint8Array(readFileSync(output))] as const
    })
    return new Map(await Promise.all(compiled))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function nvcc(args: readonly string[], architecture: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => {
      try {
        refuse('ESP5314', { architecture, reason })
      } catch (error) {
        reject(error)
      }
    }
    const child = spawn('nvcc', args, { stdio: ['ignore', 'ignore', 'pipe'] })
    let log = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => void (log += text))
    child.on('error', () => fail('nvcc is not on PATH'))
    child.on('close', (status) => {
      if (status === 0) resolve()
      else fail(log.trim().split('\n')[0] ?? `nvcc ended with status ${status}`)
    })
  })
}
