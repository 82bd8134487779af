import type { EvalContext, EvalValue } from '../eval-value.ts'
import type { Attrs, Node } from '../node.ts'
import type {TensorValue} from '../eval-value.ts'
import { EvalError } from './eval-error.ts'
export function evalPack(_o: readonly (EvalValue | null)[], _n: Node, _c?: EvalContext): TensorValue {
  throw new EvalError('not evaluated yet')
}
export function evalKeptIndices(_o: readonly (EvalValue | null)[], _n: Node, _c?: EvalContext): TensorValue {
  throw new EvalError('not evaluated yet')
}
export function evalGather(_o: readonly (EvalValue | null)[], _n: Node, _c?: EvalContext): TensorValue {
  throw new EvalError('not evaluated yet')
}
export function broadcastTo(x: TensorValue, _axes: readonly string[], _e: (a: string) => number): TensorValue { return x }
export function renameAxis(x: TensorValue, _f: string, _t: string, _e: (a: string) => number): TensorValue { return x }
