import { stat } from 'node:fs/promises'

/**
 * What changes when a file is written or exchanged, also behind a symbolic link: identity, size and times. Cheap to look at,
 * unlike a digest.
 *
 * @returns `absent` where there is no file
 */
export async function fileStamp(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => undefined)
  if (found === undefined) return 'absent'
  const { dev, ino, size, mtimeNs, ctimeNs } = found
  return [dev, ino, size, mtimeNs, ctimeNs].join(':')
}
