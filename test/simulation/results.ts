import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { CellResult } from './simulate.ts'

/** Everything the tables and charts are made from. */
export interface Results {
  readonly seed: string
  readonly cells: readonly CellResult[]
}

/** One cell per line, so that a changed figure is a changed line. */
export async function writeResults(path: string, { seed, cells }: Results): Promise<void> {
  const lines = cells.map((cell) => `    ${JSON.stringify(cell)}`).join(',\n')
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, `{\n  "seed": ${JSON.stringify(seed)},\n  "cells": [\n${lines}\n  ]\n}\n`)
}

/** Reads back what `writeResults` wrote; undefined when there is nothing yet. */
export async function readResults(path: string): Promise<Results | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Results
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new Error(`Cannot read results from ${path}: ${String(error)}`, { cause: error })
  }
}
