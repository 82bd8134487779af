/** Accounts as data: for every number its formula, and its value for the sizes given (null without). */
import type { BufferAccount, EntryAccount, KernelAccount } from '../../compiler/account/account.ts'
import { fusedText } from '../../compiler/account/fused.ts'
import { formulaText, type Quantity } from '../../compiler/account/quantity.ts'
import { renderJson, type Sources } from '../../compiler/diagnostics/render.ts'
import type { Span } from '../../compiler/diagnostics/span.ts'
import type { ExplainedEntry } from './explained-entry.ts'

export function accountData(entries: readonly ExplainedEntry[], sources: Sources): readonly unknown[] {
  const place = (span: Span | null): unknown =>
    renderJson([{ code: '', severity: 'warning', message: '', span, related: [], help: null }], sources)[0]?.span ?? null
  return entries.map(({ policy, entry, variants, remarks }) => ({
    policy,
    entry,
    variants: variants.map(({ variant, sized, account }) => ({ variant, ...variantData(account, sized, place) })),
    remarks: remarks.map(({ pass, kind, rule, reason, span }) => ({ pass, kind, rule, reason, span: place(span) })),
  }))
}

function variantData(account: EntryAccount, sized: boolean, place: (span: Span) => unknown) {
  const number = (quantity: Quantity) => ({ formula: formulaText(quantity), value: valueOf(quantity, sized) })
  const buffer = ({ name, dtype, bytes, passes }: BufferAccount) => ({
    name,
    dtype,
    bytes: number(bytes),
    passes: valueOf(passes, sized),
  })
  const kernel = ({ kernel: name, fused, reads, writes, scratch }: KernelAccount) => ({
    kernel: name,
    fuses: { ...fused, text: fusedText(fused), spans: fused.spans.map(place) },
    reads: reads.map(buffer),
    writes: writes.map(buffer),
    scratch: number(scratch),
  })
  const { moved, least } = account
  return {
    kernels: account.kernels.map(kernel),
    moved: number(moved),
    least: number(least),
    ratio: sized && least.value > 0 ? moved.value / least.value : null,
    ragged: account.ragged,
    outputs: account.outputs.map((one) => ({
      output: one.output,
      form: one.form,
      axes: one.axes,
      kept: one.kept === null ? null : number(one.kept),
      of: number(one.of),
      dropped: one.kept === null || !sized ? null : 1 - one.kept.value / one.of.value,
      bytes: one.stored === null ? null : number(one.stored),
      denseBytes: one.dense === null ? null : number(one.dense),
    })),
  }
}

const valueOf = ({ value }: Quantity, sized: boolean): number | null => (sized && !Number.isNaN(value) ? value : null)
