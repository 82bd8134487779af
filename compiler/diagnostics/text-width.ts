/**
 * How text looks in a terminal: display columns of a string and text made safe to print. Tabs are four columns; control,
 * format and unpaired characters show as `·`, so that hostile sources cannot move the cursor or reorder a line.
 */
const TAB = '    '
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu
const ZERO_WIDTH = /^[\p{Mn}\p{Me}]$/u
const PICTURE = /^\p{Emoji_Presentation}$/u

/** East Asian wide and full-width ranges (Unicode annex 11, rounded to blocks). */
const WIDE_RANGES: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x20000, 0x3fffd],
]

/** A source line as it is printed. */
export const printable = (text: string): string => text.replaceAll('\t', TAB).replace(UNPRINTABLE, '·')

/** Display columns of text that `printable` returned. */
export function displayWidth(text: string): number {
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

function characterWidth(character: string): number {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x300) return 1
  if (ZERO_WIDTH.test(character)) return 0
  if (PICTURE.test(character)) return 2
  return WIDE_RANGES.some(([low, high]) => code >= low && code <= high) ? 2 : 1
}
