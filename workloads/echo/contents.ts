/**
 * What Echo's clients put: keys as the original driver prints them (a decimal number,
 * zero-padded), and values that can be checked without knowing who wrote them. The original writes
 * the same value everywhere; here a value starts with the key's number and the number of the put,
 * 4 bytes each, and continues with pseudo-random words that these two determine. Keys and values
 * end in a zero byte.
 */

const ZERO = 48;

/** Writes `number` into `target` as decimal characters, zero-padded, and a terminating zero. */
export function writeKey(target: Uint8Array, number: number): void {
  let rest = number;
  let i = target.length - 1;
  target[i--] = 0;
  for (; i >= 0; i--) {
    target[i] = ZERO + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  if (rest > 0) throw new RangeError(`key ${number} has more than ${target.length - 1} digits`);
}

/** The number that a key prints, or -1 if it is none. */
export function keyNumber(key: Uint8Array): number {
  let number = 0;
  for (let i = 0; i < key.length - 1; i++) {
    const digit = key[i] - ZERO;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return key[key.length - 1] === 0 && Number.isSafeInteger(number) ? number : -1;
}

/** Bernstein's string hash (djb2), as Echo's table uses, in 32 bits. */
export function hashKey(key: Uint8Array): number {
  let hash = 5381;
  for (let i = 0; i < key.length - 1; i++) hash = (Math.imul(hash, 33) + key[i]) | 0;
  return hash >>> 0;
}

/** Fills `target` with the value of put number `serial` to key `number`. */
export function writeValue(target: Uint8Array, number: number, serial: number): void {
  fillWords(target, number >>> 0, serial >>> 0);
}

function fillWords(target: Uint8Array, first: number, second: number): void {
  let word = first;
  let state = (Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b)) | 1;
  const last = target.length - 1;
  for (let at = 0; at < last; at += 4) {
    if (at === 4) {
      word = second;
    } else if (at > 4) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      word = state;
    }
    const end = Math.min(at + 4, last);
    for (let i = at; i < end; i++) {
      target[i] = word & 0xff;
      word >>>= 8;
    }
  }
  target[last] = 0;
}

/** The put number in a value of key `number`, or -1 if the bytes are no value of that key. */
export function valueSerial(value: Uint8Array, number: number): number {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  if (view.getUint32(0, true) !== number >>> 0) return -1;
  const serial = view.getUint32(4, true);
  const expected = new Uint8Array(value.length);
  fillWords(expected, number >>> 0, serial);
  return Buffer.compare(expected, value) === 0 ? serial : -1;
}

/** Whether `key` is in `bytes` at `offset`. */
export function holdsKey(bytes: Uint8Array, offset: number, key: Uint8Array): boolean {
  // From the end: keys are numbers with many leading zeros.
  for (let i = key.length - 1; i >= 0; i--) if (bytes[offset + i] !== key[i]) return false;
  return true;
}
