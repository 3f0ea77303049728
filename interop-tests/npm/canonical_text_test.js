import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import path from 'node:path';
import readline from 'node:readline';
import {describe, test} from 'node:test';

import canonicalize from 'canonicalize';

import {Random} from './harness/random.js';

const count = Number(process.env.AVOW_CANONICAL_COUNT ?? 10_000);
const documents = 10_000;
const batch = 10_000;

/// The program that reads lines of JSON and writes lines of canonical text.
class OurCanonicaliser {
  constructor() {
    this.process = spawn(path.join(path.dirname(process.env.AVOW_BINARY), 'canonical_text'), {stdio: ['pipe', 'pipe', 'inherit']});
    this.lines = readline.createInterface({input: this.process.stdout})[Symbol.asyncIterator]();
  }
  async textsOf(lines) {
    this.process.stdin.write(`${lines.join('\n')}\n`);
    const texts = [];
    while (texts.length < lines.length) texts.push((await this.lines.next()).value);
    return texts;
  }
  async end() {
    this.process.stdin.end();
    const [code] = await once(this.process, 'exit');
    assert.equal(code, 0);
  }
}

/// Compares `total` lines.
async function compare(total, makeLine) {
  const ours = new OurCanonicaliser();
  for (let done = 0; done < total; done += batch) {
    const lines = Array.from({length: Math.min(batch, total - done)}, makeLine);
    const texts = await ours.textsOf(lines);
    for (const [i, line] of lines.entries()) {
      const expected = canonicalize(JSON.parse(line));
      if (texts[i] !== expected) assert.fail(`${line}\n  here:  ${texts[i]}\n  there: ${expected}`);
    }
  }
  await ours.end();
}

/// A literal that is read as this double; with an exponent, as integers over 2^53 are refused here.
function literalOf(random, value) {
  switch (random.below(3)) {
    case 0: return value.toExponential();
    case 1: return value.toExponential(random.between(16, 40));
    default: return Number.isInteger(value) && !Number.isSafeInteger(value) ? value.toExponential() : JSON.stringify(value);
  }
}

/// A JSON string, sometimes with every character escaped.
function stringOf(random, text) {
  return random.oneIn(4) ?
    `"${Array.from({length: text.length}, (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')}"` :
    JSON.stringify(text);
}

describe('the canonical text of Avow is that of the package canonicalize', {timeout: 1_800_000}, () => {
  test('of random doubles', async (t) => {
    const random = new Random('doubles');
    await compare(count, () => `[${literalOf(random, random.double())}]`);
    t.diagnostic(`canonical text equal: ${count} doubles`);
  });

  test('of objects with pairs of random keys, of all planes', async (t) => {
    const random = new Random('keys');
    await compare(count, () => {
      const stem = random.text(3);
      const [one, other] = [`${stem}${random.text(3)}`, `${stem}${random.text(3)}`];
      return one === other ? `{${stringOf(random, one)}:0}` : `{${stringOf(random, one)}:1,${stringOf(random, other)}:2}`;
    });
    t.diagnostic(`canonical text equal: ${count} pairs of keys`);
  });

  test('of random documents', async (t) => {
    const random = new Random('documents');
    await compare(documents, () => JSON.stringify(random.json(4)));
    t.diagnostic(`canonical text equal: ${documents} documents`);
  });

  test('but Avow refuses what Node reads with a loss', async () => {
    const ours = new OurCanonicaliser();
    for (const [line, code] of [
      ['[9007199254740991]', '[9007199254740991]'],
      ['[9007199254740992]', 'error unsafe_integer'],
      ['[-9007199254740992]', 'error unsafe_integer'],
      ['{"a":1,"\\u0061":2}', 'error duplicate_key'],
      ['["\\ud800"]', 'error invalid_unicode'],
      ['[1e309]', 'error number_range'],
    ]) {
      assert.doesNotThrow(() => JSON.parse(line));
      assert.deepEqual(await ours.textsOf([line]), [code], line);
    }
    await ours.end();
  });
});
