import { basename } from 'node:path'

/** Short names of models: their file names, numbered where two are the same. */
export function titlesOf(paths: readonly string[]): string[] {
  const names = paths.map((path) => basename(path))
  return names.map((name, index) => {
    const earlier = names.slice(0, index).filter((other) => other === name).length
    return names.indexOf(name) === names.lastIndexOf(name) ? name : name.replace(/(\.onnx)?$/, `-${earlier + 1}$1`)
  })
}
