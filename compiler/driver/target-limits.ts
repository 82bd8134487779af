/**
 * What a target cannot do whatever the inputs, said before anything is lowered. Reads the target's capability table; knows
 * no target.
 */
import { dtypeBytes } from '../../abi/dtype.ts'
import type { DiagnosticSink } from '../diagnostics/sink.ts'
import type { Func, Module } from '../ir/node.ts'
import type { Type } from '../ir/types.ts'
import { typesOf } from '../ir/walk.ts'

export interface TargetLimits {
  readonly name: string
  /** From the backend's capability table. */
  readonly caps: { readonly maxBufferBytes: number }
}

/** Reports inputs, states and outputs whose pinned extents make them larger than one buffer (ESP3001). */
export function checkTargetLimits(module: Module, target: TargetLimits, sink: DiagnosticSink): void {
  const pins = pinnedExtents(module)
  for (const func of module.funcs) {
    if (func.role !== 'entry') continue
    for (const { name, type } of visibleTensors(func)) {
      const bytes = pinnedBytes(type, pins)
      if (type.kind !== 'tensor' || bytes === null || bytes <= BigInt(target.caps.maxBufferBytes)) continue
      const shape = `${type.dtype}[${type.axes.map((axis) => `${axis}(${pins.get(axis)})`).join(', ')}]`
      const params = {
        tensor: name,
        entry: func.name,
        shape,
        bytes: String(bytes),
        target: target.name,
        limit: String(target.caps.maxBufferBytes),
      }
      sink.report('ESP3001', func.span, params)
    }
  }
}

function visibleTensors(func: Func): readonly { readonly name: string; readonly type: Type }[] {
  const types = typesOf(func)
  const outputs = func.outputs.flatMap(({ name, value }) => {
    const type = types.get(value)
    return type === undefined ? [] : [{ name, type }]
  })
  return [...func.params, ...outputs]
}

/** Axes with a number for a size; those pinned to a parameter are not known yet. */
const pinnedExtents = (module: Module): ReadonlyMap<string, bigint> =>
  new Map(
    module.axes.flatMap(({ name, pinned }) => (pinned !== null && /^\d+$/.test(pinned) ? [[name, BigInt(pinned)] as const] : [])),
  )

/** Null when some extent is not pinned, and for packed tensors, whose size depends on what they hold. */
function pinnedBytes(type: Type, pins: ReadonlyMap<string, bigint>): bigint | null {
  if (type.kind !== 'tensor' || type.packing !== undefined) return null
  let bytes = BigInt(dtypeBytes(type.dtype))
  for (const axis of type.axes) {
    const extent = pins.get(axis)
    if (extent === undefined) return null
    bytes *= extent
  }
  return bytes
}
