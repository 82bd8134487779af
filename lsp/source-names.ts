/** Between the URIs of a client and the names of sources: decoded, so that the paths after `use` can be joined to them. */
const STD = 'std:'
/** Library files have a scheme of their own, for a client that shows them. */
const LIBRARY = 'espalier-std:/'

export function nameOfUri(uri: string): string {
  if (uri.startsWith(LIBRARY)) return STD + uri.slice(LIBRARY.length).replace(/\.prune$/, '')
  try {
    return decodeURIComponent(uri)
  } catch {
    return uri // a percent sign that begins no escape
  }
}

export function uriOfName(name: string): string {
  if (name.startsWith(STD)) return `${LIBRARY}${name.slice(STD.length)}.prune`
  return encodeURI(name).replaceAll('#', '%23').replaceAll('?', '%3F')
}

export const isLibrary = (name: string): boolean => name.startsWith(STD)
