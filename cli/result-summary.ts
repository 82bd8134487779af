/** What came out of a run, in numbers: shapes, how much was kept, bytes. */
import type { PackingSpec } from '../abi/manifest.ts'
import { formatText } from '../abi/formats/host-formats.ts'
import { elementCount } from './files/tensor.ts'
import { numbersOf } from './reference-values.ts'
import { bytesOf, keptOf, type RunTensor } from './runner.ts'
import { byteText, table } from './terminal.ts'

export interface ResultRecord {
  readonly name: string
  readonly dtype: string
  readonly shape: readonly number[]
  readonly axes: readonly string[]
  readonly format: string
  /** Elements kept of a packed tensor or a mask; null for other tensors. */
  readonly kept: number | null
  readonly density: number | null
  readonly bytes: number
  readonly preview: readonly number[]
}

const PREVIEW = 8

/** `axes` are the declared ones; extra leading axes of the tensor are shown as `*`. */
export function resultRecord(name: string, tensor: RunTensor, axes: readonly string[]): ResultRecord {
  const { dtype, shape } = tensor
  const kept = keptOf(tensor)
  const size = elementCount(shape)
  const leading = Math.max(0, shape.length - axes.length)
  const values = tensor.kind === 'dense' ? tensor.data : tensor.parts['values']!
  return {
    ...{ name, dtype, shape, kept, bytes: bytesOf(tensor) },
    axes: [...new Array<string>(leading).fill('*'), ...axes],
    format: tensor.kind === 'dense' ? 'dense' : packingText(tensor.packing),
    density: kept === null ? null : size === 0 ? 0 : kept / size,
    preview: [...numbersOf(dtype, values.slice(0, PREVIEW))],
  }
}

const packingText = ({ format, over, exact }: PackingSpec): string =>
  `${formatText(format)} over ${over.join(', ')}${exact ? '' : ', ragged rows'}`

export function resultText(
  title: string,
  inputs: readonly ResultRecord[],
  outputs: readonly ResultRecord[],
  out: string | null,
): string {
  const before = inputs.reduce((sum, { bytes }) => sum + bytes, 0)
  const after = outputs.reduce((sum, { bytes }) => sum + bytes, 0)
  const share = before === 0 ? '' : ` (${((100 * after) / before).toFixed(1)} %)`
  const lines = [
    `${title}\n\n`,
    table([...inputs.map((record) => row('in', record)), ...outputs.map((record) => row('out', record))]),
    `\n${byteText(before)} in, ${byteText(after)} out${share}${out === null ? '; nothing was written, since there is no --out' : `, written to ${out}`}\n`,
  ]
  return lines.join('')
}

function row(way: string, { name, dtype, shape, axes, format, kept, density, bytes, preview }: ResultRecord): string[] {
  const dims = shape.map((extent, i) => `${axes[i] ?? '*'} ${extent}`).join(', ')
  const share = kept === null || density === null ? '' : `kept ${kept} (${(100 * density).toFixed(2)} %)`
  const values = preview.map((value) => String(Number(value.toPrecision(4)))).join(' ')
  return [
    way,
    name,
    `${dtype}[${dims}]`,
    format === 'dense' ? '' : format,
    byteText(bytes),
    share,
    way === 'in' ? '' : `${values}${elementCount(shape) > preview.length ? ' …' : ''}`,
  ]
}
