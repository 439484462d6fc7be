const TWO_POW_26 = 2 ** 26
const TWO_POW_53 = 2 ** 53

/**
 * A stream of random numbers that is determined by its name alone: the same name gives the same numbers on every machine,
 * and streams of different names are independent for any purpose a simulation has.
 *
 * xoshiro128** 1.1 (Blackman and Vigna 2021, doi:10.1145/3460772), chosen over 64-bit generators because it needs nothing
 * but 32-bit integer arithmetic, which JavaScript does fast.
 */
export class Random {
  readonly name: string
  #s0: number
  #s1: number
  #s2: number
  #s3: number

  /** @param state four 32-bit words, not all zero; derived from the name when absent */
  constructor(name: string, state: readonly [number, number, number, number] = hashName(name)) {
    this.name = name
    this.#s0 = state[0]
    this.#s1 = state[1]
    this.#s2 = state[2]
    this.#s3 = state[3]
  }

  /** The stream of a part of this one's subject. It does not depend on how far this stream has been read. */
  fork(part: string | number): Random {
    return new Random(`${this.name}/${part}`)
  }

  /** 32 random bits as a whole number from 0 to 2^32 - 1. */
  bits(): number {
    const scrambled = Math.imul(rotateLeft(Math.imul(this.#s1, 5), 7), 9)
    const shifted = this.#s1 << 9
    this.#s2 ^= this.#s0
    this.#s3 ^= this.#s1
    this.#s1 ^= this.#s2
    this.#s0 ^= this.#s3
    this.#s2 ^= shifted
    this.#s3 = rotateLeft(this.#s3, 11)
    return scrambled >>> 0
  }

  /** Uniform in [0, 1) with 53 random bits. */
  uniform(): number {
    const high = this.bits() >>> 5
    return (high * TWO_POW_26 + (this.bits() >>> 6)) / TWO_POW_53
  }
}

function rotateLeft(word: number, count: number): number {
  return (word << count) | (word >>> (32 - count))
}

/**
 * 128 bits of a text, well mixed: four multiplicative hashes that feed each other, finished with MurmurHash3's mixer
 * (Appleby, public domain). Names that differ in one character share no bits by more than chance.
 */
function hashName(name: string): [number, number, number, number] {
  let [a, b, c, d] = [1_779_033_703, 3_144_134_277, 1_013_904_242, 2_773_480_762]
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i)
    a = b ^ Math.imul(a ^ code, 597_399_067)
    b = c ^ Math.imul(b ^ code, 2_869_860_233)
    c = d ^ Math.imul(c ^ code, 951_274_213)
    d = a ^ Math.imul(d ^ code, 2_716_044_179)
  }
  const sum = a ^ b ^ c ^ d
  // The golden ratio's bits, should the rest be zero, keep the generator from its one forbidden state.
  return [mixBits(a ^ sum) | 0, mixBits(b + sum) | 0, mixBits(c + 3 * sum) | 0, mixBits(d ^ sum) || 0x9e3779b9]
}

function mixBits(word: number): number {
  let mixed = word ^ (word >>> 16)
  mixed = Math.imul(mixed, 0x85ebca6b)
  mixed ^= mixed >>> 13
  mixed = Math.imul(mixed, 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}
