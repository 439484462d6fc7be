import { cellsOf, clipCells, fitCells } from '../../presentation/text-cells.ts'

/** What a piece of text means; the terminal shows it as a colour or weight. */
export type Tone = 'plain' | 'strong' | 'faint' | 'good' | 'bad' | 'open' | 'stable' | 'canary'

export interface Segment {
  readonly text: string
  readonly tone: Tone
}

/** One line of the live view. */
export type SegmentLine = readonly Segment[]

/** Puts a tone on a text, or leaves it as it is where there are no colours. */
export type Paint = (text: string, tone: Tone) => string

const ESC = '\u001b['

/** Codes of ECMA-48 "select graphic rendition"; the 16 colours follow the user's own theme. */
const CODES: Readonly<Record<Tone, string>> = {
  plain: '',
  strong: '1',
  faint: '2',
  good: '32',
  bad: '31;1',
  open: '33',
  stable: '36',
  canary: '35',
}

export const paintPlain: Paint = (text) => text

export const paintAnsi: Paint = (text, tone) => (CODES[tone] === '' ? text : `${ESC}${CODES[tone]}m${text}${ESC}0m`)

export function segment(text: string, tone: Tone = 'plain'): Segment {
  return { text, tone }
}

/** A cell of a table: exactly as wide as told. */
export function cell(text: string, cells: number, side: 'left' | 'right' = 'left', tone: Tone = 'plain'): Segment {
  return { text: fitCells(text, cells, side), tone }
}

/** Width of a line in cells. */
export function lineCells(line: SegmentLine): number {
  return line.reduce((cells, { text }) => cells + cellsOf(text), 0)
}

/** Writes a line, cut at the width, without spaces at its end. */
export function paintLine(line: SegmentLine, maxCells: number, paint: Paint): string {
  let free = maxCells
  let end = line.length
  while (end > 0 && line[end - 1]?.text.trim() === '') end--
  return line
    .slice(0, end)
    .map(({ text, tone }, index) => {
      const clipped = clipCells(index === end - 1 ? text.trimEnd() : text, free)
      free -= cellsOf(clipped)
      return clipped === '' ? '' : paint(clipped, tone)
    })
    .join('')
}

/** A thin bar, filled from the left; half cells where the fraction asks for it. */
export function bar(fraction: number, cells: number, tone: Tone): Segment[] {
  const halves = Math.round(Math.min(1, Math.max(0, fraction)) * cells * 2)
  const full = '━'.repeat(Math.floor(halves / 2)) + (halves % 2 === 1 ? '╸' : '')
  return [segment(full, tone), segment('─'.repeat(cells - Math.ceil(halves / 2)), 'faint')]
}
