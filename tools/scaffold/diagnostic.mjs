/** A new diagnostic: a row at the end of the catalogue file of its area. The catalogue's test fails until it is filled in. */
const AREAS = ['syntax', 'types', 'selection', 'target', 'call', 'command']

export const diagnostic = {
  form: 'ESP and four digits; the first says the area',
  example: 'ESP2042',
  pattern: /^ESP[0-5]\d{3}$/,
  plan(code, read) {
    const path = `compiler/diagnostics/catalogue/${AREAS[Number(code[3])]}.ts`
    const text = read(path)
    const end = text.lastIndexOf('})')
    const taken = text.includes(`${code}:`)
    const next = [
      `report it: sink.report('${code}', span, { name }, { related: [...] })`,
      'say what is wrong and why, with both spans; offer a fix in `help`',
      'npx vitest run test/catalogue.test.ts',
    ]
    if (taken) return { create: {}, edit: {}, next: [`${code} is taken; choose another code in ${path}`] }
    if (end === -1)
      return { create: {}, edit: {}, next: [`add this row to the right file imported by ${path}:\n${row(code)}`, ...next] }
    const body = text.slice(0, end).trimEnd()
    const separator = /[,{]$/.test(body) ? '' : ','
    return {
      create: {},
      edit: { [path]: `${body}${separator}\n${row(code)}${text.slice(end)}` },
      next: [`fill the row in ${path}`, ...next],
    }
  },
}

const row = (code) => `  ${code}: {
    severity: 'error',
    title: 'TODO a noun phrase',
    message: (p: { name: string }) => \`TODO one sentence about \\\`\${p.name}\\\`\`,
    help: () => 'TODO how to fix it',
    explain: 'TODO why the rule exists.',
    example: { kind: 'policy', wrong: 'TODO', right: 'TODO' },
  },
`
