/** Pieces of C source that cannot break out of their place. */

/** A C string in double quotes. */
export const cString = (text: string): string =>
  `"${text
    .replace(/[\\"]/g, '\\$&')
    .replace(/[^\x20-\x7e]/g, '?')
    .replaceAll('??', '?\\?')}"`

/** Text within a comment. */
export const inComment = (text: string): string =>
  text.replaceAll('*/', '* /').replaceAll('/*', '/ *').replaceAll('\\', '/').replace(/\s+/g, ' ')
