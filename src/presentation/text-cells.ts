/** Control characters move a terminal's cursor; direction overrides show a name backwards. */
const INVISIBLE = /[\p{Cc}\p{Cs}\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu

/** Scripts and pictures that terminals draw two cells wide. */
const WIDE =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6]/u

/** Latin letters, punctuation and the frames and bars of the live view: one cell and one code unit each. */
const NARROW = /^[\u0020-\u02ff\u2010-\u22ff\u2500-\u25cf\u2713\u2715\u2800-\u28ff]*$/

const CHARACTERS = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** Text from outside on one line, with every character that does not show replaced by one that does. */
export function visibleText(text: string): string {
  return text.replace(/[\r\n\t]+/g, ' ').replace(INVISIBLE, '\ufffd')
}

/** Width of a text on a terminal, in cells. */
export function cellsOf(text: string): number {
  if (NARROW.test(text)) return text.length
  return charactersOf(text).reduce((cells, character) => cells + widthOf(character), 0)
}

/** The text cut to a width in cells, with an ellipsis where something was cut. */
export function clipCells(text: string, maxCells: number): string {
  if (cellsOf(text) <= maxCells) return text
  let clipped = ''
  let cells = 1
  for (const character of charactersOf(text)) {
    cells += widthOf(character)
    if (cells > maxCells) break
    clipped += character
  }
  return maxCells < 1 ? '' : `${clipped}…`
}

/** The text cut or filled up with spaces to exactly so many cells. */
export function fitCells(text: string, cells: number, side: 'left' | 'right' = 'left'): string {
  const clipped = clipCells(text, cells)
  const space = ' '.repeat(Math.max(0, cells - cellsOf(clipped)))
  return side === 'left' ? clipped + space : space + clipped
}

/** The words of a text on lines of at most so many cells; what does not fit the last line ends in an ellipsis. */
export function wrapCells(text: string, cells: number, maxLines: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line === '' || cellsOf(longer) <= cells || lines.length === maxLines - 1) line = longer
    else {
      lines.push(line)
      line = word
    }
  }
  return [...lines, line].map((full) => clipCells(full, cells))
}

function charactersOf(text: string): string[] {
  return Array.from(CHARACTERS.segment(text), ({ segment }) => segment)
}

function widthOf(character: string): number {
  return WIDE.test(character) ? 2 : 1
}
