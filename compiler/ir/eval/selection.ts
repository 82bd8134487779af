import type { EvalContext, EvalValue } from '../eval-value.ts'
import type { Attrs, Node } from '../node.ts'
import type {TensorValue} from '../eval-value.ts'
import { EvalError } from './eval-error.ts'
export function evalKeep(_o: readonly (EvalValue | null)[], _n: Node, _c?: EvalContext): TensorValue {
  throw new EvalError('not evaluated yet')
}
