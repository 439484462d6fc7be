#!/usr/bin/env node
// Starts modelgate under the Node it was written for, whatever Node the machine has.
//
// The project targets Node 24 and brings it as an npm package. Where this process already is new enough it goes on by
// itself; otherwise it runs the bundled Node with the same arguments, hands signals on and repeats the exit code. This
// file must stay readable for Node 20: plain JavaScript, no type stripping, no newer syntax.
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const WANTED_MAJOR = 24
// The controller waits for a plugin's first line, so that one skips what the command line loads.
const isPlugin = process.argv[2] === 'plugin' && process.env.ARGO_ROLLOUTS_RPC_PLUGIN !== undefined
const main = new URL(isPlugin ? './plugin/main.ts' : './main.ts', import.meta.url)

if (Number(process.versions.node.split('.')[0]) >= WANTED_MAJOR) {
  await import(main.href)
} else {
  runUnder(bundledNode())
}

/** @returns {string} path of the Node binary that came with the dependencies */
function bundledNode() {
  const name = `node-${process.platform}-${process.arch}`
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`)
    return fileURLToPath(new URL(process.platform === 'win32' ? 'bin/node.exe' : 'bin/node', `file://${manifest}`))
  } catch (cause) {
    process.stderr.write(
      `Cannot start modelgate: it needs Node ${WANTED_MAJOR}, this is ${process.versions.node} and the package ` +
        `'${name}' is not installed (run "make build", or install Node ${WANTED_MAJOR}): ${String(cause)}\n`,
    )
    process.exit(2)
  }
}

/** @param {string} node path of the Node binary to go on under */
function runUnder(node) {
  const child = spawn(node, [...process.execArgv, fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit' })
  /** @type {NodeJS.Signals[]} */
  const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2']
  for (const signal of forwarded) {
    // A terminal sends SIGINT to the whole group: the child has it already. It still must not end this process first.
    process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal)))
  }
  child.on('error', (error) => {
    process.stderr.write(`Cannot start modelgate: cannot run "${node}": ${error.message}\n`)
    process.exit(2)
  })
  child.on('exit', (code, signal) => {
    process.exit(signal === null ? (code ?? 2) : 128 + constants.signals[signal])
  })
}
