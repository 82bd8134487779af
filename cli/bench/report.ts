/** What was measured, as text and as data. */
import type { LeastBytes } from './least-bytes.ts'
import type { Measured } from './measure.ts'
import { byteText, table } from '../terminal.ts'

export interface BenchedInput {
  readonly name: string
  readonly dtype: string
  readonly shape: readonly number[]
  readonly axes: readonly string[]
  /** Null for what another entry packed. */
  readonly bytes: number | null
  readonly source: string
}

export interface BenchedTarget {
  readonly target: string
  readonly device: string
  readonly call: Measured
  /** A plain copy there that moves `copied` bytes to as many others. */
  readonly copy: Measured
  readonly copied: number
}

export interface Benched {
  readonly policy: string
  readonly entry: string
  readonly inputs: readonly BenchedInput[]
  readonly extents: ReadonlyMap<string, number>
  /** Null where it is not known how many bytes have to move. */
  readonly least: LeastBytes | null
  readonly targets: readonly BenchedTarget[]
}

const gbPerS = (bytes: number, ms: number): number => bytes / ms / 1e6
/** Of the device alone where that is known, of a call and of a copy alike. */
const msOf = ({ device, median }: Measured): number => device?.median ?? median
const copySpeed = ({ copy, copied }: BenchedTarget): number => gbPerS(2 * copied, msOf(copy))

export function benchData({ policy, entry, inputs, extents, least, targets }: Benched): unknown {
  return {
    ...{ policy, entry, inputs, extents: Object.fromEntries(extents) },
    bytes: least?.bytes ?? null,
    bytesUpTo: least?.upTo ?? [],
    targets: targets.map((one) => {
      const { target, device, call, copy, copied } = one
      const speed = least === null ? null : gbPerS(least.bytes, msOf(call))
      return {
        ...{ target, device, ms: call, gbPerS: speed },
        copy: { bytes: copied, ms: copy, gbPerS: copySpeed(one) },
        ofCopy: speed === null ? null : speed / copySpeed(one),
      }
    }),
  }
}

export function benchText(benched: Benched): string {
  const { policy, entry, inputs, least, targets } = benched
  const title = `${policy}.${entry}\n\n`
  const rows = inputs.map(({ name, dtype, shape, axes, bytes, source }) => {
    const leading = shape.length - axes.length
    const dims = shape.map((extent, i) => `${axes[i - leading] ?? '*'} ${extent}`).join(', ')
    return ['in', name, `${dtype}[${dims}]`, bytes === null ? '' : byteText(bytes), source]
  })
  const devices = `\n${table(targets.map(({ target, device }) => [target, device]))}`
  const onDevice = targets.some(({ call }) => call.device !== null) ? ['ms of the device'] : []
  const head = ['target', 'ms a call', 'half of the runs', 'runs', ...onDevice, 'GB/s', 'copy GB/s', 'of a copy']
  return `${title}${table(rows)}${bytesText(least)}\n${table([head, ...targets.map((one) => targetRow(one, least, onDevice.length > 0))])}${devices}`
}

function bytesText(least: LeastBytes | null): string {
  if (least === null) return '\nHow many bytes have to move is not known.\n'
  const { bytes, upTo } = least
  const limit = upTo.length === 0 ? '' : ` at most: how much ${upTo.join(' and ')} keep is in the data`
  return `\n${byteText(bytes)} have to move${limit}.\n`
}

function targetRow(one: BenchedTarget, least: LeastBytes | null, onDevice: boolean): string[] {
  const { target, call } = one
  const speed = least === null ? null : gbPerS(least.bytes, msOf(call))
  return [
    target,
    number(call.median),
    `${number(call.low)} to ${number(call.high)}`,
    call.calls === 1 ? `${call.runs}` : `${call.runs} of ${call.calls} calls`,
    ...(onDevice ? [call.device === null ? '' : number(call.device.median)] : []),
    speed === null ? '' : number(speed),
    number(copySpeed(one)),
    speed === null ? '' : `${((100 * speed) / copySpeed(one)).toFixed(1)} %`,
  ]
}

/** Four digits. */
const number = (value: number): string =>
  value >= 1000 ? value.toFixed(0) : value.toFixed(Math.max(0, 3 - Math.floor(Math.log10(Math.max(value, 1e-3)))))
