// Everything random in these tests comes from AVOW_SEED, which the runner chooses and prints. The nodes' own keys, the
// nonces of ECDSA and the times are fresh in every run.
import {createHash} from 'node:crypto';

/// xoshiro128** over a hash of the seed and a name, so that the order of tests changes nothing.
export class Random {
  constructor(name, seed = process.env.AVOW_SEED) {
    if (!seed) throw new Error('AVOW_SEED is not set: start the tests with `npm test`');
    const digest = createHash('sha256').update(`${seed}/${name}`).digest();
    this.state = [0, 4, 8, 12].map((offset) => digest.readUInt32LE(offset));
  }
  u32() {
    const s = this.state;
    const turned = Math.imul(s[1], 5);
    const result = Math.imul((turned << 7) | (turned >>> 25), 9) >>> 0;
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return result;
  }
  below(bound) { return Math.floor(this.u32() / 2 ** 32 * bound); }
  between(first, last) { return first + this.below(last - first + 1); }
  oneIn(count) { return this.below(count) === 0; }
  pick(list) { return list[this.below(list.length)]; }
  bytes(count) { return Uint8Array.from({length: count}, () => this.below(256)); }
  uuid() {
    const hex = Buffer.from(this.bytes(16)).toString('hex');
    return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  }
  word() { return Array.from({length: this.between(3, 9)}, () => this.pick([...'abcdefghijklmnopqrstuvwxyz'])).join(''); }

  /// One character of any plane, often one at which orders and escapes go wrong.
  character() {
    switch (this.below(8)) {
      case 0: return String.fromCodePoint(this.below(0x20));
      case 1: return this.pick(['"', '\\', '/', '\u007f', '\u2028', '\u2029', '\ufeff', '\ufffd']);
      case 2: return String.fromCodePoint(this.between(0xe000, 0xffff));
      case 3: return String.fromCodePoint(this.between(0x10000, 0x10ffff));
      case 4: return String.fromCodePoint(this.between(0xd000, 0xd7ff));
      case 5: return String.fromCodePoint(this.between(0x80, 0x7ff));
      default: return String.fromCodePoint(this.between(0x20, 0x7e));
    }
  }
  text(longest = 12) { return Array.from({length: this.below(longest + 1)}, () => this.character()).join(''); }

  /// A finite double: any bit pattern, or one of the kinds whose text is hard.
  double() {
    const view = new DataView(new ArrayBuffer(8));
    for (;;) {
      view.setUint32(0, this.u32());
      view.setUint32(4, this.u32());
      if (this.oneIn(8)) view.setUint32(0, view.getUint32(0) & 0x800fffff);  // subnormal
      let value = view.getFloat64(0);
      switch (this.below(6)) {
        case 0: value = Number(`${this.oneIn(2) ? '-' : ''}1e${this.between(-324, 308)}`); break;
        case 1: value = this.between(-(2 ** 31), 2 ** 31) / 10 ** this.below(12); break;
        case 2: value = (this.u32() * 2 ** 21 + (this.u32() >>> 11)) * (this.oneIn(2) ? -1 : 1); break;
        case 3: value = 2 ** this.between(-1074, 1023) * (1 + this.between(-2, 2) * Number.EPSILON); break;
      }
      if (Number.isFinite(value)) return value;
    }
  }

  /// A JSON value as a credential may hold it: no number that JSON.stringify would write as an integer over 2^53.
  json(depth = 3) {
    switch (this.below(depth > 0 ? 8 : 5)) {
      case 0: return this.oneIn(2);
      case 1: return this.between(-(2 ** 31), 2 ** 31);
      case 2: {
        const value = this.double();
        return Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21 ? 0.5 : value;
      }
      case 3: return this.word();
      case 4: return this.text();
      case 5: return Array.from({length: this.between(1, 4)}, () => this.json(depth - 1));
      default: return this.members(depth - 1);
    }
  }
  members(depth) {
    const names = Array.from({length: this.between(1, 5)}, () => this.oneIn(3) ? `k${this.text()}` : this.word());
    return Object.fromEntries(names.filter((name) => !['id', 'type', 'name', 'proof'].includes(name))
      .map((name) => [name, this.json(depth)]));
  }
}
