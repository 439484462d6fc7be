/** Letters and digits that Kubernetes uses in generated names: no vowels, so no words. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'
const LENGTH = 10

/**
 * A hash that looks like the one Argo Rollouts puts on pods, made of a model's content: the same model is the same version,
 * whatever its file is called.
 *
 * @param digest hexadecimal, at least 24 digits
 */
export function podTemplateHash(digest: string): string {
  let rest = BigInt(`0x${digest.slice(0, 24)}`)
  let hash = ''
  while (hash.length < LENGTH) {
    hash += ALPHABET.charAt(Number(rest % BigInt(ALPHABET.length)))
    rest /= BigInt(ALPHABET.length)
  }
  return hash
}
