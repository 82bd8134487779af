/**
 * Formats generated TypeScript with Prettier. Its stand-alone build with the Babel parser is used: it loads in a third of
 * the time of the full package and formats what shims consist of in the same way.
 */
async function load() {
  const [{ format }, babel, estree] = await Promise.all([
    import('prettier/standalone'),
    import('prettier/plugins/babel'),
    import('prettier/plugins/estree'),
  ])
  const plugins = [babel.default, estree.default]
  return (text: string) => format(text, { parser: 'babel-ts', plugins, semi: false, singleQuote: true, printWidth: 120 })
}

/** Begins to load the formatter and lets it compile its hot paths; `formatTypeScript` then takes a fraction of the time. */
export function warmFormatter(): void {
  // A failure shows itself when something is formatted.
  void load()
    .then((format) => format('export const a: readonly string[] = [1].map((x) => `${x}`)\n'))
    .catch(() => undefined)
}

export async function formatTypeScript(text: string): Promise<string> {
  return (await load())(text)
}
