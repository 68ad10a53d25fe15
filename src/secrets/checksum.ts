import { crc32 as zlibCrc32 } from "node:zlib";

/**
 * Marvin32 as Microsoft seals its identifiable keys with it: the two halves of the state folded into 32 bits.
 * The seed is eight ASCII characters, read as one big-endian 64-bit number.
 * Source: SymCrypt's marvin32 and microsoft/security-utilities (MIT), whose vectors the tests hold.
 */
export function marvin32(data: Uint8Array, seed: string): number {
  const read = (at: number) =>
    (seed.charCodeAt(at) << 24) |
    (seed.charCodeAt(at + 1) << 16) |
    (seed.charCodeAt(at + 2) << 8) |
    seed.charCodeAt(at + 3);
  return marvin(data, read(4), read(0));
}

/** Marvin32 with the seed as two 32-bit numbers. */
export function marvin(data: Uint8Array, seedLow: number, seedHigh: number): number {
  let low = seedLow | 0;
  let high = seedHigh | 0;
  const mix = (word: number) => {
    low = (low + word) | 0;
    high ^= low;
    low = ((low << 20) | (low >>> 12)) + high;
    high = ((high << 9) | (high >>> 23)) ^ low;
    low = ((low << 27) | (low >>> 5)) + high;
    high = (high << 19) | (high >>> 13);
    low |= 0;
  };
  const whole = data.length - (data.length % 4);
  const byte = (at: number) => data[at] ?? 0;
  for (let at = 0; at < whole; at += 4) {
    mix(byte(at) | (byte(at + 1) << 8) | (byte(at + 2) << 16) | (byte(at + 3) << 24));
  }
  let tail = 0x80;
  for (let at = data.length - 1; at >= whole; at--) tail = (tail << 8) | byte(at);
  mix(tail);
  mix(0);
  return (low ^ high) >>> 0;
}

/** CRC-32 (IEEE) of bytes. */
export function crc32(data: Uint8Array): number {
  return zlibCrc32(data) >>> 0;
}

/** A number in a positional alphabet, most significant digit first. */
export function inAlphabet(number: number, alphabet: string, width: number): string {
  let text = "";
  for (let rest = number; rest > 0; rest = Math.floor(rest / alphabet.length)) {
    text = alphabet.charAt(rest % alphabet.length) + text;
  }
  return text.padStart(width, alphabet.charAt(0));
}
