/** A new policy of the standard library: documentation, one entry, one failing test block. */
export const policy = {
  form: 'NAME in kebab case',
  example: 'window-decay',
  pattern: /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
  plan: (name) => ({
    create: { [`stdlib/${name}.prune`]: source(name) },
    edit: {},
    next: [
      `stdlib/${name}.prune: documentation with paper, formula, cost and when not to use it; the policy; test blocks`,
      'npm run build && npm run gen',
      `node dist/espalier.js test stdlib/${name}.prune`,
    ],
  }),
}

const source = (name) => `/// TODO one sentence (Name, arXiv 0000.00000).
///
/// TODO the formula; what it costs; its defaults; when not to use it.
///
/// Tag: inspired
policy ${name.replaceAll('-', '_')}(sparsity: ratio = 50%) {
  /// TODO
  entry prune(X: float[row, column]) {
    return mask: drop sparsity of column by abs(X)
  }
}

test "TODO a case small enough to check by hand" for ${name.replaceAll('-', '_')} {
  prune(X = [[1, -4, 2, 3]])
  expect mask = [[0, 0, 0, 0]]
}
`
