/**
 * A heat map in the terminal: `rows` of numbers from 0 to 1, two rows to a line by half blocks in 256 colours; characters of
 * growing weight, one line for two rows, where colours are not wanted.
 */
const RAMP = [16, 17, 18, 54, 90, 126, 162, 198, 203, 208, 214, 220, 227, 230]
const CHARACTERS = ' .:-=+*#%@'

const pick = (steps, value) => steps[Math.min(steps.length - 1, Math.floor(value * steps.length))]

/** Lines of equal width, without ends of lines. */
export function heatMap(rows, isColour) {
  const lines = []
  for (let y = 0; y < rows.length; y += 2) {
    const [upper, lower] = [rows[y], rows[y + 1] ?? rows[y]]
    const cells = upper.map((value, x) =>
      isColour ? `\x1b[38;5;${pick(RAMP, value)};48;5;${pick(RAMP, lower[x])}m▀` : pick(CHARACTERS, (value + lower[x]) / 2),
    )
    lines.push(cells.join('') + (isColour ? '\x1b[0m' : ''))
  }
  return lines
}

/** From nothing to everything. */
export function legend(isColour) {
  return isColour ? RAMP.map((colour) => `\x1b[48;5;${colour}m  `).join('') + '\x1b[0m' : `[${CHARACTERS}]`
}
