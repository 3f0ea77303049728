import assert from 'node:assert/strict';
import {describe, test} from 'node:test';

import {draft, kinds} from './harness/issuer.js';
import {TlsServer} from './harness/tls_server.js';
import {assertAccepted, assertRefused, assertSetHolds} from './harness/verdict.js';
import {verifierFor} from './harness/verifier.js';

describe('what @digitalbazaar\'s libraries issue under did:web, Avow verifies', {timeout: 1_800_000}, () => {
  const here = verifierFor('did:web issuers', {web: true});
  const {random, issuerOf} = here;


  test('a credential of a did:web issuer whose document is fetched over TLS, on each kind of key', async (t) => {
    const issuers = [['Ed25519', ''], ...kinds.map((kind) => [kind, `:issuers:${random.word()}:${kind}`])];
    for (const [kind, place] of issuers) {
      const issuer = await issuerOf(kind, () => here.web.did + place);
      const file = place === '' ? '/.well-known/did.json' : `${place.replaceAll(':', '/')}/did.json`;
      here.web.documents.set(file, issuer.document);
      for (let i = 0; i < 3; ++i) {
        assertAccepted(await here.node.verifyCredential(await issuer.issue(draft(random, issuer))), `${issuer.did} ${kind}`);
      }
      assert.deepEqual(here.web.asked.filter((path) => path === file), [file], 'asked for once, then remembered');
    }
    t.diagnostic(`issued by @digitalbazaar/vc under did:web, verified by Avow: ${issuers.length * 3} credentials`);
  });

  test('but not one whose did:web document does not hold the key, or stands behind a certificate that nobody trusts', async () => {
    const place = `:issuers:${random.word()}`;
    const file = `${place.replaceAll(':', '/')}/did.json`;
    const issuer = await issuerOf('Ed25519', () => here.web.did + place);
    const credential = await issuer.issue(draft(random, issuer));
    here.web.documents.set(file, (await issuerOf('Ed25519', () => here.web.did + place)).document);
    assertRefused(await here.node.verifyCredential(credential), 'key_not_found', 'a key that the document does not have');

    const stranger = await TlsServer.start({certificate: 'stranger'});
    try {
      const unknown = await issuerOf('Ed25519', () => stranger.did);
      stranger.documents.set('/.well-known/did.json', unknown.document);
      assertRefused(await here.node.verifyCredential(await unknown.issue(draft(random, unknown))), 'tls_failure', 'a certificate of nobody',
        'undetermined');
      assert.deepEqual(stranger.asked, [], 'something was read through a connection that nobody vouches for');
    } finally {
      await stranger.stop();
    }
  });

  test('proof sets by two keys of one did:web issuer', async (t) => {
    const place = `:issuers:${random.word()}`;
    const signers = await Promise.all(kinds.map((kind) => issuerOf(kind, () => here.web.did + place)));
    const ids = signers.map(({method}) => method.id);
    here.web.documents.set(`${place.replaceAll(':', '/')}/did.json`, {
      ...signers[0].document, verificationMethod: signers.map(({method}) => method), assertionMethod: ids, authentication: ids});
    let sets = 0;
    for (const [first, second] of [[0, 1], [1, 2], [2, 0]]) {
      const twice = await signers[second].issue(await signers[first].issue(draft(random, signers[first])));
      await assertSetHolds(here.node, twice, `${kinds[first]} and ${kinds[second]}`);
      sets += 1;
    }
    t.diagnostic(`proof sets of @digitalbazaar/vc under did:web, verified by Avow: ${sets}`);
  });
});
