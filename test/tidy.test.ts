// Holds the tree to its own rules: who may import whom, what may be called where, and that every suite really runs.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const ROOT = join(import.meta.dirname, '..')
const ROOMS = ['analysis', 'rollouts', 'runtime', 'src', 'test'] as const

interface SourceFile {
  /** Path from the repository's root, with forward slashes. */
  readonly path: string
  readonly text: string
  readonly imports: readonly string[]
}

const files: readonly SourceFile[] = ROOMS.flatMap((room) => walk(join(ROOT, room)))
  .filter((path) => /\.(ts|mjs)$/.test(path))
  .map((path) => {
    const text = readFileSync(path, 'utf8')
    return { path: relative(ROOT, path).split(sep).join('/'), text, imports: importsOf(text) }
  })

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') return []
    const path = join(folder, entry.name)
    return entry.isDirectory() ? walk(path) : [path]
  })
}

function importsOf(text: string): string[] {
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\s[^'"`;]*?from\s+'([^']+)'|import\(\s*'([^']+)'\s*\)|(?:^|\n)import\s+'([^']+)'/g,
  )
  return [...found].map(([, from, dynamic, bare]) => from ?? dynamic ?? bare ?? '')
}

/** What each room may import beside files of its own folder; a rule nobody runs is the first to break. */
const MAY_IMPORT: readonly { readonly room: string; readonly doors: readonly RegExp[] }[] = [
  { room: 'analysis/faults/', doors: [/^zod$/] },
  { room: 'analysis/decision/', doors: [/^#faults$/, /^zod$/] },
  { room: 'analysis/evidence/', doors: [/^#(faults|decision)$/, /^zod$/, /^prometheus-query$/, /^undici$/, /^node:/] },
  { room: 'rollouts/manifest/', doors: [/^#(faults|decision)$/, /^zod$/, /^yaml$/] },
  { room: 'rollouts/plugin/', doors: [/^node:(net|buffer|stream|fs|fs\/promises|os|path|crypto|process|url)$/] },
  { room: 'rollouts/metrics/', doors: [/^#(plugin|faults|decision|evidence)$/, /^zod$/, /^node:/] },
  { room: 'runtime/', doors: [/^#faults$/, /^onnxruntime-(node|common)$/, /^fastify$/, /^zod$/, /^node:/] },
  { room: 'src/build/', doors: [/^node:/, /^esbuild$/] },
  {
    room: 'src/',
    doors: [
      /^#/,
      /^node:/,
      /^(fastify|prom-client|zod|yaml|undici|(\.\.\/)+package\.json)$/,
      /^@kubernetes\/client-node$/,
    ],
  },
]

const imports = suite('imports')

for (const { room, doors } of MAY_IMPORT) {
  imports(`of ${room} stay within its own files and its doors`, () => {
    const wrong = files
      .filter(({ path }) => roomOf(path) === room && !path.includes('/examples/'))
      .flatMap(({ path, imports: names }) =>
        names
          .filter((name) => !(name.startsWith('.') && staysIn(room, path, name)))
          .filter((name) => !doors.some((door) => door.test(name)))
          .map((name) => `${path} imports ${name}`),
      )
    assert.equal(wrong, [])
  })
}

/** The innermost room: a room within a room has rules of its own. */
function roomOf(path: string): string | undefined {
  return MAY_IMPORT.find(({ room }) => path.startsWith(room))?.room
}

function staysIn(room: string, path: string, name: string): boolean {
  return relative(ROOT, join(ROOT, path, '..', name))
    .split(sep)
    .join('/')
    .startsWith(room)
}

imports('of files behind a door come from their own folder only', () => {
  const wrong = files
    .filter(({ path }) => !path.startsWith('test/'))
    .flatMap(({ path, imports: names }) =>
      names.filter((name) => /^#[a-z]+\//.test(name)).map((name) => `${path} imports ${name}`),
    )
  assert.equal(wrong, [])
})

imports('make no circle', () => {
  const known = new Map(files.map((file) => [file.path, file]))
  const done = new Set<string>()
  const circle = [...known.keys()].map((path) => findCircle(path, [])).find((found) => found !== undefined)
  assert.is(circle?.join(' -> '), undefined)

  function findCircle(path: string, trail: readonly string[]): string[] | undefined {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path]
    if (done.has(path)) return undefined
    const file = known.get(path)
    for (const name of file === undefined ? [] : valueImportsOf(file.text)) {
      if (!name.startsWith('.')) continue
      const next = relative(ROOT, join(ROOT, path, '..', name))
        .split(sep)
        .join('/')
      const found = findCircle(next, [...trail, path])
      if (found !== undefined) return found
    }
    done.add(path)
    return undefined
  }
})

/** Imports that exist when the program runs; types may refer to each other. */
function valueImportsOf(text: string): string[] {
  return importsOf(text.replace(/(^|\n)\s*(import|export) type [^'"`;]*?from\s+'[^']+'/g, ''))
}

imports.run()

const source = suite('source')

source('has no file above 500 lines', () => {
  const long = files.filter(({ text }) => text.split('\n').length > 501).map(({ path }) => path)
  assert.equal(long, [])
})

source('reads the clock, chance and the process only in src/ and tests', () => {
  const pattern = /\bDate\.now\(|\bMath\.random\(|\bnew Date\(\)|\bprocess\.(env|exit|argv|std)/
  const wrong = files
    .filter(({ path }) => !/^(src|test)\/|\/examples\//.test(path))
    .filter(({ text }) => pattern.test(withoutComments(text)))
    .map(({ path }) => path)
  assert.equal(wrong, [])
})

source('swallows no error and switches no check off', () => {
  const pattern = new RegExp(
    [
      'catch *(\\([a-z]*\\))? *\\{ *\\}',
      '@ts-' + 'ignore',
      '@ts-' + 'expect-error',
      'eslint-' + 'disable',
      'TO' + 'DO',
      'FIX' + 'ME',
    ].join('|'),
    'i',
  )
  assert.equal(
    files.filter(({ text }) => pattern.test(text)).map(({ path }) => path),
    [],
  )
})

source.run()

const tests = suite('test files')
const testFiles = files.filter(({ path }) => path.endsWith('.test.ts'))

tests('are there', () => {
  assert.ok(testFiles.length >= 20, `${testFiles.length} test files`)
})

tests('run every suite they declare', () => {
  const idle = testFiles.flatMap(({ path, text }) =>
    [...text.matchAll(/const (\w+) = suite(?:<[^>]*>)?\(/g)]
      .filter(([, name]) => !text.includes(`${name}.run()`))
      .map(([, name]) => `${path}: ${name}`),
  )
  assert.equal(idle, [])
})

tests('assert something', () => {
  const empty = testFiles.filter(({ text }) => !/assert\.|rejects\(|throws\(|near\(/.test(text)).map(({ path }) => path)
  assert.equal(empty, [])
})

tests('hold no test back and use no hook that hides its failure', () => {
  const pattern = /\.only\(|\.skip\(|\b\w+\.before\(/
  assert.equal(
    testFiles.filter(({ path, text }) => path !== 'test/tidy.test.ts' && pattern.test(text)).map(({ path }) => path),
    [],
  )
})

tests.run()

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '')
}
