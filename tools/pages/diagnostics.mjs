/** The list of all diagnostics; `espalier explain CODE` has the page of each. */
const AREAS = [
  'Syntax',
  'Names, axes and types',
  'Selections, budgets, packing',
  'Compiler and targets',
  'Calling a policy',
  'Files and command line',
]

export function diagnosticsPage(catalogue) {
  const parts = [
    '# Diagnostics',
    'Generated from `compiler/diagnostics/catalogue/`; `npm run gen` writes it anew. `espalier explain CODE` shows why a rule exists, with an example.',
  ]
  for (const [digit, title] of AREAS.entries()) {
    const codes = Object.keys(catalogue)
      .filter((code) => code.startsWith(`ESP${digit}`))
      .sort()
    if (codes.length === 0) continue
    const rows = codes.map(
      (code) => `| ${code} | ${catalogue[code].severity} | ${catalogue[code].title.replaceAll('|', '\\|')} |`,
    )
    parts.push(`## ESP${digit}: ${title}`, ['| code | | |', '|---|---|---|', ...rows].join('\n'))
  }
  return parts.join('\n\n') + '\n'
}
