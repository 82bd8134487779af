/** Pieces of TypeScript source: comments, literals and property names that cannot break out of their place. */

/** A documentation comment of these lines; each may hold line breaks. */
export function docComment(lines: readonly string[], indent = ''): string {
  const text = lines
    .flatMap((line) => line.split(/\r\n|[\n\r\u2028\u2029]/))
    .map((line) => line.replaceAll('*/', '*\\/').trimEnd())
  const [only] = text
  if (text.length === 1 && only !== undefined && only.length < 110) return `${indent}/** ${only} */`
  return [`${indent}/**`, ...text.map((line) => `${indent} * ${line}`.trimEnd()), `${indent} */`].join('\n')
}

/** A text as a string in double quotes. */
export const literal = (text: string): string => withoutSeparators(JSON.stringify(text))

/** A text as a string in single quotes: shorter for text that is full of double ones. */
export const quoted = (text: string): string => `'${withoutSeparators(text.replace(/[\\']/g, '\\$&'))}'`

/** Line and paragraph separators end lines of older JavaScript, in strings too. */
const withoutSeparators = (text: string): string => text.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')

/** A property name, quoted where it must be. */
export const propertyName = (name: string): string =>
  /^[A-Za-z_$][\w$]*$/.test(name) && name !== '__proto__' ? name : literal(name)

/** `'a' | 'b'`. */
export const union = (names: readonly string[]): string => (names.length === 0 ? 'never' : names.map(quoted).join(' | '))
