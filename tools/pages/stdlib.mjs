/** The standard library's page: of every policy its documentation, parameters and entries, as its source has them. */
export function stdlibPage(policies) {
  const parts = [
    '# Standard library',
    'Generated from `stdlib/`; `npm run gen` writes it anew. `espalier list` shows the same in short; use one as `std:NAME`.',
  ]
  for (const { name, text, file } of policies) {
    for (const policy of file.declarations.filter((declaration) => declaration.kind === 'policy')) {
      parts.push(`## ${policy.name.text}`, `Source: \`stdlib/${name}\``, ...policyParts(policy, text))
    }
  }
  for (const { name, text, file } of policies) {
    const fns = file.declarations.filter((declaration) => declaration.kind === 'fn')
    const library = name.replace(/\.prune$/, '')
    if (fns.length > 0 && fns.length === file.declarations.length) parts.push(...functionsPart(library, fns, text))
  }
  return parts.join('\n\n') + '\n'
}

function policyParts(policy, text) {
  const rows = policy.params.map(
    (param) => `| \`${source(text, param.span)}\` | ${(param.doc ?? '').replaceAll('\n', ' ').replaceAll('|', '\\|')} |`,
  )
  const table = rows.length === 0 ? [] : [['| parameter | |', '|---|---|', ...rows].join('\n')]
  const entries = policy.items
    .filter((item) => item.kind === 'entry')
    .flatMap((entry) => [fence(header(text, entry.span)), ...(entry.doc === null ? [] : [entry.doc])])
  return [...(policy.doc === null ? [] : [paragraphs(policy.doc)]), ...table, ...entries]
}

/** A file of functions alone. */
function functionsPart(library, fns, text) {
  const rows = fns.map(
    (fn) => `| \`${signature(text, fn.span)}\` | ${(fn.doc ?? '').replaceAll('\n', ' ').replaceAll('|', '\\|')} |`,
  )
  return [
    `## Functions: \`use std.${library}\``,
    `Source: \`stdlib/${library}.prune\``,
    ['| function | |', '|---|---|', ...rows].join('\n'),
  ]
}

/** A function up to its body. */
const signature = (text, span) =>
  source(text, span)
    .replace(/^fn /, '')
    .replace(/ *[={].*$/, '')

/** A labelled line (`Cost: …`) starts a paragraph of its own. */
const paragraphs = (doc) => doc.replace(/\n(?=[A-Z][\w ]{2,20}: |Do not use )/g, '\n\n')

const source = (text, span) => text.slice(span.start, span.end).replace(/\s+/g, ' ').replaceAll('|', '\\|')

/** An entry up to its body. */
function header(text, span) {
  const whole = text.slice(span.start, span.end)
  const lines = whole.slice(0, whole.indexOf('{')).trimEnd().split('\n')
  return lines.map((line) => line.replace(/^ {2}/, '')).join('\n')
}

const fence = (text) => '```text\n' + text + '\n```'
