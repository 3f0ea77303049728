import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';

import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {Resolver} from 'did-resolver';
import {getResolver as keyResolver} from 'key-did-resolver';
import {getResolver as webResolver} from 'web-did-resolver';

import {Folder, Node} from './harness/avow.js';
import {kinds, makeIssuer} from './harness/issuer.js';
import {Random} from './harness/random.js';
import {TlsServer} from './harness/tls_server.js';

const keysOfEach = 30;

describe('did-resolver and Avow see the same documents', {timeout: 1_800_000}, () => {
  const random = new Random('did resolvers');
  const folder = new Folder();
  const theirs = new Resolver({...keyResolver(), ...webResolver()});
  let front;  // the proxy with TLS that stands in front of a node
  let node;

  before(async () => {
    front = await TlsServer.start();
    node = await Node.make(folder, 'acme', {domain: front.host});
    front.forwardTo = node.url;
    await node.start({publicUrl: front.url});
  });
  after(async () => {
    await front?.stop();
    await node?.stop();
    folder.remove();
  });

  /// Their methods have the key in other formats than Multikey; the bytes must be the same.
  async function assertSameKey(kind, our, their) {
    assert.deepEqual([our.id, our.controller, our.type], [their.id, their.controller, 'Multikey']);
    if (kind === 'Ed25519') {
      assert.equal((await Ed25519Multikey.from(their)).publicKeyMultibase, our.publicKeyMultibase);
    } else {
      const {crv, x, y} = await EcdsaMultikey.toJwk({keyPair: await EcdsaMultikey.from(our)});
      // key-did-resolver 4.0.0 drops a coordinate's leading zero bytes, which RFC 7518 "x (X Coordinate)" forbids.
      const whole = (coordinate) => Buffer.from(coordinate, 'base64url').toString('hex').padStart(kind === 'P-256' ? 64 : 96, '0');
      const {x: theirX, y: theirY, ...rest} = their.publicKeyJwk;
      assert.deepEqual({...rest, x: whole(theirX), y: whole(theirY)}, {kty: 'EC', crv, x: whole(x), y: whole(y)});
      assert.equal(x.length, kind === 'P-256' ? 43 : 64);
    }
  }

  for (const kind of kinds) {
    test(`did:key on ${kind}: the same method under the same relationships`, async (t) => {
      for (let i = 0; i < keysOfEach; ++i) {
        const {did} = await makeIssuer(kind, (count) => random.bytes(count));
        const {didDocument: their, didResolutionMetadata} = await theirs.resolve(did);
        const {didDocument: our} = await node.resolve(did);
        assert.equal(didResolutionMetadata.error, undefined, did);
        assert.equal(our?.id, did);
        assert.deepEqual([our.verificationMethod.length, their.verificationMethod.length], [1, 1]);
        await assertSameKey(kind, our.verificationMethod[0], their.verificationMethod[0]);
        for (const relationship of ['authentication', 'assertionMethod', 'capabilityInvocation', 'capabilityDelegation']) {
          assert.deepEqual(our[relationship], their[relationship], `${relationship} of ${did}`);
        }
      }
      t.diagnostic(`did:key documents on ${kind} compared with key-did-resolver: ${keysOfEach}`);
    });
  }

  test('a did:key that was cut or bent is none to either', async () => {
    const {did} = await makeIssuer('Ed25519', (count) => random.bytes(count));
    for (const broken of [did.slice(0, -1), `${did}1`, did.replace('z6Mk', 'z6mk')]) {
      const our = await node.resolve(broken);
      assert.equal(our.didDocument, null, broken);
      assert.equal(our.didResolutionMetadata.error.type, 'https://www.w3.org/ns/did#INVALID_DID');
    }
    const their = await theirs.resolve(did.replace('z6Mk', 'q6Mk'));
    assert.equal(their.didResolutionMetadata.error, 'invalidDid');
  });

  test('the did:web documents of an organisation and of its agent, through a front with TLS', async (t) => {
    await node.command('agent', 'add', 'SupportAgent', '--version', '1.0', '--owner', 'Dana Reyes', '--owner-id', 'dana',
      '--key-out', folder.file('agent.key'), '--passphrase-file', node.passphrase, '--weak-key-derivation');
    const dids = [front.did, `${front.did}:agents:SupportAgent`];
    for (const did of dids) {
      const {didDocument, didResolutionMetadata} = await theirs.resolve(did);
      assert.equal(didResolutionMetadata.error, undefined, didResolutionMetadata.message);
      assert.equal(didDocument.id, did);
      assert.deepEqual(didDocument, (await node.resolve(did)).didDocument);
      for (const method of didDocument.verificationMethod) {
        const key = await Ed25519Multikey.from({'@context': 'https://w3id.org/security/multikey/v1', ...method});
        assert.equal(key.publicKey.length, 32);
      }
    }
    assert.ok(front.asked.includes('/agents/SupportAgent/did.json'));
    t.diagnostic(`did:web documents of Avow resolved by web-did-resolver: ${dids.length}`);
  });

  test('an agent that is not there is found by neither', async () => {
    const did = `${front.did}:agents:Nobody`;
    assert.equal((await theirs.resolve(did)).didResolutionMetadata.error, 'notFound');
    assert.equal((await node.resolve(did)).didResolutionMetadata.error.type, 'https://www.w3.org/ns/did#NOT_FOUND');
  });
});
