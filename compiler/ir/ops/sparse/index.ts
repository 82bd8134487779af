/** Ops of the sparse level: formats, iteration domains, fused regions. */
import { region } from './region.ts'

export const sparseOps = { region } as const
