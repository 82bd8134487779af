import type { EvalContext, EvalValue } from '../eval-value.ts'
import type { Attrs, Node } from '../node.ts'
import type {TensorValue} from '../eval-value.ts'
import { EvalError } from './eval-error.ts'
export function evalScan(_o: readonly (EvalValue | null)[], _n: Node, _c?: EvalContext): TensorValue {
  throw new EvalError('not evaluated yet')
}
export function evalPool(_o: readonly (EvalValue | null)[], _n: Node, _c?: EvalContext): TensorValue {
  throw new EvalError('not evaluated yet')
}
export function evalShift(_o: readonly (EvalValue | null)[], _n: Node, _c?: EvalContext): TensorValue {
  throw new EvalError('not evaluated yet')
}
export function evalPosition(_o: readonly (EvalValue | null)[], _n: Node, _c?: EvalContext): TensorValue {
  throw new EvalError('not evaluated yet')
}
