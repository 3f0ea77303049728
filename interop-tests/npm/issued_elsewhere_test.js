import assert from 'node:assert/strict';
import {describe, test} from 'node:test';

import {cryptosuiteOf, didJwkOf, draft, kinds} from './harness/issuer.js';
import {assertAccepted, assertRefused, assertSetHolds} from './harness/verdict.js';
import {verifierFor} from './harness/verifier.js';

const credentialsOfEach = 20;
const presentationsOfEach = 5;

describe('what @digitalbazaar\'s libraries issue, Avow verifies', {timeout: 1_800_000}, () => {
  const here = verifierFor('issued elsewhere');
  const {random, folder, issuerOf} = here;


  for (const kind of kinds) {
    test(`credentials with ${cryptosuiteOf(kind)} of did:key issuers on ${kind}, over HTTP and with \`avow verify\``, async (t) => {
      for (let i = 0; i < credentialsOfEach; ++i) {
        const issuer = await issuerOf(kind);
        const credential = await issuer.issue(draft(random, issuer));
        assertAccepted(await here.node.verifyCredential(credential), JSON.stringify(credential));
        if (i > 2) continue;
        const told = await here.node.avow('verify', folder.write('credential.json', credential), '--profile', 'w3c');
        assert.equal(told.code, 0, told.out + told.err);
        assert.match(told.out, /ACCEPTED/);
      }
      t.diagnostic(`issued by @digitalbazaar/vc with ${kind}, verified by Avow: ${credentialsOfEach} credentials`);
    });

    test(`credentials of did:jwk issuers on ${kind}, and none with another's key or a changed word`, async (t) => {
      for (let i = 0; i < presentationsOfEach; ++i) {
        const issuer = await issuerOf(kind, didJwkOf);
        const credential = await issuer.issue(draft(random, issuer));
        assertAccepted(await here.node.verifyCredential(credential), JSON.stringify(credential));
        assertRefused(await here.node.verifyCredential({...credential, id: random.uuid()}), 'bad_proof', 'another id');
        const thief = await issuerOf(kind, () => issuer.did);
        assertRefused(await here.node.verifyCredential(await thief.issue(draft(random, thief))), 'bad_proof', 'another key');
      }
      t.diagnostic(`issued by @digitalbazaar/vc under did:jwk with ${kind}, verified by Avow: ${presentationsOfEach} credentials`);
    });

    test(`and neither before nor after its time (${kind})`, async () => {
      const issuer = await issuerOf(kind);
      const moment = (minutes) => new Date(Date.now() + minutes * 60_000).toISOString();
      const {validFrom: _, validUntil: __, ...always} = draft(random, issuer);
      assertAccepted(await here.node.verifyCredential(await issuer.issue(always)), 'without bounds');
      assertRefused(await here.node.verifyCredential(await issuer.issue({...always, validFrom: moment(3)})), 'not_yet_valid', 'before');
      const ended = await issuer.issue({...always, validUntil: moment(-3)});
      assertRefused(await here.node.verifyCredential(ended), 'expired', 'after');
      const told = await here.node.avow('verify', folder.write('ended.json', ended), '--profile', 'w3c');
      assert.equal(told.code, 3);
      assert.match(told.out, /REJECTED {2}expired/);
      const earlier = await here.node.avow('verify', folder.file('ended.json'), '--profile', 'w3c', '--at', moment(-10));
      assert.equal(earlier.code, 3, earlier.out);
      assert.match(earlier.out, /REJECTED {2}proof_not_yet_valid/);
      const before = await issuer.issue({...always, validUntil: moment(-3)}, {created: moment(-20).replace(/\.\d+/, '')});
      const then = await here.node.avow('verify', folder.write('before.json', before), '--profile', 'w3c', '--at', moment(-10));
      assert.equal(then.code, 0, then.out + then.err);
    });

    test(`presentations by holders on ${kind}, for their challenge and domain alone`, async (t) => {
      for (let i = 0; i < presentationsOfEach; ++i) {
        const holder = await issuerOf(kind);
        const credentials = [];
        for (let j = random.between(1, 3); j > 0; --j) {
          const issuer = await issuerOf(random.pick(kinds));
          credentials.push(await issuer.issue(draft(random, issuer)));
        }
        const asked = {challenge: random.uuid(), domain: `${random.word()}.example`};
        const presentation = await holder.present(credentials, asked);
        assertAccepted(await here.node.verifyPresentation(presentation, asked), JSON.stringify(presentation));
        assertRefused(await here.node.verifyPresentation(presentation, {...asked, challenge: `${asked.challenge}0`}),
          'challenge', 'for another challenge');
        assertRefused(await here.node.verifyPresentation(presentation, {...asked, domain: `x${asked.domain}`}),
          'domain', 'for another domain');
      }
      t.diagnostic(`made by @digitalbazaar/vc with ${kind}, verified by Avow: ${presentationsOfEach} presentations`);
    });
  }

  test('proof sets: an issuer on did:key and a cosigner, and one key twice', async (t) => {
    let sets = 0;
    for (const kind of kinds) {
      for (const other of kinds) {
        const [issuer, cosigner] = [await issuerOf(kind), await issuerOf(other)];
        const once = await issuer.issue(draft(random, issuer));
        await assertSetHolds(here.node, await cosigner.issue(once), `${kind}, cosigned by ${other}`);
        const {proof, ...unsigned} = await cosigner.issue(once);
        const stranger = {...unsigned, proof: proof.slice(1)};
        assertRefused(await here.node.verifyCredential(stranger), 'issuer_key_mismatch', 'the cosigner\'s proof alone');
        sets += 1;
      }
      const issuer = await issuerOf(kind);
      await assertSetHolds(here.node, await issuer.issue(await issuer.issue(draft(random, issuer))), `${kind} twice`);
      sets += 1;
    }
    t.diagnostic(`proof sets of @digitalbazaar/vc under did:key, verified by Avow: ${sets}`);
  });
});
