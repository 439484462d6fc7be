import { type Fault, InputError } from '#faults'
import { seriesName, type Labels } from './counter.ts'

/** One sample of the Prometheus text format. Timestamps and exemplars are read over: the scrape itself gives the time. */
export interface ExpositionSample {
  readonly metric: string
  readonly labels: Labels
  readonly value: number
}

/** Most samples in one scrape; a service with more has a label that holds something without limit. */
const MAX_SAMPLES = 100_000
const MAX_LABELS = 64
const MAX_LINE_LENGTH = 65_536
const MAX_FAULTS = 50

const SPACE = /[ \t]*/y
const METRIC_NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y
const LABEL = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"([^"\\]*(?:\\.[^"\\]*)*)"[ \t]*(,?)/y
const LABELS_END = /[ \t]*\}/y
const VALUE = /[^ \t]+/y
const AFTER_VALUE = /[ \t]*(?:[ \t]-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?[ \t]*)?(?:#[ \t]*\{.*)?$/y
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

/**
 * Reads the Prometheus text format 0.0.4, and of OpenMetrics what a client library writes beside it: `# EOF`, timestamps
 * in seconds, exemplars.
 *
 * @param text the body of a scrape; its size is for the caller to limit
 * @param subject what is read, as a noun phrase for the message
 * @param isWanted samples of other metrics are checked but not returned
 * @throws {InputError} with the line number of every fault, 50 at most
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function parseExposition(
  text: string,
  subject: string,
  isWanted: (metric: string) => boolean = () => true,
): ExpositionSample[] {
  const samples: ExpositionSample[] = []
  const seen = new Set<string>()
  const faults: Fault[] = []
  let count = 0
  let lineNumber = 0
  for (let start = 0; start < text.length && faults.length < MAX_FAULTS;) {
    const end = text.indexOf('\n', start)
    const line = text.slice(start, end < 0 ? text.length : end).replace(/\r$/, '')
    start = end < 0 ? text.length : end + 1
    lineNumber += 1
    if (line === '# EOF') break
    if (/^[ \t]*(?:#|$)/.test(line)) continue
    count += 1
    if (count > MAX_SAMPLES) {
      faults.push({ path: `line ${lineNumber}`, text: `expected at most ${MAX_SAMPLES} samples, received more` })
      break
    }
    const sample =
      line.length > MAX_LINE_LENGTH
        ? `expected at most ${MAX_LINE_LENGTH} characters, received ${line.length}`
        : parseSample(line)
    if (typeof sample === 'string') {
      faults.push({ path: `line ${lineNumber}`, text: sample })
    } else if (isWanted(sample.metric)) {
      const name = seriesName(sample.metric, sample.labels)
      if (seen.has(name))
        faults.push({ path: `line ${lineNumber}`, text: `expected ${clip(name)} once, received it again` })
      seen.add(name)
      samples.push(sample)
    }
  }
  if (faults.length > 0) throw new InputError(subject, faults)
  return samples
}

/** @returns the sample, or what is wrong with the line */
function parseSample(line: string): ExpositionSample | string {
  let at = match(SPACE, line, 0)!.end
  const name = match(METRIC_NAME, line, at)
  if (name === undefined) return `expected the name of a metric, received ${clip(line.slice(at))}`
  at = match(SPACE, line, name.end)!.end
  const labels = Object.create(null) as Record<string, string>
  if (line[at] === '{') {
    const end = parseLabels(line, at + 1, labels)
    if (typeof end === 'string') return end
    at = end
  } else if (at === name.end) {
    return `expected a space and a value after ${clip(name.text)}, received ${clip(line.slice(at))}`
  }
  at = match(SPACE, line, at)!.end
  const number = match(VALUE, line, at)
  const value = number && parseValue(number.text)
  if (number === undefined || value === undefined) return `expected a number, received ${clip(line.slice(at))}`
  if (match(AFTER_VALUE, line, number.end) === undefined) {
    return `expected a time or nothing after the value, received ${clip(line.slice(number.end))}`
  }
  return { metric: name.text, labels, value }
}

/** @returns where the labels end, or what is wrong with them */
function parseLabels(line: string, start: number, labels: Record<string, string>): number | string {
  let at = start
  let mayGoOn: boolean = true
  for (let count = 0; ; count += 1) {
    const end = match(LABELS_END, line, at)
    if (end !== undefined) return end.end
    LABEL.lastIndex = at
    const found: RegExpExecArray | null = mayGoOn ? LABEL.exec(line) : null
    if (found === null) return `expected a label such as code="200" or "}", received ${clip(line.slice(at))}`
    const [, label = '', value = '', comma = '']: readonly string[] = found
    if (label in labels) return `expected label ${clip(label)} once, received it again`
    if (count === MAX_LABELS) return `expected at most ${MAX_LABELS} labels, received more`
    labels[label] = unescape(value)
    mayGoOn = comma === ','
    at = LABEL.lastIndex
  }
}

/** Backslash and line feed, as the format says; other escapes stay as they are, as Prometheus keeps them. */
function unescape(value: string): string {
  if (!value.includes('\\')) return value
  return value.replace(/\\(["\\n])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
}

function parseValue(text: string): number | undefined {
  if (NUMBER.test(text)) return Number(text)
  if (/^nan$/i.test(text)) return Number.NaN
  if (/^\+?inf(?:inity)?$/i.test(text)) return Infinity
  return /^-inf(?:inity)?$/i.test(text) ? -Infinity : undefined
}

function match(pattern: RegExp, line: string, at: number): { text: string; end: number } | undefined {
  pattern.lastIndex = at
  const found = pattern.exec(line)
  return found === null ? undefined : { text: found[0], end: pattern.lastIndex }
}

function clip(text: string): string {
  if (text === '') return 'nothing'
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}
