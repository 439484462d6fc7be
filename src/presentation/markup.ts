/** HTML or SVG that is safe to write out as it is; text from outside becomes it through the tag `markup` alone. */
export interface Markup {
  readonly markup: string
}

/** What may stand in a template: text is escaped, markup is not, null leaves nothing. */
export type Fragment = Markup | string | number | null | readonly Fragment[]

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Not allowed in HTML in any spelling; the parser would replace them or stop. Direction overrides would forge a name. */
const FORBIDDEN = /(?![\t\n\r])[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/gu

/** Template tag that escapes what is put into it, in element content and in quoted attributes alike. */
export function markup(parts: TemplateStringsArray, ...fragments: readonly Fragment[]): Markup {
  return { markup: parts.map((part, index) => part + render(fragments[index] ?? null)).join('') }
}

/** A sentence with its numbers tied to their units, so that no line begins with "%". */
export function prose(text: string): string {
  return text.replace(/(\d) (?=(?:%|µs|ms|s|min|h)(?:[^\p{L}]|$))/gu, '$1\u00a0')
}

/** A coordinate in an SVG: a tenth of a unit is below what anyone sees. */
export function coordinate(value: number): string {
  return String(Math.round(value * 10) / 10)
}

function render(fragment: Fragment): string {
  if (fragment === null) return ''
  if (typeof fragment === 'number') return String(fragment)
  if (typeof fragment === 'string') return escape(fragment)
  if (isList(fragment)) return fragment.map(render).join('')
  return fragment.markup
}

function escape(text: string): string {
  return text.replace(FORBIDDEN, '\ufffd').replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '')
}

function isList(fragment: Markup | readonly Fragment[]): fragment is readonly Fragment[] {
  return Array.isArray(fragment)
}
