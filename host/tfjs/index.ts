/** `espalier/tfjs`: compiled policies on tensors of TensorFlow.js, which is handed in and never imported. */
export { loadFor } from './load-for.ts'
export { onTensors, onTensorsSync } from './on-tensors.ts'
export type {
  Loaders,
  LoadFor,
  OnTensors,
  OnTensorsOptions,
  OnTensorsSync,
  ResultTensor,
  SyncTensorEntries,
  TensorEntries,
  TensorFlow,
} from './types.ts'
