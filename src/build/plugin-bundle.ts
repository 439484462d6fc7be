// Makes what the Rollouts controller needs to run the plugin, in dist/plugin:
//   modelgate                             one CommonJS file with a #! line, for images that have Node 22 or newer
//   bundle/                               the same with its own Node, C library and loader, for Argo's image, which has none
//   modelgate-plugin-<platform>.tar.gz    that folder, packed
import { execFile } from 'node:child_process'
import { chmod, copyFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { build, type Plugin } from 'esbuild'

const run = promisify(execFile)
const ROOT = join(import.meta.dirname, '../..')
const OUT = join(ROOT, 'dist/plugin')

/**
 * Two fifths of what the packages bring are zod's messages in fifty languages and the media types of files that a form would
 * carry. The plugin speaks English and sends no forms, and every byte is parsed before the handshake.
 */
const LEFT_OUT: Plugin = {
  name: 'left-out',
  setup(bundle) {
    bundle.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, ({ path }) => ({
      contents: "export { default as en } from './en.js'",
      resolveDir: dirname(path),
    }))
    bundle.onLoad({ filter: /[\\/]mime-db[\\/]db\.json$/ }, () => ({ contents: '{}', loader: 'json' }))
  },
}

await rm(OUT, { recursive: true, force: true })
await mkdir(OUT, { recursive: true })
const { script, packages } = await bundleScript()
say(`${script}: ${await megabytes(script)} MB`)
if (process.platform === 'linux') {
  const folder = await bundleFolder(script, packages)
  const archive = join(OUT, `modelgate-plugin-${process.platform}-${process.arch}.tar.gz`)
  await run('tar', [
    '--sort=name',
    '--owner=0',
    '--group=0',
    '--mtime=@0',
    '-I',
    'gzip -9n',
    '-cf',
    archive,
    '-C',
    folder,
    '.',
  ])
  say(`${archive}: ${await megabytes(archive)} MB`)
}

/** The copy that the controller makes has no extension, so Node takes it for CommonJS. */
async function bundleScript(): Promise<{ script: string; packages: readonly string[] }> {
  const outfile = join(OUT, 'modelgate')
  const { metafile } = await build({
    metafile: true,
    entryPoints: [join(ROOT, 'src/plugin/main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    minify: true,
    banner: { js: '#!/usr/bin/env node' },
    legalComments: 'linked',
    logLevel: 'warning',
    plugins: [LEFT_OUT],
  })
  await chmod(outfile, 0o755)
  const inputs = Object.keys(metafile.inputs).map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1])
  return { script: outfile, packages: [...new Set(inputs.filter((name) => name !== undefined))].sort() }
}

/** Node is linked dynamically; with its libraries and the loader beside it, it runs where there are none. */
async function bundleFolder(script: string, packages: readonly string[]): Promise<string> {
  const folder = join(OUT, 'bundle')
  const libraries = join(folder, 'lib')
  await mkdir(libraries, { recursive: true })
  await copyFile(script, join(folder, 'modelgate.cjs'))
  const node = join(folder, 'node')
  await copyFile(process.execPath, node)
  await chmod(node, 0o755)
  await run('strip', ['--strip-unneeded', node]).catch((error: unknown) => {
    say(`not stripped, and larger by it: ${String(error)}`)
  })
  for (const path of await sharedLibraries(process.execPath)) {
    const isLoader = basename(path).startsWith('ld-linux')
    const target = join(isLoader ? folder : libraries, basename(path))
    await copyFile(path, target)
    await chmod(target, 0o755)
  }
  await writeNotices(folder, packages)
  return folder
}

/** Paths in the answer of ldd: `libm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x…)`, and the loader alone. */
async function sharedLibraries(binary: string): Promise<string[]> {
  const { stdout } = await run('ldd', [binary])
  return [...stdout.matchAll(/(?:=>\s*|^\s*)(\/\S+)\s+\(/gm)].map(([, path]) => path ?? '')
}

/** The licences of Node, of the packages in the script and of this project travel with it. */
async function writeNotices(folder: string, packages: readonly string[]): Promise<void> {
  const nodePackage = dirname(
    createRequire(import.meta.url).resolve(`node-${process.platform}-${process.arch}/package.json`),
  )
  await copyFile(join(nodePackage, 'LICENSE'), join(folder, 'LICENSE.node'))
  await copyFile(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'))
  const texts = await Promise.all(packages.map(licenceOf))
  await writeFile(join(folder, 'LICENSE.packages'), texts.join('\n\n'))
}

async function licenceOf(name: string): Promise<string> {
  for (const file of ['LICENSE', 'LICENSE.md', 'License', 'LICENSE.txt']) {
    const text = await readFile(join(ROOT, 'node_modules', name, file), 'utf8').catch(() => undefined)
    if (text !== undefined) return `${name}\n\n${text.trim()}`
  }
  const { license } = JSON.parse(await readFile(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')) as {
    license?: string
  }
  return `${name}\n\n${license ?? 'see its repository'}`
}

async function megabytes(path: string): Promise<string> {
  return ((await stat(path)).size / 1e6).toFixed(1)
}

function say(text: string): void {
  process.stderr.write(`${text.replace(`${ROOT}/`, '')}\n`)
}
