/** What `run` and `bench` are given for an entry: which one, its tensors from files, its state, extents. */
import { nearMiss } from '../abi/near-miss.ts'
import type { EntrySignature, TensorInput } from '../compiler/frontend/check/signature.ts'
import { pairs, type Arguments } from './arguments.ts'
import type { Program } from './program.ts'
import { refuse } from './refusal.ts'
import type { DenseTensor, RunTensor, RunTensors } from './runner.ts'
import { parseReference, type TensorFiles, type TensorReference } from './tensor-reference.ts'

export function chosenEntry({ signature }: Program, wanted: string | null): EntrySignature {
  const { entries, name } = signature
  const names = entries.map((entry) => entry.name)
  const [only] = entries
  if (wanted === null)
    return entries.length === 1 && only !== undefined ? only : refuse('ESP5302', { policy: name, entries: names })
  const found = entries.find((entry) => entry.name === wanted)
  return found ?? refuse('ESP5303', { policy: name, entry: wanted, suggestion: nearMiss(wanted, names) })
}

/** A tensor for every input; refused (ESP5304) when there is none for one. */
export function bindInputs(entry: EntrySignature, words: readonly string[], files: TensorFiles): RunTensors {
  const bound = givenInputs(entry, words, files)
  for (const input of entry.inputs) if (input.kind === 'tensor' && bound[input.name] === undefined) refuseMissing(entry, input)
  return bound
}

export const refuseMissing = (entry: EntrySignature, input: TensorInput): never =>
  refuse('ESP5304', { entry: entry.name, input: input.name, type: typeText(input) })

/** The tensors that there are. */
export function givenInputs(entry: EntrySignature, words: readonly string[], files: TensorFiles): RunTensors {
  const inputs = entry.inputs.filter((input) => input.kind === 'tensor')
  const names = inputs.map((input) => input.name)
  const named = new Map<string, TensorReference>()
  const whole: string[] = []
  for (const word of words) {
    const [, name, reference = ''] = /^([A-Za-z_]\w*)=(.*)$/s.exec(word) ?? []
    if (name === undefined) whole.push(word)
    else if (!names.includes(name)) refuse('ESP5305', { entry: entry.name, input: name, suggestion: nearMiss(name, names) })
    else named.set(name, parseReference(reference))
  }
  const bound: Record<string, RunTensor> = {}
  for (const input of inputs) {
    const reference = named.get(input.name) ?? fileWith(input.name, whole, files)
    if (reference !== null) bound[input.name] = files.read(reference, input.name)
  }
  return bound
}

function fileWith(name: string, whole: readonly string[], files: TensorFiles): TensorReference | null {
  const file = whole.find((path) => files.has(path, name))
  return file === undefined ? null : { text: `${file}#${name}`, file, tensor: name, leading: [] }
}

const typeText = ({ dtype, axes, format }: TensorInput): string =>
  `${format === null ? '' : `${format.kind} `}${dtype}[${axes.join(', ')}]`

export function readState(path: string, files: TensorFiles): Record<string, DenseTensor> {
  const states = files
    .open(path)
    .names.map((name) => [name, files.read({ text: `${path}#${name}`, file: path, tensor: name, leading: [] }, name)] as const)
  return Object.fromEntries(states) as Record<string, DenseTensor>
}

export function sizesOf(args: Arguments): Record<string, number> {
  const expected = 'AXIS=EXTENT with a whole number'
  return Object.fromEntries(
    pairs('--sizes', args.list('sizes'), expected).map(([axis, text]) => {
      if (!/^\d{1,15}$/.test(text)) refuse('ESP5006', { option: '--sizes', value: `${axis}=${text}`, expected })
      return [axis, Number(text)]
    }),
  )
}
