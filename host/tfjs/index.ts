/** `espalier/tfjs`: compiled policies on tensors of TensorFlow.js, which is handed in and never imported. */
export { onTensors, onTensorsSync } from './on-tensors.ts'
export type { OnTensors, OnTensorsSync, ResultTensor, SyncTensorEntries, TensorEntries, TensorFlow } from './types.ts'
