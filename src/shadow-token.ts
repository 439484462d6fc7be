import { InputError } from '#faults'
import { readTextFile } from './policy-file.ts'

const MAX_TOKEN_BYTES = 4_096

/** The characters that a bearer token may have (RFC 6750, section 2.1); shorter ones can be guessed. */
const TOKEN = /^[A-Za-z0-9\-._~+/]{16,}=*$/

/**
 * Reads the token that pods of one Rollout show each other. White space around it is left out, since editors end files with a new
 * line.
 *
 * @throws {InputError} where the file cannot be read or holds none; the message does not show what it holds
 */
export async function readShadowToken(path: string): Promise<string> {
  const subject = `token "${path}"`
  const token = (await readTextFile(path, subject, MAX_TOKEN_BYTES)).trim()
  if (TOKEN.test(token)) return token
  const others = /^[A-Za-z0-9\-._~+/=]*$/.test(token) ? '' : ', some of them others'
  const text = `expected at least 16 letters, digits or any of -._~+/, received ${token.length} characters${others}`
  throw new InputError(subject, [{ path: '', text }])
}
