/** Tensors of one dtype and shape, one after the other along a new first axis. */
import { newData } from '../../abi/dtype.ts'
import { refuse } from '../refusal.ts'
import { dense, type DenseTensor } from '../runner.ts'
import { shapeText } from './tensor.ts'

export function stackTensors(tensors: readonly DenseTensor[], name: string): DenseTensor {
  const first = tensors[0]!
  const data = newData(first.dtype, first.data.length * tensors.length)
  tensors.forEach((tensor, i) => {
    const differs = tensor.dtype !== first.dtype || shapeText(tensor.shape) !== shapeText(first.shape)
    if (differs) refuse('ESP5209', { reference: name, problem: 'the tensors to be stacked differ in dtype or shape' })
    data.set(tensor.data, i * first.data.length)
  })
  return dense({ dtype: first.dtype, shape: [tensors.length, ...first.shape], data })
}
