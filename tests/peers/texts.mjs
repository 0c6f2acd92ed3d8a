// The notes of `samsyn bench`: the same words for the same number (sync-server/src/commands/bench/notes.rs).

import { createCipheriv } from 'node:crypto'
import { readFileSync } from 'node:fs'

const CHARACTERS = 110
const U64 = (1n << 64n) - 1n
const here = name => new URL(name, import.meta.url)

const source = readFileSync(here('../../sync-server/src/commands/bench/notes.rs'), 'utf8')
const WORDS = /const WORDS: &str = "([^"]*)"/.exec(source)[1].replaceAll('\\', ' ').trim().split(/\s+/)

/** The key that rand_core's `seed_from_u64` makes of a number, with PCG-XSH-RR (O'Neill 2014). */
function seed (number) {
  const key = Buffer.alloc(32)
  let state = BigInt(number)
  for (let at = 0; at < 32; at += 4) {
    state = (state * 0x5851f42d4c957f2dn + 0xa17654e46fbe17f3n) & U64
    const shifted = Number((((state >> 18n) ^ state) >> 27n) & 0xffffffffn)
    const turns = Number(state >> 59n)
    key.writeUInt32LE(((shifted >>> turns) | (shifted << ((32 - turns) % 32))) >>> 0, at)
  }
  return key
}

/** A note's words. */
export function words (number) {
  // A word is picked with eight bytes of the stream, and has at least one letter and a blank.
  const stream = createCipheriv('chacha20', seed(number), Buffer.alloc(16)).update(Buffer.alloc(CHARACTERS * 4))
  let text = ''
  for (let at = 0; text.length < CHARACTERS; at += 8) {
    text += WORDS[Number(stream.readBigUInt64LE(at) % BigInt(WORDS.length))] + ' '
  }
  return text.slice(0, CHARACTERS)
}

/** Throws unless the words are those that the relay's own load writes; a test of it reads the same file. */
export function check () {
  for (const line of readFileSync(here('sample.txt'), 'utf8').trimEnd().split('\n')) {
    const number = line.split(' ', 1)[0]
    const expected = line.slice(number.length + 1)
    if (words(number) !== expected) throw new Error(`note ${number} is not the same text as in samsyn bench`)
  }
}
