/** The page of the op table: every op by the first level it is legal at. */
const LEVELS = {
  policy: 'tensors with named axes, selections, host scalars',
  sparse: 'fused regions',
  kernel: 'loops, buffers, machine values: the closed core every backend covers, and the host plan',
}

export function opsPage(ops) {
  const parts = [
    '# Ops',
    'Generated from `compiler/ir/ops/`; `npm run gen` writes it anew. `?` marks an operand that may be absent, `*` any number.',
  ]
  for (const [level, summary] of Object.entries(LEVELS)) {
    const here = Object.values(ops).filter((op) => op.levels[0] === level)
    const rows = here.map(
      (op) => `| \`${signature(op)}\` | ${op.levels.slice(1).join(', ')} | ${op.traits.join(', ')} | ${cell(op.summary)} |`,
    )
    parts.push(`## ${level}: ${summary}`, ['| op | also at | traits | |', '|---|---|---|---|', ...rows].join('\n'))
  }
  return parts.join('\n\n') + '\n'
}

function signature(op) {
  const attrs = Object.entries(op.attrs).map(([name, kind]) => (Array.isArray(kind) ? `${name}: ${kind.join('/')}` : name))
  return `${op.name}(${op.operands.join(', ')})${attrs.length === 0 ? '' : ` {${attrs.join(', ')}}`}`
}

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
