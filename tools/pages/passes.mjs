/** The page of the passes: what each does, and its example before and after. */
export function passesPage(passes) {
  const parts = [
    '# Passes',
    'Generated from `compiler/passes/`; `npm run gen` writes it anew. They are listed in the order of their first run; `compiler/passes/pipelines.ts` has the whole order. Every example is a test.',
    ['| pass | from | to | |', '|---|---|---|---|', ...passes.map(row)].join('\n'),
    ...passes.flatMap((pass) => [
      `## ${pass.name}`,
      sentence(pass.summary),
      'Before:',
      fence(pass.example.before),
      'After:',
      fence(pass.example.after),
    ]),
  ]
  return parts.join('\n\n') + '\n'
}

const row = ({ name, from, to, summary }) =>
  `| [\`${name}\`](#${name}) | ${[from].flat().join(', ')} | ${to} | ${sentence(summary).replaceAll('|', '\\|')} |`

const sentence = (text) => text[0].toUpperCase() + text.slice(1).replace(/\.$/, '') + '.'

const fence = (text) => '```text\n' + dedent(text.trim()) + '\n```'

/** Takes off what all lines after the first are indented by: examples are written inside indented code. */
function dedent(text) {
  const [first, ...rest] = text.split('\n')
  const margin = Math.min(...rest.filter((line) => line.trim() !== '').map((line) => line.search(/\S/)))
  return [first, ...rest.map((line) => line.slice(Number.isFinite(margin) ? margin : 0))].join('\n')
}
