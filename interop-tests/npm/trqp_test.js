import assert from 'node:assert/strict';
import {createHash, createPublicKey, verify} from 'node:crypto';
import fs from 'node:fs';
import {after, before, describe, test} from 'node:test';

import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import canonicalize from 'canonicalize';

import {Folder, makeConsortium} from './harness/avow.js';
import {Random} from './harness/random.js';

const changesOfEach = 300;

const vectors = process.env.AVOW_VECTORS;
const skip = vectors ? false : 'AVOW_VECTORS is not set: it names the folder that has trqp-schemas';

/// The four schemas of TRQP v2.0.
function schemas() {
  const ajv = addFormats(new Ajv({strict: false}));
  return Object.fromEntries(['authorization_request', 'authorization_response', 'recognition_request', 'recognition_response']
    .map((name) => [name, ajv.compile(JSON.parse(fs.readFileSync(`${vectors}/trqp-schemas/trqp_${name}.schema.json`)))]));
}

describe('TRQP v2.0, held against its schemas by ajv', {timeout: 1_800_000, skip}, () => {
  const random = new Random('trqp');
  const folder = new Folder();
  let valid;
  let consortium;
  let authority_id;

  before(async () => {
    valid = schemas();
    consortium = await makeConsortium(folder);
    const {network} = JSON.parse(await consortium.globex.command('status', '--json'));
    authority_id = `ni:///sha-256;${network.slice(1)}`;
  });
  after(async () => {
    await consortium?.stop();
    folder.remove();
  });

  const query = (change = {}) => ({entity_id: consortium.acme.did, authority_id, action: 'issue',
    resource: 'AgentCapabilityCredential', ...change});
  /// Asks Globex, and looks at the form of the answer.
  async function ask(kind, body) {
    const reply = await consortium.globex.post(`/${kind}`, body);
    if (reply.status === 200) {
      assert.ok(valid[`${kind}_response`](reply.body), JSON.stringify(valid[`${kind}_response`].errors));
    } else {
      assert.deepEqual([typeof reply.body.code, reply.body.status], ['string', reply.status]);
    }
    return reply;
  }

  test('the answer is signed by the node that gives it, over the query that was asked', async () => {
    const body = query();
    const {status, body: answer} = await ask('authorization', body);
    assert.equal(status, 200);
    assert.equal(answer.authorized, true, answer.message);
    assert.equal(answer.query_hash, `u${createHash('sha256').update(canonicalize(body)).digest('base64url')}`);
    assert.ok(Date.parse(answer.expires_at) > Date.parse(answer.time_evaluated));

    const {didDocument} = await consortium.globex.resolve(consortium.globex.did);
    const {proof, ...document} = answer;
    const {proofValue, ...options} = proof;
    assert.ok(didDocument.assertionMethod.includes(proof.verificationMethod));
    const method = didDocument.verificationMethod.find(({id}) => id === proof.verificationMethod);
    const {publicKey} = await Ed25519Multikey.from({'@context': 'https://w3id.org/security/multikey/v1', ...method});
    const key = createPublicKey({format: 'jwk', key: {kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey).toString('base64url')}});
    const signs = (signed) => {
      const hash = (value) => createHash('sha256').update(canonicalize(value)).digest();
      return verify(null, Buffer.concat([hash(options), hash(signed)]), key, fromBase58(proofValue.slice(1)));
    };
    assert.ok(signs(document));
    assert.ok(!signs({...document, authorized: false}));
  });

  test('who issues may delegate what the charter lets it, and no more', async () => {
    const {acme, globex} = consortium;
    for (const [change, authorized, recognized] of [
      [{}, true, true],
      [{entity_id: globex.did}, true, true],
      [{entity_id: 'did:web:stranger.example'}, false, false],
      [{resource: 'Diploma'}, false, false],
      [{action: 'verify'}, false, false],
      [{entity_id: acme.did, action: 'govern', resource: authority_id}, true, false],
    ]) {
      assert.equal((await ask('authorization', query(change))).body.authorized, authorized, JSON.stringify(change));
      assert.equal((await ask('recognition', query(change))).body.recognized, recognized, JSON.stringify(change));
    }
  });

  test('an authority that nobody knows is not found', async () => {
    for (const authority of [consortium.acme.did, `${authority_id}x`, 'urn:x:y']) {
      for (const kind of ['authorization', 'recognition']) {
        assert.equal((await ask(kind, query({authority_id: authority}))).status, 404, authority);
      }
    }
  });

  for (const kind of ['authorization', 'recognition']) {
    test(`${kind}: what the request's schema refuses is refused, and what it takes is answered`, async (t) => {
      const now = new Date().toISOString();
      const values = () => [null, true, 5, '', 'x', now, {}, [], {time: now}, {time: 5}, {time: 'now'}, {any: random.word()},
        {any: random.below(9)}, {locator: random.word()}, {any: null}];
      const count = {answered: 0, refused: 0};
      for (let i = 0; i < changesOfEach; ++i) {
        const body = query();
        const known = ['entity_id', 'authority_id', 'action', 'resource', 'context'];
        const name = random.pick([...known, `x${random.word()}`]);
        if (random.oneIn(4)) delete body[name];
        else body[name] = random.pick(values());
        const {status} = await ask(kind, body);
        if (!valid[`${kind}_request`](body)) {
          assert.equal(status, 400, JSON.stringify(body));
          count.refused += 1;
        } else if (['entity_id', 'authority_id'].includes(name) || (known.includes(name) && body[name] === '')) {
          // Ids that are no URIs and empty texts, which the schema lets pass and the text of TRQP does not.
          assert.ok([400, 404].includes(status), JSON.stringify(body));
        } else {
          assert.equal(status, 200, JSON.stringify(body));
          count.answered += 1;
        }
      }
      assert.ok(count.answered > 20 && count.refused > 20, JSON.stringify(count));
      t.diagnostic(`${kind} requests changed at random, as ajv judges them: ${count.answered} answered, ${count.refused} refused`);
    });
  }
});

/// Base58 with Bitcoin's alphabet.
function fromBase58(text) {
  const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
  let value = 0n;
  for (const character of text) value = value * 58n + BigInt(alphabet.indexOf(character));
  return Buffer.from(value.toString(16).padStart(128, '0'), 'hex');  // a signature has 64 bytes
}
