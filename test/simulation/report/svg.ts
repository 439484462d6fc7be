/** Attributes of an element; numbers are rounded to what an eye can see, so that files stay small and stable. */
export type Attributes = Readonly<Record<string, string | number>>

/** One SVG element as text. Attribute values and text content are escaped; children are taken as they are. */
export function element(name: string, attributes: Attributes, children: readonly string[] = []): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeText(show(value))}"`)
  return children.length === 0
    ? `<${name}${written.join('')}/>`
    : `<${name}${written.join('')}>${children.join('')}</${name}>`
}

/** A line of text at a point. */
export function label(text: string, attributes: Attributes): string {
  return element('text', attributes, [escapeText(text)])
}

/** A whole drawing on a white ground, readable in a light and a dark page alike. */
export function drawing(width: number, height: number, title: string, children: readonly string[]): string {
  const head = [element('title', {}, [escapeText(title)]), element('rect', { width, height, fill: '#ffffff' })]
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: 'img',
    'font-family': 'system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif',
    'font-size': 12,
    fill: '#1c2430',
  }
  return `${element('svg', attributes, ['\n', ...[...head, ...children].map((child) => `${child}\n`)])}\n`
}

function show(value: string | number): string {
  return typeof value === 'number' ? String(Math.round(value * 100) / 100) : value
}

function escapeText(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')
}
