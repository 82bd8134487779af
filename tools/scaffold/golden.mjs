/** A new golden case: a source and an empty expectation, which fails until `-u` has filled it and somebody has read it. */
export const golden = {
  form: 'TOPIC/CASE in kebab case',
  example: 'fusion/score-is-not-stored',
  pattern: /^[a-z][a-z0-9-]*\/[a-z][a-z0-9-]*$/,
  plan: (name) => ({
    create: { [`test/golden/${name}.md`]: text },
    edit: {},
    next: [
      `test/golden/${name}.md: what it is about, the source, and only the sections that show it`,
      `npx vitest run test/golden -t ${name} -u, then read what it wrote`,
    ],
  }),
}

const text = `# TODO what the case shows

TODO why that is right.

## SOURCE

\`\`\`prune
policy p {
  entry prune(X: f32[row, column]) {
    return mask: keep 2 of column by abs(X)
  }
}
\`\`\`

## STRUCTURE@fuse

\`\`\`text
prune: region ?
\`\`\`
`
