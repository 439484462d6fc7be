/** Colours of one theme. Arms differ in hue and in lightness, signals of one kind share a hue and differ in dashes. */
export interface Palette {
  readonly page: string
  readonly card: string
  readonly text: string
  readonly muted: string
  readonly line: string
  readonly stable: string
  readonly canary: string
  readonly errors: string
  readonly latency: string
  readonly drift: string
  readonly shadow: string
  readonly good: string
  readonly bad: string
  readonly open: string
}

/**
 * Blue and orange are told apart with every common colour blindness (Wong, Points of view: Color blindness, Nature Methods
 * 2011, doi:10.1038/nmeth.1618); darkened until each has a contrast of 3:1 with the page, texts 4.5:1 (WCAG 2.1).
 */
export const LIGHT: Palette = {
  page: '#f6f7f9',
  card: '#ffffff',
  text: '#1b2027',
  muted: '#59636e',
  line: '#d5dbe1',
  stable: '#0b69ad',
  canary: '#d9660f',
  errors: '#b01c64',
  latency: '#00796b',
  drift: '#6a45b5',
  shadow: '#8a6100',
  good: '#1a7034',
  bad: '#b3261e',
  open: '#7a5200',
}

export const DARK: Palette = {
  page: '#0f1318',
  card: '#171c23',
  text: '#e7ecf2',
  muted: '#a3adb8',
  line: '#353e49',
  stable: '#63b1f0',
  canary: '#ffa15e',
  errors: '#f581bb',
  latency: '#45cbb7',
  drift: '#b9a1f7',
  shadow: '#deb44f',
  good: '#56c878',
  bad: '#ff8a80',
  open: '#e5b94e',
}
