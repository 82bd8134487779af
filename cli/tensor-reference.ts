/** `file#tensor[0]`: which tensor of which file, and which slice of its first axes. Files are opened once and read lazily. */
import { dtypeBytes } from '../abi/dtype.ts'
import type { Diagnostic } from '../compiler/diagnostics/diagnostic.ts'
import { readPacked } from './files/packed-file.ts'
import type { TensorFile } from './files/stored-tensor.ts'
import { elementCount } from './files/tensor.ts'
import { openTensorFile, readTensor, storedTensor } from './files/tensor-file.ts'
import { diagnose, refuse } from './refusal.ts'
import { dense, type RunTensor } from './runner.ts'

export interface TensorReference {
  readonly text: string
  readonly file: string
  /** Null: the only tensor of the file, or the one of the name that is asked for. */
  readonly tensor: string | null
  readonly leading: readonly number[]
}

export function parseReference(text: string): TensorReference {
  const [, body = '', slices = ''] = /^(.*?)((?:\[[^\]]*\])*)$/s.exec(text) ?? []
  const leading = [...slices.matchAll(/\[([^\]]*)\]/g)].map(([, index = '']) => indexOf(text, index))
  const hash = body.indexOf('#')
  const file = hash < 0 ? body : body.slice(0, hash)
  const tensor = hash < 0 ? null : body.slice(hash + 1)
  if (file === '') refuse('ESP5209', { reference: text, problem: 'the file is missing' })
  if (tensor === '') refuse('ESP5209', { reference: text, problem: 'the name after `#` is missing' })
  return { text, file, tensor, leading }
}

function indexOf(reference: string, index: string): number {
  return /^\d{1,15}$/.test(index) ? Number(index) : refuse('ESP5209', { reference, problem: `\`[${index}]\` is no index` })
}

/** Opens files as they are asked for. */
export class TensorFiles {
  private readonly files = new Map<string, TensorFile>()
  private readonly noted = new Map<string, Diagnostic>()
  private readonly largest: number

  /** `largest` is the most bytes of one tensor that its user can take: said before the tensor is read. */
  constructor(largest = Infinity) {
    this.largest = largest
  }

  /** Conversions that reading made, as warnings. */
  get notes(): readonly Diagnostic[] {
    return [...this.noted.values()]
  }

  open(path: string): TensorFile {
    const known = this.files.get(path)
    if (known !== undefined) return known
    const file = openTensorFile(path)
    this.files.set(path, file)
    return file
  }

  /** `wanted` is the name of the input: what a file with several tensors is asked for when the reference names none. */
  read({ text, file: path, tensor, leading }: TensorReference, wanted: string): RunTensor {
    const file = this.open(path)
    const [only, ...others] = file.names
    const name = tensor ?? (only !== undefined && others.length === 0 ? only : wanted)
    const packed = readPacked(file, name)
    if (packed === null) return this.readDense(file, name, leading, text)
    return leading.length === 0 ? packed : refuse('ESP5209', { reference: text, problem: 'a packed tensor has no slices' })
  }

  /** Whether the file has a tensor of that name, packed or not. */
  has(path: string, name: string): boolean {
    const { names } = this.open(path)
    return names.includes(name) || names.includes(`${name}.values`)
  }

  close(): void {
    for (const file of this.files.values()) file.close()
  }

  private readDense(file: TensorFile, name: string, leading: readonly number[], text: string): RunTensor {
    const stored = storedTensor(file, name)
    const { path } = file
    const bytes = elementCount(stored.shape.slice(leading.length)) * dtypeBytes(stored.dtype)
    if (bytes > this.largest) refuse('ESP5106', { what: `tensor \`${name}\` of \`${path}\``, bytes, available: this.largest })
    if (stored.stored !== stored.dtype)
      this.noted.set(`${path}#${name}`, diagnose('ESP5212', { path, tensor: name, from: stored.stored, to: stored.dtype }))
    return dense(readTensor(stored, leading, text))
  }
}
