/** Runs one case of a corpus on one target and compares what it says to expect. */
import { existsSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { stackTensors } from '../files/stack.ts'
import { refuse, Refusal } from '../refusal.ts'
import { rejectionOf } from '../rejected.ts'
import { denseOf, type Runner, type RunTensor, type RunTensors } from '../runner.ts'
import { parseReference, type TensorFiles } from '../tensor-reference.ts'
import { compareTensors, indexText } from './compare.ts'
import type { CorpusCase, Reference } from './corpus.ts'

export interface Failure {
  readonly call: number
  readonly tensor: string | null
  readonly what: string
  /** Index of the first difference, as text, and how many elements differ. */
  readonly first: string | null
  readonly count: number
  readonly size: number
}

export interface CaseFiles {
  /** Of the manifest, then every `--data`. */
  readonly folders: readonly string[]
  readonly files: TensorFiles
}

export const foldersFor = (manifest: string, data: readonly string[]): readonly string[] => [dirname(manifest), ...data]

/** Empty when the case passes. A refusal by the policy or a file is a failure of the case, not of the corpus. */
export async function runCase(corpusCase: CorpusCase, runner: Runner, where: CaseFiles): Promise<readonly Failure[]> {
  const results: RunTensors[] = []
  const failures: Failure[] = []
  let at = 0
  try {
    runner.set(corpusCase.set)
    for (const call of corpusCase.calls) {
      const inputs = Object.entries(call.inputs).map(
        ([name, reference]) => [name, resolve(reference, name, results, where)] as const,
      )
      const outputs = await runner.call(call.entry, Object.fromEntries(inputs), call.args)
      results.push(outputs)
      for (const [name, reference] of Object.entries(call.expect)) {
        const failure = compareOne(
          corpusCase,
          at,
          name,
          resolve(reference, name, results, where),
          outputs[name] ?? (await stateOf(runner, name)),
        )
        if (failure !== null) failures.push(failure)
      }
      at++
    }
  } catch (error) {
    const message = refusalText(error)
    if (message === null) throw error
    failures.push({ call: at, tensor: null, what: message, first: null, count: 0, size: 0 })
  }
  return failures
}

const stateOf = async (runner: Runner, name: string): Promise<RunTensor | null> =>
  runner.policy.states.some((state) => state.name === name) ? runner.state(name) : null

/** The first problem of a refusal, or null when the exception is none. */
function refusalText(error: unknown): string | null {
  const diagnostic =
    error instanceof Refusal ? error.diagnostic : rejectionOf(error)?.diagnostics.find(({ severity }) => severity === 'error')
  return diagnostic === undefined ? null : `${diagnostic.code}: ${diagnostic.message}`
}

function compareOne(
  { margin, rtol }: CorpusCase,
  call: number,
  tensor: string,
  expected: RunTensor,
  got: RunTensor | null,
): Failure | null {
  if (got === null) return { call, tensor, what: 'there is no such output or state', first: null, count: 0, size: 0 }
  const wanted = denseOf(expected)
  const mismatch = compareTensors(wanted, denseOf(got), { margin, rtol })
  if (mismatch === null) return null
  const first = mismatch.first === null ? null : indexText(mismatch.first, wanted.shape)
  return { call, tensor, what: mismatch.what, first, count: mismatch.count, size: wanted.data.length }
}

function resolve(reference: Reference, name: string, results: readonly RunTensors[], where: CaseFiles): RunTensor {
  if (typeof reference !== 'string')
    return stackTensors(
      reference.map((item) => denseOf(resolve(item, name, results, where))),
      name,
    )
  const [, call, output] = /^@(\d+)\.(\w+)$/.exec(reference) ?? []
  if (call !== undefined && output !== undefined) {
    const problem = `call ${call} has no output \`${output}\` at this point`
    return results[Number(call)]?.[output] ?? refuse('ESP5209', { reference, problem })
  }
  const parsed = parseReference(reference)
  return where.files.read({ ...parsed, file: locate(parsed.file, where.folders) }, name)
}

function locate(file: string, folders: readonly string[]): string {
  if (isAbsolute(file)) return file
  const paths = folders.map((folder) => join(folder, file))
  return paths.find((path) => existsSync(path)) ?? paths[0]!
}
