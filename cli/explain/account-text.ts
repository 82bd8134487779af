/** Accounts for people, at most 100 columns wide where names allow it. */
import type { BufferAccount, EntryAccount, KernelAccount } from '../../compiler/account/account.ts'
import type { VariantAccount } from '../../compiler/account/account-policy.ts'
import { fusedText } from '../../compiler/account/fused.ts'
import { formulaText, sameFormula, type Quantity } from '../../compiler/account/quantity.ts'
import type { Paint } from '../../compiler/diagnostics/excerpt.ts'
import { LineMap } from '../../compiler/diagnostics/line-map.ts'
import { painter, renderPlaces, type Sources } from '../../compiler/diagnostics/render.ts'
import type { Span } from '../../compiler/diagnostics/span.ts'
import type { PassRemark } from '../../compiler/passes/manager.ts'
import type { ExplainedEntry } from './explained-entry.ts'
import { byteText, table } from '../terminal.ts'

const WIDTH = 100

export function accountText(entries: readonly ExplainedEntry[], sources: Sources, colour: boolean): string {
  const page = new Page(sources, painter(colour))
  return entries.map((entry) => page.entry(entry)).join('\n')
}

class Page {
  private readonly sources: Sources
  private readonly paint: Paint

  constructor(sources: Sources, paint: Paint) {
    this.sources = sources
    this.paint = paint
  }

  entry({ policy, entry, variants, remarks }: ExplainedEntry): string {
    const missed = remarks.filter(({ kind }) => kind === 'missed')
    return [...variants.map((variant) => this.variant(policy, entry, variant)), ...this.missed(missed)].join('\n')
  }

  private variant(policy: string, entry: string, { variant, sized, account }: VariantAccount): string {
    const choices = Object.entries(variant).map(([name, value]) => `${name} = ${value}`)
    const { length } = account.kernels
    const title = `${policy}.${entry}${choices.length === 0 ? '' : ` (${choices.join(', ')})`}`
    const head = `${this.paint('strong', title)}: ${length} kernel${length === 1 ? '' : 's'}\n`
    const kernels = account.kernels.map((kernel) => this.kernel(kernel, sized))
    return [head, ...kernels, totals(account, sized), outputs(account, sized)].filter((part) => part !== '').join('\n')
  }

  private kernel({ kernel, fused, reads, writes, scratch }: KernelAccount, sized: boolean): string {
    const lines = this.lines(fused.spans)
    const head = wrap(`  ${kernel}: ${fusedText(fused)}${lines === '' ? '' : `; ${lines}`}`, '      ', ' ')
    const rows = [...side('reads', reads, sized), ...side('writes', writes, sized)]
    const own = scratch.terms.length === 0 ? [] : [['    scratch', '', '', ...amount(scratch, sized)]]
    return head + table([...rows, ...own])
  }

  /** `line 12`, `lines 12, 14 of std:math`. */
  private lines(spans: readonly Span[]): string {
    const bySource = new Map<string, Set<number>>()
    for (const { source, start } of spans) {
      const text = this.sources.get(source)
      if (text === undefined) continue
      bySource.set(source, (bySource.get(source) ?? new Set<number>()).add(new LineMap(text).position(start).line))
    }
    const [main] = this.sources.keys()
    return [...bySource]
      .map(([source, lines]) => {
        const numbers = [...lines].sort((x, y) => x - y).join(', ')
        return `line${lines.size === 1 ? '' : 's'} ${numbers}${source === main ? '' : ` of ${source}`}`
      })
      .join(', ')
  }

  /** Equal reasons are told once, with all places. */
  private missed(remarks: readonly PassRemark[]): readonly string[] {
    const groups = new Map<string, PassRemark[]>()
    for (const remark of remarks) {
      const key = `${remark.rule} ${remark.reason}`
      groups.set(key, [...(groups.get(key) ?? []), remark])
    }
    return [...groups.values()].map((group) => {
      const { rule, reason } = group[0]!
      const spans = group.flatMap(({ span }) => (span === null ? [] : [span]))
      const places = renderPlaces(spans, this.sources, this.paint).map((line) => `  ${line}`)
      return [`  ${this.paint('warning', `missed[${rule}]`)}: ${reason}`, ...places].map((line) => `${line}\n`).join('')
    })
  }
}

function side(way: string, buffers: readonly BufferAccount[], sized: boolean): readonly (readonly string[])[] {
  return buffers.map(({ name, dtype, bytes, passes }, i) => [
    i === 0 ? `    ${way}` : '',
    name,
    dtype,
    ...amount(bytes, sized),
    ...passesText(passes, sized),
  ])
}

const amount = (bytes: Quantity, sized: boolean): readonly string[] =>
  !sized ? [`${formulaText(bytes)} bytes`] : [Number.isNaN(bytes.value) ? '?' : byteText(Math.round(bytes.value))]

/** Only what is odd is told: memory that is walked more than once. */
function passesText({ value }: Quantity, sized: boolean): readonly string[] {
  const times = Math.round(value)
  if (Number.isNaN(value) || times <= 1 || (!sized && times > 16)) return []
  return [`in ${times} passes`]
}

function totals({ moved, least, ragged }: EntryAccount, sized: boolean): string {
  const most = ragged.length === 0 ? '' : `with ${ragged.join(', ')} full: give --density ${ragged[0]}=30%`
  if (sized && !Number.isNaN(moved.value)) {
    const ratio = least.value > 0 ? `, ${(moved.value / least.value).toFixed(2)} times that` : ''
    const text = `  moves ${byteText(Math.round(moved.value))}; the least possible is ${byteText(Math.round(least.value))}${ratio}`
    return `${text}${most === '' ? '' : ` (${most})`}\n`
  }
  if (sameFormula(moved, least)) return wrap(`  moves ${formulaText(moved)} bytes, the least possible`, '      ', ' + ')
  return (
    wrap(`  moves ${formulaText(moved)} bytes`, '      ', ' + ') +
    wrap(`  the least possible is ${formulaText(least)} bytes`, '      ', ' + ')
  )
}

function outputs({ outputs: list }: EntryAccount, sized: boolean): string {
  return table(
    list.map((one) => {
      const dropped =
        one.kept === null
          ? 'how many are kept depends on the data'
          : `keeps ${countText(one.kept, sized)} of ${countText(one.of, sized)}${sized ? ` along ${one.axes.join(', ')}` : ''}${percent(one.kept, one.of, sized)}`
      return [`  ${one.output}`, one.form, dropped, storedText(one.form, one.stored, one.dense, sized)]
    }),
  )
}

const countText = (count: Quantity, sized: boolean): string =>
  sized && !Number.isNaN(count.value) ? String(Math.round(count.value)) : formulaText(count)

const percent = (kept: Quantity, of: Quantity, sized: boolean): string =>
  sized && of.value > 0 && !Number.isNaN(kept.value) ? ` (${(100 * (1 - kept.value / of.value)).toFixed(1)}% dropped)` : ''

function storedText(form: string, stored: Quantity | null, dense: Quantity | null, sized: boolean): string {
  if (stored === null || dense === null) return ''
  if (form === 'masked') return 'stored dense: nothing is saved'
  if (!sized || Number.isNaN(stored.value) || !(dense.value > 0)) return ''
  const share = ((100 * stored.value) / dense.value).toFixed(1)
  return `${byteText(Math.round(stored.value))} of ${byteText(Math.round(dense.value))} dense (${share}%)`
}

/** Breaks at `at`, with what follows indented. */
function wrap(text: string, indent: string, at: string): string {
  const lines: string[] = []
  let line = ''
  for (const [i, word] of text.split(at).entries()) {
    const next = i === 0 ? word : `${line}${at}${word}`
    if (i > 0 && next.length > WIDTH && line.trim() !== '') {
      lines.push(`${line}${at.trimEnd()}`)
      line = indent + word
    } else line = next
  }
  return [...lines, line].map((one) => `${one.trimEnd()}\n`).join('')
}
