/** Draws from the uniform distribution on [0, 1). */
export type Random = () => number

/**
 * A generator whose draws depend on the seed alone: sfc32 by Chris Doty-Humphrey, from PractRand
 * (https://pracrand.sourceforge.net), 128 bits of state, its first outputs thrown away.
 *
 * @param seed a whole number; its lower 32 bits count
 */
export function seededRandom(seed: number): Random {
  let a = 0x9e3779b9
  let b = 0x243f6a88
  let c = seed | 0
  let counter = 1
  const draw = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 2 ** 32
  }
  for (let k = 0; k < 16; k++) draw()
  return draw
}
