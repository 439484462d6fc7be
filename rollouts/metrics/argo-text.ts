/**
 * A sentence as the Rollouts controller can pass it on. It hands messages to Go's formatting as if they were formats, in
 * logs and Events, and `0.6 % of` would arrive there as `0.6 %!o(MISSING)f`; a word survives, and `%%` would be doubled
 * wherever the message is taken as it is.
 */
export function argoText(sentence: string): string {
  return sentence.replaceAll(/ ?%/g, ' percent')
}
