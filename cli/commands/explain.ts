/** `espalier explain`: the page of a diagnostic, or the plan of a policy: kernels, what was fused and what was not, bytes. */
import { isDiagnosticCode, diagnosticCodes } from '../../compiler/diagnostics/catalogue.ts'
import { explainPage } from '../../compiler/diagnostics/explain.ts'
import { nearMiss } from '../../abi/near-miss.ts'
import type { Arguments } from '../arguments.ts'
import { jsonOption, type Command } from '../command.ts'
import { exitStatus, refuse, Refusal } from '../refusal.ts'
import { jsonLine, type Terminal } from '../terminal.ts'

export const explain: Command = {
  spec: {
    name: 'explain',
    summary: 'Explain a diagnostic, or how a policy is compiled: kernels, what was fused, buffers, bytes.',
    examples: [
      { line: 'espalier explain ESP1004', does: 'the page of a diagnostic' },
      { line: 'espalier explain std:wanda', does: 'the plan of a policy' },
      { line: 'espalier explain std:mustafar --sizes kv=8,token=4096,channel=128', does: 'the same in bytes' },
    ],
    options: {
      policy: { kind: 'value', value: 'NAME', doc: 'Only this policy of the file.' },
      entry: { kind: 'value', value: 'ENTRY', doc: 'Only this entry.' },
      sizes: { kind: 'list', value: 'AXIS=EXTENT', doc: 'Extents to compute bytes for.' },
      density: {
        kind: 'list',
        value: 'TENSOR=SHARE',
        doc: 'How full packed tensors are whose rows differ in length; full otherwise.',
      },
      set: { kind: 'list', value: 'NAME=VALUE', doc: 'Parameters to compute bytes for; defaults otherwise.' },
      dtype: { kind: 'list', value: 'f16|INPUT=f16', doc: 'What `float` inputs are stored as; f32 unless given.' },
      json: jsonOption,
    },
    positional: { name: 'CODE|FILE', doc: 'ESP1004, a policy file, `std:NAME`, or `-`.', min: 1, max: 1 },
  },
  async run(args, terminal) {
    const subject = args.positionals[0] ?? ''
    const code = subject.toUpperCase()
    if (/^ESP\d/.test(code)) return explainCode(code, args, terminal)
    try {
      const { explainPolicy } = await import('../explain-policy.ts')
      return await explainPolicy(subject, args, terminal)
    } catch (error) {
      const isLost = error instanceof Refusal && error.diagnostic.code === 'ESP5101' && !subject.includes('.')
      if (isLost) refuse('ESP5310', { subject, suggestion: nearMiss(code, diagnosticCodes()) })
      throw error
    }
  },
}

function explainCode(code: string, args: Arguments, terminal: Terminal) {
  if (!isDiagnosticCode(code)) return refuse('ESP5310', { subject: code, suggestion: nearMiss(code, diagnosticCodes()) })
  const page = explainPage(code)
  terminal.out(args.flag('json') ? jsonLine({ code, page }) : page)
  return exitStatus.ok
}
